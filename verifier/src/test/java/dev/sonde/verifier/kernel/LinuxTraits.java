package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
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

  private LinuxTraits() {}

  /** Returns what is said after the message, "" of nothing that is known. */
  static String of(List<Insn> insns, KernelOracle.Verdict verdict) {
    if (hasShiftPair(insns)) {
      return ", behind a pair of shifts by 32";
    }
    Matcher offset = OFFSET.matcher(verdict.message());
    if (offset.matches() || offset.find()) {
      return verdict.log().contains("+" + offset.group(1) + ",") ? ", of a link" : "";
    }
    return forgetsSign(verdict.log()) ? ", after a test of a number of at most 0" : "";
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
}
