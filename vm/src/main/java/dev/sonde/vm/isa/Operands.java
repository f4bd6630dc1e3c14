package dev.sonde.vm.isa;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The operands of one line of the conformance suite's syntax, read from left to right. */
final class Operands {
  private static final Pattern REGISTER = Pattern.compile("%r(\\d+)\\b");
  private static final Pattern NUMBER = Pattern.compile("[+-]?(0[xX][0-9a-fA-F]+|\\d+)");
  private static final Pattern WORD = Pattern.compile("[^\\s,]+");
  private static final Pattern PLACE =
      Pattern.compile("\\[\\s*%r(\\d+)\\s*([+-]\\s*(?:0[xX][0-9a-fA-F]+|\\d+))?\\s*\\]");

  private final int line;
  private String rest;

  /** A memory operand: {@code [%r1+8]}. */
  record Place(int register, int offset) {}

  Operands(int line, String text) {
    this.line = line;
    this.rest = text;
  }

  /** Reads {@code word} if it stands next, else leaves everything as it is. */
  boolean take(String word) {
    Matcher matcher = WORD.matcher(rest);
    if (!matcher.lookingAt() || !matcher.group().equals(word)) {
      return false;
    }
    advance(matcher.end());
    return true;
  }

  String word() {
    Matcher matcher = WORD.matcher(rest);
    if (!matcher.lookingAt()) {
      throw wrong("a word", rest);
    }
    String word = matcher.group();
    advance(matcher.end());
    return word;
  }

  boolean isRegister() {
    return REGISTER.matcher(rest).lookingAt();
  }

  int register() {
    Matcher matcher = REGISTER.matcher(rest);
    if (!matcher.lookingAt()) {
      throw wrong("a register %r0 to %r10", rest);
    }
    int register = register(matcher.group(1));
    advance(matcher.end());
    return register;
  }

  /** Reads a number of up to 64 bits, signed or not. */
  long number() {
    Matcher matcher = NUMBER.matcher(rest);
    if (!matcher.lookingAt()) {
      throw wrong("a number", rest);
    }
    long value = parse(matcher.group());
    advance(matcher.end());
    return value;
  }

  Place place() {
    Matcher matcher = PLACE.matcher(rest);
    if (!matcher.lookingAt()) {
      throw wrong("a place as [%r1+8]", rest);
    }
    String offset = matcher.group(2);
    Place place =
        new Place(
            register(matcher.group(1)),
            offset == null ? 0 : (int) parse(offset.replaceAll("\\s", "")));
    advance(matcher.end());
    return place;
  }

  /** Refuses what was not read. */
  void end() {
    if (!rest.isEmpty()) {
      throw wrong("the end of the line", rest);
    }
  }

  InvalidInsnException wrong(String want, String got) {
    return new InvalidInsnException("line %d: got \"%s\", want %s".formatted(line, got, want));
  }

  private int register(String digits) {
    int number = digits.length() > 2 ? 99 : Integer.parseInt(digits);
    if (number > Opcodes.FRAME_POINTER) {
      throw wrong("a register %r0 to %r10", "%r" + digits);
    }
    return number;
  }

  private long parse(String text) {
    boolean negative = text.startsWith("-");
    String digits = text.replaceFirst("^[+-]", "");
    BigInteger value =
        digits.startsWith("0x") || digits.startsWith("0X")
            ? new BigInteger(digits.substring(2), 16)
            : new BigInteger(digits);
    if (value.bitLength() > 64) {
      throw wrong("a number of at most 64 bits", text);
    }
    return negative ? -value.longValue() : value.longValue();
  }

  private void advance(int end) {
    rest = rest.substring(end).trim();
    if (rest.startsWith(",")) {
      rest = rest.substring(1).trim();
    }
  }
}
