package dev.sonde.probes.unwind;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process's mappings, as they were when they were read. */
public final class ProcessMaps {
  private final List<Mapping> mappings;

  private ProcessMaps(List<Mapping> mappings) {
    this.mappings = mappings;
  }

  /**
   * Reads the mappings.
   *
   * @throws IOException when the process is gone, or not ours to look at
   */
  public static ProcessMaps of(int pid) throws IOException {
    byte[] text = Files.readAllBytes(Path.of("/proc/" + pid + "/maps"));
    return parse(new String(text, StandardCharsets.UTF_8));
  }

  static ProcessMaps parse(String text) {
    List<Mapping> mappings = new ArrayList<>();
    text.lines()
        .map(ProcessMaps::mapping)
        .filter(java.util.Objects::nonNull)
        .forEach(mappings::add);
    return new ProcessMaps(mappings);
  }

  public List<Mapping> all() {
    return mappings;
  }

  /** Returns the mapping that holds {@code address}, or null. */
  public @Nullable Mapping at(long address) {
    int low = 0;
    int high = mappings.size() - 1;
    while (low <= high) {
      int middle = low + high >>> 1;
      Mapping mapping = mappings.get(middle);
      if (address < mapping.start()) {
        high = middle - 1;
      } else if (address >= mapping.end()) {
        low = middle + 1;
      } else {
        return mapping;
      }
    }
    return null;
  }

  /** {@code START-END PERMS OFFSET DEVICE INODE PATH}; the kernel's own, at the end, sort last. */
  private static @Nullable Mapping mapping(String line) {
    String[] words = line.strip().split("\\s+", 6);
    int dash = words[0].indexOf('-');
    if (words.length < 5 || dash < 0) {
      return null;
    }
    try {
      return new Mapping(
          Long.parseUnsignedLong(words[0].substring(0, dash), 16),
          Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
          Long.parseUnsignedLong(words[2], 16),
          words[1].contains("x"),
          Long.parseLong(words[4]),
          words.length == 6 ? words[5] : "");
    } catch (NumberFormatException otherText) {
      return null;
    }
  }
}
