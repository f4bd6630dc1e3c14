package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** The kernel's own function names. */
public final class KernelFunctions {
  private final Path kallsyms;

  /**
   * @param kallsyms {@code /proc/kallsyms} but in tests
   */
  public KernelFunctions(Path kallsyms) {
    this.kallsyms = kallsyms;
  }

  public static KernelFunctions running() {
    return new KernelFunctions(Path.of("/proc/kallsyms"));
  }

  /**
   * Returns the functions that {@code glob} matches. A name without wildcards that the list does
   * not have is a mistake, unless the list cannot be read.
   *
   * @throws AttachException if there is none
   */
  List<String> matching(String glob) {
    NamePattern names = new NamePattern(glob);
    TreeSet<String> found = new TreeSet<>();
    try (BufferedReader lines = Files.newBufferedReader(kallsyms, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("[ \t]", 4); // address, type, name, module
        boolean code = words.length >= 3 && (words[1].equals("T") || words[1].equals("t"));
        if (code && names.matches(words[2])) {
          found.add(words[2]);
        }
      }
    } catch (IOException unreadable) {
      if (names.isLiteral()) {
        return List.of(glob); // the kernel itself will say
      }
      throw new AttachException("kprobe/%s: cannot read %s".formatted(glob, kallsyms), unreadable);
    }
    if (found.isEmpty()) {
      throw new AttachException(
          "kprobe/%s: the kernel has no such function, want one of %s (grep ' [tT] ' %s)"
              .formatted(glob, kallsyms, kallsyms));
    }
    return List.copyOf(found);
  }
}
