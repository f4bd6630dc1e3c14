package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Linux 6.18 is known to lose of a program that it refuses, found in the program or in its
 * log: {@code triage.txt} says why what it refuses then is safe.
 */
final class LinuxTraits {
  private static final Pattern STATE =
      Pattern.compile("\\bR(\\d+)=P?(?:scalar\\(([^();]*)|(-?\\d+|0x[0-9a-f]+)\\b)");
  private static final Pattern TEST = Pattern.compile("\\) if [rw](\\d+) ");
  private static final Pattern OFFSET = Pattern.compile("pointer offset (-?\\d+) is not allowed");
  private static final Pattern BITS = Pattern.compile("\\) if ([rw])(\\d+) & [rw](\\d+) goto .*;");
  private static final Pattern FIELD = Pattern.compile("invalid bpf_context access off=(\\d+)");
  private static final int REGISTERS_BYTES = 168; // struct pt_regs of x86-64

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
    if (hasShiftPair(program.insns())) {
      return ", behind a pair of shifts by 32";
    }
    if (widens(verdict.log())) {
      return ", after a test that leaves more than there was";
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

  /** The bounds of a number in the log; those that are left out are the widest. */
  private record Bounds(long smin, long smax, long umin, long umax) {
    static Bounds of(long value) {
      return new Bounds(value, value, value, value);
    }

    static Bounds of(String text) {
      Map<String, Long> bounds = new HashMap<>();
      for (String part : text.split(",")) {
        String[] names = part.split("=");
        for (int i = 0; i < names.length - 1; i++) {
          if (names[i].matches("[su](min|max)")) {
            bounds.put(names[i], number(names[names.length - 1]));
          }
        }
      }
      return new Bounds(
          bounds.getOrDefault("smin", Long.MIN_VALUE),
          bounds.getOrDefault("smax", Long.MAX_VALUE),
          bounds.getOrDefault("umin", 0L),
          bounds.getOrDefault("umax", -1L));
    }

    private static long number(String text) {
      return text.startsWith("0x")
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : new BigInteger(text).longValue();
    }

    boolean holds(Bounds other) {
      return smin <= other.smin
          && smax >= other.smax
          && Long.compareUnsigned(umin, other.umin) <= 0
          && Long.compareUnsigned(umax, other.umax) >= 0;
    }
  }

  /** Tells whether a test leaves more numbers than there were before it. */
  private static boolean widens(String log) {
    Map<String, Bounds> known = new HashMap<>();
    for (String line : log.split("\n")) {
      Matcher test = TEST.matcher(line);
      String tested = test.find() ? test.group(1) : "";
      Matcher state = line.startsWith("mark_precise") ? STATE.matcher("") : STATE.matcher(line);
      while (state.find()) {
        String value = state.group(3);
        Bounds now = value == null ? Bounds.of(state.group(2)) : Bounds.of(Bounds.number(value));
        Bounds before = known.put(state.group(1), now);
        if (state.group(1).equals(tested) && before != null && !before.holds(now)) {
          return true;
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
