package dev.sonde.verifier;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.Arrays;
import java.util.BitSet;

/**
 * How deep calls go ({@code check_max_stack_depth}, Linux 6.18): no more than 8 frames below each
 * other, whatever is proved on its own, and the bytes of all frames together (V-13). Tracing
 * programs have a private stack of full size for each frame, as on x86-64 since Linux 6.13; others
 * share 512 bytes.
 */
final class StackDepth {
  private static final int FRAME_ALIGNMENT = 16; // as the kernel has it where it compiles
  private static final int UNKNOWN = -1;
  private static final int OPEN = -2;

  private final ResolvedProgram program;
  private final ControlFlow flow;
  private final int[] depths;
  private final BitSet timers;
  private final boolean shared;
  private final int[] bytesBelow; // by subprogram, its own frame included
  private final int[] framesBelow;

  private StackDepth(ResolvedProgram program, ControlFlow flow, int[] depths, BitSet timers) {
    this.program = program;
    this.flow = flow;
    this.depths = depths;
    this.timers = timers;
    shared =
        switch (program.spec().type()) {
          case SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, SYSCALL -> true;
          case KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> false;
        };
    bytesBelow = new int[flow.subprograms()];
    framesBelow = new int[flow.subprograms()];
    Arrays.fill(framesBelow, UNKNOWN);
  }

  /**
   * @param depths by subprogram, the bytes of its frame
   * @param timers the subprograms that only timers run, on a stack of their own
   */
  static void check(ResolvedProgram program, ControlFlow flow, int[] depths, BitSet timers) {
    StackDepth depth = new StackDepth(program, flow, depths, timers);
    depth.require(0);
    timers.stream().forEach(depth::require);
  }

  private void require(int root) {
    descend(root);
    if (framesBelow[root] > Opcodes.MAX_CALL_FRAMES) {
      throw tooDeep();
    }
    if (shared && bytesBelow[root] > Opcodes.STACK_SIZE_BYTES) {
      throw new Rejection(
          Errno.EACCES,
          "combined stack size of %d calls is %d. Too large"
              .formatted(framesBelow[root], bytesBelow[root]));
    }
  }

  /** The kernel names the frames above the one that is too much. */
  private static Rejection tooDeep() {
    return new Rejection(
        Errno.E2BIG,
        "the call stack of %d frames is too deep !".formatted(Opcodes.MAX_CALL_FRAMES));
  }

  /** Finds what lies below {@code subprogram}. */
  private void descend(int subprogram) {
    if (framesBelow[subprogram] == OPEN) {
      throw tooDeep(); // it calls itself
    }
    if (framesBelow[subprogram] != UNKNOWN) {
      return;
    }
    framesBelow[subprogram] = OPEN;
    int bytes = 0;
    int below = 0;
    for (int i = flow.start(subprogram); i < flow.end(subprogram); i++) {
      Insn insn = program.insns().get(i);
      boolean pointer = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
      if (insn.isPseudoCall() || pointer && !timers.get(flow.subprogramAt(i + 1 + insn.imm()))) {
        int callee = flow.subprogramAt(i + 1 + insn.imm());
        descend(callee);
        bytes = Math.max(bytes, bytesBelow[callee]);
        below = Math.max(below, framesBelow[callee]);
      }
    }
    int own = depths[subprogram];
    bytesBelow[subprogram] =
        bytes + (own + FRAME_ALIGNMENT - 1) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;
    framesBelow[subprogram] = below + 1;
  }
}
