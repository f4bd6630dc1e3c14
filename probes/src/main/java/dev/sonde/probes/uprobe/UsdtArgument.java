package dev.sonde.probes.uprobe;

import dev.sonde.vm.context.PtRegs;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a static probe's argument is: {@code SIZE@OPERAND} in the assembler's words, as {@code
 * 8@%rdx}, {@code -4@-60(%rbp)}, {@code 1@$1}, {@code 8@0(%rax,%rbx,8)}, or on aarch64 {@code
 * -4@[sp, 60]}.
 *
 * @param kind what {@code value} and the registers mean
 * @param sizeBytes 1, 2, 4 or 8
 * @param signed whether a shorter value is extended by its sign
 * @param value the constant, or what is added to the registers
 * @param register where it is, or the base; null for CONSTANT
 * @param index added {@code << scaleShift}, null without
 * @param scaleShift 0 to 3
 */
public record UsdtArgument(
    Kind kind,
    int sizeBytes,
    boolean signed,
    long value,
    @Nullable PtRegs register,
    @Nullable PtRegs index,
    int scaleShift) {

  /** How the value is fetched; codes are libbpf's __bpf_usdt_arg_type. */
  public enum Kind {
    CONSTANT,
    REGISTER,
    MEMORY,
    INDEXED_MEMORY
  }

  private static final Pattern SIZED = Pattern.compile("(-?)([0-9]{1,2})(f?)@(.+)");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})");
  private static final Pattern X86_MEMORY =
      Pattern.compile("([^()]*)\\((%[a-z0-9]+)?(?:,(%[a-z0-9]+)(?:,([1248]))?)?\\)");
  private static final Pattern ARM_MEMORY =
      Pattern.compile("\\[([a-z0-9]+)(?:,\\s*(#?[-+0-9a-fA-FxX]+|[a-z0-9]+))?\\]");

  private static final Map<String, PtRegs> BY_NAME = registers();

  /**
   * Returns the argument that {@code text} spells.
   *
   * @throws IllegalArgumentException if it is of no form that can be fetched
   */
  static UsdtArgument parse(String text) {
    Matcher sized = SIZED.matcher(text);
    if (!sized.matches()) {
      throw bad(text, "SIZE@OPERAND");
    }
    int size = Integer.parseInt(sized.group(2));
    if (size != 1 && size != 2 && size != 4 && size != 8 || !sized.group(3).isEmpty()) {
      throw bad(text, "an integer of 1, 2, 4 or 8 bytes");
    }
    boolean signed = !sized.group(1).isEmpty();
    String operand = sized.group(4).strip();
    if (operand.startsWith("$") || NUMBER.matcher(operand).matches()) {
      long value = number(text, operand.startsWith("$") ? operand.substring(1) : operand);
      return new UsdtArgument(Kind.CONSTANT, size, signed, value, null, null, 0);
    }
    if (operand.startsWith("[")) {
      return arm(text, size, signed, operand);
    }
    if (operand.endsWith(")")) {
      return x86(text, size, signed, operand);
    }
    PtRegs register = register(text, operand);
    return new UsdtArgument(Kind.REGISTER, size, signed, 0, register, null, 0);
  }

  /** Returns how many bits a value is shifted up and down again to be cut to its size. */
  public int bitShift() {
    return 64 - 8 * sizeBytes;
  }

  private static UsdtArgument x86(String text, int size, boolean signed, String operand) {
    Matcher memory = X86_MEMORY.matcher(operand);
    if (!memory.matches() || memory.group(2) == null) {
      throw bad(text, "OFFSET(%base) or OFFSET(%base,%index,scale)");
    }
    String offset = memory.group(1).strip();
    long value = offset.isEmpty() ? 0 : number(text, offset);
    PtRegs base = register(text, memory.group(2));
    if (memory.group(3) == null) {
      return new UsdtArgument(Kind.MEMORY, size, signed, value, base, null, 0);
    }
    PtRegs index = register(text, memory.group(3));
    int scale = memory.group(4) == null ? 1 : Integer.parseInt(memory.group(4));
    return new UsdtArgument(
        Kind.INDEXED_MEMORY,
        size,
        signed,
        value,
        base,
        index,
        Integer.numberOfTrailingZeros(scale));
  }

  private static UsdtArgument arm(String text, int size, boolean signed, String operand) {
    Matcher memory = ARM_MEMORY.matcher(operand);
    if (!memory.matches()) {
      throw bad(text, "[base] or [base, offset]");
    }
    PtRegs base = register(text, memory.group(1));
    String added = memory.group(2) == null ? "0" : memory.group(2).replace("#", "");
    if (!NUMBER.matcher(added).matches()) {
      return new UsdtArgument(Kind.INDEXED_MEMORY, size, signed, 0, base, register(text, added), 0);
    }
    return new UsdtArgument(Kind.MEMORY, size, signed, number(text, added), base, null, 0);
  }

  private static PtRegs register(String text, String name) {
    PtRegs register = BY_NAME.get(name.replace("%", "").toLowerCase(Locale.ROOT));
    if (register == null) {
      throw bad(text, "a general register, which a record holds");
    }
    return register;
  }

  private static long number(String text, String digits) {
    try {
      return Long.decode(digits);
    } catch (NumberFormatException e) {
      throw bad(text, "a number where it has \"" + digits + "\"");
    }
  }

  private static IllegalArgumentException bad(String text, String want) {
    return new IllegalArgumentException("argument \"%s\": want %s".formatted(text, want));
  }

  /** Every name of every register; those of aarch64 stand where its records are put. */
  private static Map<String, PtRegs> registers() {
    Map<String, PtRegs> all = new java.util.HashMap<>();
    for (PtRegs register : PtRegs.values()) {
      String name = register.fieldName();
      switch (register) {
        case AX, BX, CX, DX -> {
          all.put("r" + name, register);
          all.put("e" + name, register);
          all.put(name, register);
          all.put(name.charAt(0) + "l", register);
        }
        case SI, DI, BP, SP -> {
          all.put("r" + name, register);
          all.put("e" + name, register);
          all.put(name, register);
          all.put(name + "l", register);
        }
        case IP -> all.put("rip", register);
        case R8, R9, R10, R11, R12, R13, R14, R15 -> {
          all.put(name, register);
          all.put(name + "d", register);
          all.put(name + "w", register);
          all.put(name + "b", register);
        }
        case ORIG_AX, CS, FLAGS, SS -> {} // no argument is ever there
      }
    }
    return Map.copyOf(all);
  }
}
