package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Linux 6.18 is known to lose of a program that it refuses, found in the program or in its
 * log: {@code triage.txt} says why what it refuses then is safe.
 */
final class LinuxTraits {
  private static final Pattern STATE = Pattern.compile("\\bR(\\d+)=P?scalar\\(([^; ]*)");
  private static final Pattern TEST = Pattern.compile("\\) if r(\\d+) [<>]=? ");
  private static final Pattern OFFSET = Pattern.compile("pointer offset (-?\\d+) is not allowed");

  private static final Pattern BITS = Pattern.compile("\\) if ([rw])(\\d+) & [rw](\\d+) goto .*;");
  private static final Pattern FIELD = Pattern.compile("invalid bpf_context access off=(\\d+)");
  private static final int REGISTERS_BYTES = 168; // struct pt_regs of x86-64

  private LinuxTraits() {}

  /** Returns what is said after the message, "" of nothing that is known. */
  static String of(ResolvedProgram program, KernelOracle.Verdict verdict) {
    if (hasShiftPair(program.insns())) {
      return ", behind a pair of shifts by 32";
    }
    Matcher offset = OFFSET.matcher(verdict.message());
    if (offset.find()) {
      Pattern link = Pattern.compile("id=\\d+\\+?%s[,)]".formatted(offset.group(1)));
      return link.matcher(verdict.log()).find() ? ", of a link" : "";
    }
    Matcher field = FIELD.matcher(verdict.message());
    if (field.find() && program.spec().type() == ProgramType.KPROBE) {
      return Integer.parseInt(field.group(1)) >= REGISTERS_BYTES ? ", past the registers" : "";
    }
    if (forgetsSign(verdict.log())) {
      return ", after a test of a number of at most 0";
    }
    return forgetsBits(verdict.log()) ? ", where no bit of a set one is set" : "";
  }

  /** Tells whether some upper half is cleared by two shifts, whose links the kernel forgets. */
  private static boolean hasShiftPair(List<Insn> insns) {
    for (int i = 1; i < insns.size(); i++) {
      Insn left = insns.get(i - 1);
      Insn right = insns.get(i);
      if (left.opcode() == (Opcodes.ALU64 | Opcodes.LSH)
          && right.opcode() == (Opcodes.ALU64 | Opcodes.RSH)
          && left.imm() == 32
          && right.imm() == 32
          && left.dst() == right.dst()) {
        return true;
      }
    }
    return false;
  }

  /** Tells whether an unsigned test makes a number positive that was 0 or negative before. */
  private static boolean forgetsSign(String log) {
    Set<String> atMostZero = new HashSet<>();
    for (String line : log.split("\n")) {
      Matcher test = TEST.matcher(line);
      String tested = test.find() ? test.group(1) : "";
      Matcher state = STATE.matcher(line);
      while (state.find()) {
        String register = state.group(1);
        boolean zero = ("," + state.group(2) + ",").matches(".*,smax=0[,)].*");
        if (register.equals(tested) && atMostZero.contains(register) && !zero) {
          return true;
        }
        if (zero) {
          atMostZero.add(register);
        } else {
          atMostZero.remove(register);
        }
      }
    }
    return false;
  }

  /** Tells whether two numbers go on as if no bit were set in both, though one is known to be. */
  private static boolean forgetsBits(String log) {
    for (String line : log.split("\n")) {
      Matcher test = BITS.matcher(line);
      if (test.find()) {
        long both = known(line, test.group(2)) & known(line, test.group(3));
        if ((test.group(1).equals("w") ? both & 0xffffffffL : both) != 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns the bits that the line says are set in the register. */
  private static long known(String line, String register) {
    Pattern bits =
        Pattern.compile("\\bR%s=P?scalar\\([^;]*var_off=\\((0x[0-9a-f]+);".formatted(register));
    Matcher state = bits.matcher(line);
    return state.find() ? Long.parseUnsignedLong(state.group(1).substring(2), 16) : 0;
  }
}
