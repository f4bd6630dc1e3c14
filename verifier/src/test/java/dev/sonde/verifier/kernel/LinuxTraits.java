package dev.sonde.verifier.kernel;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Why Linux 6.18 refuses a program that we accept, as far as the program and the kernel's log tell:
 * {@code triage.txt} says why what it refuses then is safe.
 */
final class LinuxTraits {
  private static final Pattern OFFSET = Pattern.compile("pointer offset (-?\\d+) is not allowed");
  private static final Pattern FIELD = Pattern.compile("invalid bpf_context access off=(\\d+)");
  private static final Pattern WALKED = Pattern.compile("(?m)^(\\d+): \\([0-9a-f]{2}\\) ");
  private static final Pattern NAMED = Pattern.compile("\\bR(\\d+)\\b");
  private static final int REGISTERS_BYTES = 168; // struct pt_regs of x86-64
  private static final int ENOTSUPP = 524; // the kernel's own, which bpf(2) lets through

  private LinuxTraits() {}

  /** Returns what is said after the message, "" of nothing that is known. */
  static String of(ResolvedProgram program, KernelOracle.Verdict verdict) {
    Matcher offset = OFFSET.matcher(verdict.message());
    if (offset.find()) {
      Pattern link = Pattern.compile("id=\\d+\\+?%s[,)]".formatted(offset.group(1)));
      if (link.matcher(verdict.log()).find()) {
        return ", of a link";
      }
    }
    Matcher field = FIELD.matcher(verdict.message());
    if (field.find() && program.spec().type() == ProgramType.KPROBE) {
      return Integer.parseInt(field.group(1)) >= REGISTERS_BYTES ? ", past the registers" : "";
    }
    if (verdict.errno() == ENOTSUPP) {
      return ", which the kernel cannot say";
    }
    if (program.spec().type() == ProgramType.SYSCALL && verdict.message().contains(" ctx ptr ")) {
      return ", of plain bytes";
    }
    List<Integer> walked =
        WALKED.matcher(verdict.log()).results().map(r -> Integer.valueOf(r.group(1))).toList();
    RefusedPath path = new RefusedPath(program, walked);
    return switch (path.end()) {
      case NEVER_TAKEN -> ", on a path that no run takes";
      case REACHED -> {
        Insn refused = program.insns().get(walked.get(walked.size() - 1));
        if (path.states().stream().allMatch(state -> readsStruct(state, refused))) {
          yield ", of a kernel struct";
        }
        boolean closely =
            path.states().stream().allMatch(state -> isCloser(state, refused, verdict));
        yield closely ? ", of a number that is known more closely here" : "";
      }
      case LOST -> "";
    };
  }

  /** Tells whether the insn loads from a kernel's struct, or from where such a struct points. */
  private static boolean readsStruct(State state, Insn insn) {
    Reg from = state.reg(insn.src());
    return (insn.opcode() & 7) == Opcodes.LDX
        && (from.kind() == RegKind.BTF_ID || from.isScalar() && from.has(Reg.UNTRUSTED));
  }

  /** Tells whether we know more of the register that the message names, or that the insn reads. */
  private static boolean isCloser(State state, Insn refused, KernelOracle.Verdict verdict) {
    Matcher named = NAMED.matcher(verdict.message());
    IntStream registers =
        named.find()
            ? IntStream.of(Integer.parseInt(named.group(1)))
            : IntStream.of(refused.dst(), refused.src());
    return registers.anyMatch(
        r -> {
          PrintedReg printed = PrintedReg.last(verdict.log(), state.current(), r);
          return printed != null && printed.isVaguerThan(state.reg(r));
        });
  }
}
