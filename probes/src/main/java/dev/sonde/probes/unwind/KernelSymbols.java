package dev.sonde.probes.unwind;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's functions by address, from {@code /proc/kallsyms}: lines of {@code ADDRESS TYPE NAME
 * [MODULE]}, in no order. Kept as the file's bytes: it has 150,000 lines. Without permission all
 * addresses are 0, and there are no names.
 */
public final class KernelSymbols {
  private static final Path FILE = Path.of("/proc/kallsyms");

  private final byte[] text;
  private final long[] addresses; // ascending
  private final int[] names; // where in the text the name of each begins

  private KernelSymbols(byte[] text, long[] addresses, int[] names) {
    this.text = text;
    this.addresses = addresses;
    this.names = names;
  }

  /** Reads the running kernel's; none when they cannot be read. */
  public static KernelSymbols running() {
    try (InputStream in = Files.newInputStream(FILE)) {
      return parse(in.readAllBytes());
    } catch (IOException noPermission) {
      return parse(new byte[0]);
    }
  }

  static KernelSymbols parse(byte[] text) {
    long[] addresses = new long[4096];
    int[] names = new int[4096];
    int count = 0;
    for (int at = 0; at < text.length; at = endOfLine(text, at) + 1) {
      int name = nameOf(text, at);
      long address = name < 0 ? 0 : hex(text, at);
      if (address == 0) {
        continue;
      }
      if (count == addresses.length) {
        addresses = Arrays.copyOf(addresses, count * 2);
        names = Arrays.copyOf(names, count * 2);
      }
      addresses[count] = address;
      names[count++] = name;
    }
    return sorted(text, addresses, names, count);
  }

  /** Sorts by address; of several names for one the first in the file stays. */
  private static KernelSymbols sorted(byte[] text, long[] addresses, int[] names, int count) {
    Integer[] order = new Integer[count];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compareUnsigned(addresses[a], addresses[b]));
    long[] sorted = new long[count];
    int[] sortedNames = new int[count];
    int kept = 0;
    for (int i : order) {
      if (kept == 0 || sorted[kept - 1] != addresses[i]) {
        sorted[kept] = addresses[i];
        sortedNames[kept++] = names[i];
      }
    }
    return new KernelSymbols(text, Arrays.copyOf(sorted, kept), Arrays.copyOf(sortedNames, kept));
  }

  public boolean isEmpty() {
    return addresses.length == 0;
  }

  /** Returns the function that holds {@code address}, or null. All lie in the upper half. */
  public @Nullable String at(long address) {
    int i = Arrays.binarySearch(addresses, address); // negative numbers sort as unsigned ones do
    i = i < 0 ? -i - 2 : i;
    if (i < 0) {
      return null;
    }
    int end = names[i];
    while (end < text.length && text[end] > ' ') {
      end++;
    }
    return new String(text, names[i], end - names[i], StandardCharsets.ISO_8859_1);
  }

  /** Returns where the name begins, -1 when the line is of no code. */
  private static int nameOf(byte[] text, int line) {
    int at = line;
    while (at < text.length && isHex(text[at])) {
      at++;
    }
    boolean complete = at > line && at + 3 < text.length && text[at] == ' ' && text[at + 2] == ' ';
    if (!complete) {
      return -1;
    }
    int type = text[at + 1] | 0x20; // lower case: local and global alike
    return (type == 't' || type == 'w') && text[at + 3] > ' ' ? at + 3 : -1;
  }

  private static long hex(byte[] text, int from) {
    long value = 0;
    for (int at = from; at < text.length && isHex(text[at]); at++) {
      value = value << 4 | Character.digit(text[at], 16);
    }
    return value;
  }

  private static boolean isHex(byte c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
  }

  private static int endOfLine(byte[] text, int from) {
    int at = from;
    while (at < text.length && text[at] != '\n') {
      at++;
    }
    return at;
  }
}
