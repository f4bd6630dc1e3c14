package dev.sonde.verifier;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;

/**
 * The stack of all frames together (V-13). Tracing programs have a private one of full size for
 * each frame, as on x86-64 since Linux 6.13; others share 512 bytes.
 */
final class StackDepth {
  private static final int FRAME_ALIGNMENT = 32;

  private final ResolvedProgram program;
  private final ControlFlow flow;
  private final int[] depths;

  private StackDepth(ResolvedProgram program, ControlFlow flow, int[] depths) {
    this.program = program;
    this.flow = flow;
    this.depths = depths;
  }

  static void check(ResolvedProgram program, ControlFlow flow, int[] depths) {
    boolean shared =
        switch (program.spec().type()) {
          case SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, SYSCALL -> true;
          case KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> false;
        };
    if (shared) {
      new StackDepth(program, flow, depths).descend(0, 0, 1);
    }
  }

  private void descend(int subprogram, int above, int frames) {
    int own = Math.max(depths[subprogram], 1);
    int depth = above + (own + FRAME_ALIGNMENT - 1) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;
    if (depth > Opcodes.STACK_SIZE_BYTES) {
      throw new Rejection(
          Errno.EACCES,
          "combined stack size of %d calls is %d. Too large".formatted(frames, depth));
    }
    for (int i = flow.start(subprogram); i < flow.end(subprogram); i++) {
      Insn insn = program.insns().get(i);
      boolean pointer = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
      if ((insn.isPseudoCall() || pointer) && frames < Opcodes.MAX_CALL_FRAMES) {
        descend(flow.subprogramAt(i + 1 + insn.imm()), depth, frames + 1);
      }
    }
  }
}
