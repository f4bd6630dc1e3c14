package dev.sonde.probes.unwind;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names for code that a runtime generated, from {@code /tmp/perf-PID.map}: lines of {@code ADDRESS
 * SIZE NAME}, hex with or without 0x. For processes whose runtime is not known; each reading adds
 * to what was known, so that code that was replaced keeps the name it had until then.
 */
public final class PerfMap {
  private static final int MAX_BYTES = 256 << 20;

  private record Entry(long end, String name) {}

  private final TreeMap<Long, Entry> entries = new TreeMap<>();

  /** Reads the file that the process has written, if any, as it sees its own /tmp. */
  public static PerfMap of(int pid) {
    PerfMap map = new PerfMap();
    for (String root : new String[] {"/proc/" + pid + "/root/tmp", "/tmp"}) {
      Path file = Path.of(root, "perf-" + pid + ".map");
      try {
        if (Files.isReadable(file) && Files.size(file) < MAX_BYTES) {
          map.add(Files.readAllBytes(file));
          return map;
        }
      } catch (IOException gone) {
        // the next place
      }
    }
    return map;
  }

  /** Adds the lines of a file; lines that are none are passed over. Later code covers earlier. */
  void add(byte[] text) {
    new String(text, StandardCharsets.UTF_8).lines().forEach(this::addLine);
  }

  private void addLine(String line) {
    String[] words = line.strip().split("\\s+", 3);
    if (words.length < 3) {
      return;
    }
    try {
      long start = hex(words[0]);
      long size = hex(words[1]);
      if (size > 0 && start > 0 && start + size > start) {
        entries.subMap(start, start + size).clear();
        entries.put(start, new Entry(start + size, words[2]));
      }
    } catch (NumberFormatException noNumber) {
      // no line of this format
    }
  }

  public int size() {
    return entries.size();
  }

  /** Returns the name of the code at {@code address}, or null. */
  public @Nullable String at(long address) {
    Map.Entry<Long, Entry> entry = entries.floorEntry(address);
    return entry == null || address >= entry.getValue().end ? null : entry.getValue().name;
  }

  private static long hex(String word) {
    return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
  }
}
