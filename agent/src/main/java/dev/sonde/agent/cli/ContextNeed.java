package dev.sonde.agent.cli;

import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.TestRun;
import java.util.List;

/**
 * How BPF_PROG_TEST_RUN treats the context that it is given (Linux 6.18, net/bpf/test_run.c and
 * kernel/bpf/syscall.c).
 */
final class ContextNeed {
  private ContextNeed() {}

  /**
   * Refuses a context that ends before the last byte that the program touches, for the types where
   * the kernel does; elsewhere what is missing is zero.
   *
   * @throws BpfException EINVAL
   */
  static void check(VerifiedProgram verified, TestRun.Input input) {
    ProgramType type = verified.program().spec().type();
    boolean exact =
        switch (type) {
          case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE, SYSCALL -> true;
          case SOCKET_FILTER, KPROBE, SCHED_CLS, SCHED_ACT, TRACEPOINT, XDP, PERF_EVENT -> false;
        };
    int needed = exact ? touchedBytes(verified) : 0;
    if (input.context().length < needed) {
      throw BpfException.of(
          Errno.EINVAL,
          "test_run: context %d B, want at least the %d B that the program touches"
              .formatted(input.context().length, needed));
    }
  }

  /** Tells whether the kernel hands the context back. */
  static boolean isReturned(VerifiedProgram verified) {
    return switch (verified.program().spec().type()) {
      case SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, SYSCALL -> true;
      case KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> false;
    };
  }

  private static int touchedBytes(VerifiedProgram verified) {
    List<Insn> insns = verified.program().insns();
    int end = 0;
    for (int i = 0; i < insns.size(); i++) {
      Access access = verified.facts().accesses().get(i);
      if (access != null && access.region() == Region.CONTEXT) {
        end = Math.max(end, access.offsetBytes() + sizeBytes(insns.get(i)));
      }
    }
    return end;
  }

  private static int sizeBytes(Insn load) {
    return switch (load.opcode() & 0x18) {
      case 0x00 -> 4;
      case 0x08 -> 2;
      case 0x10 -> 1;
      default -> 8;
    };
  }
}
