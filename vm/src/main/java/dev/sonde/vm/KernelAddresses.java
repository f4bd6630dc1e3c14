package dev.sonde.vm;

import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ExternSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The addresses that objects ask for by {@code extern const void NAME __ksym}: as {@code
 * /proc/kallsyms} shows them, 0 where it hides them. To a program an address is a number, such as
 * to compare a pointer with.
 */
final class KernelAddresses {
  private static final Path FILE = Path.of("/proc/kallsyms");

  private KernelAddresses() {}

  /** Returns the address of every such extern of {@code spec}, 0 for a weak one that is absent. */
  static Map<String, Long> of(CollectionSpec spec) {
    Set<String> wanted = new HashSet<>();
    for (ExternSpec extern : spec.externs()) {
      if (extern.kind() == ExternSpec.Kind.ADDRESS) {
        wanted.add(extern.name());
      }
    }
    if (wanted.isEmpty()) {
      return Map.of(); // a hundred thousand lines are read only for a reason
    }
    Map<String, Long> found = read(wanted);
    for (ExternSpec extern : spec.externs()) {
      if (extern.weak() && wanted.contains(extern.name())) {
        found.putIfAbsent(extern.name(), 0L);
      }
    }
    return found;
  }

  private static Map<String, Long> read(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>();
    try (BufferedReader lines = Files.newBufferedReader(FILE, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("[ \t]", 4); // address, type, name, [module]
        if (words.length >= 3 && wanted.contains(words[2])) {
          found.putIfAbsent(words[2], Long.parseUnsignedLong(words[0], 16));
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      // as good as absent: what wants a strong extern is refused by its name
    }
    return found;
  }
}
