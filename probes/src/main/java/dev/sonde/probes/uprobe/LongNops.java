package dev.sonde.probes.uprobe;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The nops of 3 to 8 bytes that Linux knows as such (arch/x86/include/asm/nops.h); longer ones, of
 * which it knows some, and those with a segment prefix are insns like others to a uprobe.
 */
final class LongNops {
  /** Whether the running kernel emulates them: {@code x86_nops} in arch/x86/kernel/uprobes.c. */
  static final boolean EMULATED = isEmulatedBy(System.getProperty("os.version"));

  private static final List<byte[]> ALL =
      List.of(
              "0f1f00",
              "0f1f4000",
              "0f1f440000",
              "660f1f440000",
              "0f1f8000000000",
              "0f1f840000000000")
          .stream()
          .map(HexFormat.of()::parseHex)
          .toList();

  private LongNops() {}

  static boolean startsWith(byte[] code, int at) {
    return ALL.stream()
        .anyMatch(
            nop ->
                at + nop.length <= code.length
                    && Arrays.equals(nop, 0, nop.length, code, at, at + nop.length));
  }

  /**
   * @param release as uname(2) has it, {@code 6.18.44-generic}
   */
  static boolean isEmulatedBy(String release) {
    Matcher version = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4}).*").matcher(release);
    return version.matches()
        && Integer.parseInt(version.group(1)) * 10_000 + Integer.parseInt(version.group(2))
            >= 6 * 10_000 + 18;
  }
}
