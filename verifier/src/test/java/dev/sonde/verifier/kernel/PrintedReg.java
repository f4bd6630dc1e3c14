package dev.sonde.verifier.kernel;

import dev.sonde.verifier.transfer.Reg;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel's log says of a number, or of a pointer's distance from its base.
 *
 * @param smin the bounds; those that are left out are the widest
 * @param unknownBits the bits that may be set or not
 */
record PrintedReg(long smin, long smax, long umin, long umax, long unknownBits) {
  private static final Pattern FRAME = Pattern.compile("; frame(\\d+):");
  private static final Pattern REG =
      Pattern.compile(
          "\\bR(\\d+)=P?(?:(-?\\d+|0x[0-9a-f]+)\\b|(\\w+)\\(((?:[^()]|\\([^()]*\\))*)\\))");
  private static final Pattern BITS = Pattern.compile("var_off=\\(0x[0-9a-f]+; (0x[0-9a-f]+)\\)");

  /** Returns the last that the log says of register {@code r} of {@code frame}, or null. */
  static @Nullable PrintedReg last(String log, int frame, int r) {
    PrintedReg last = null;
    for (String line : log.split("\n")) {
      Matcher in = FRAME.matcher(line);
      int of = in.find() ? Integer.parseInt(in.group(1)) : 0;
      Matcher reg = REG.matcher(line);
      while (of == frame && reg.find()) {
        if (Integer.parseInt(reg.group(1)) == r) {
          last =
              reg.group(2) != null
                  ? constant(number(reg.group(2)))
                  : of(reg.group(3).equals("scalar"), reg.group(4));
        }
      }
    }
    return last;
  }

  private static PrintedReg constant(long value) {
    return new PrintedReg(value, value, value, value, 0);
  }

  private static PrintedReg of(boolean scalar, String text) {
    Map<String, Long> fields = new HashMap<>();
    for (String part : text.split(",")) {
      String[] names = part.split("=");
      for (int i = 0; i < names.length - 1; i++) {
        if (names[i].matches("[su](min|max)|off")) {
          fields.put(names[i], number(names[names.length - 1]));
        }
      }
    }
    long offset = scalar ? 0 : fields.getOrDefault("off", 0L);
    Matcher bits = BITS.matcher(text);
    boolean known = bits.find();
    if (!scalar && !known && !text.contains("min=") && !text.contains("max=")) {
      return constant(offset);
    }
    return new PrintedReg(
        offset + fields.getOrDefault("smin", Long.MIN_VALUE),
        offset + fields.getOrDefault("smax", Long.MAX_VALUE),
        offset + fields.getOrDefault("umin", 0L),
        offset + fields.getOrDefault("umax", -1L),
        known ? number(bits.group(1)) : -1);
  }

  private static long number(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : new BigInteger(text).longValue();
  }

  /** Tells whether {@code reg} is known more closely: some bound is tighter, or a bit known. */
  boolean isVaguerThan(Reg reg) {
    long offset = reg.isScalar() ? 0 : reg.off();
    return smin < offset + reg.var().smin()
        || smax > offset + reg.var().smax()
        || Long.compareUnsigned(umin, offset + reg.var().umin()) < 0
        || Long.compareUnsigned(umax, offset + reg.var().umax()) > 0
        || (unknownBits & ~reg.var().bits().mask()) != 0;
  }
}
