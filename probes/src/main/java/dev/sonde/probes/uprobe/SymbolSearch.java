package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.elf.CppName;
import dev.sonde.probes.elf.ElfSymbol;
import dev.sonde.probes.elf.ElfSymbols;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Functions by the names that people write. */
final class SymbolSearch {
  private SymbolSearch() {}

  /** Returns the functions that {@code pattern} names, by address: an alias is no second place. */
  static Map<Long, ElfSymbol> find(Binary binary, String pattern) {
    ElfSymbols symbols = symbols(binary);
    Map<Long, ElfSymbol> found = new LinkedHashMap<>();
    NamePattern names = new NamePattern(pattern);
    ElfSymbol exact = symbols.find(pattern);
    if (exact != null) {
      found.put(exact.address(), exact);
    } else if (looksDemangled(pattern)) {
      NamePattern whole = new NamePattern(pattern.replace(", ", ","));
      symbols.forEach(
          symbol -> {
            if (symbol.name().startsWith("_Z") && isCalled(symbol.name(), whole)) {
              found.putIfAbsent(symbol.address(), symbol);
            }
          });
    } else if (!names.isLiteral()) {
      symbols.forEach(
          symbol -> {
            if (names.matches(symbol.name())) {
              found.putIfAbsent(symbol.address(), symbol);
            }
          });
    }
    return found;
  }

  /** With its parameters, or without: {@code A::f} is every overload. */
  private static boolean isCalled(String mangled, NamePattern names) {
    return names.matches(CppName.of(mangled).replace(", ", ","))
        || names.matches(CppName.brief(mangled).replace(", ", ","));
  }

  /** Returns names that resemble {@code pattern}, for a message. */
  static String near(Binary binary, String pattern) {
    String stem = pattern.replaceAll("[*?]", "").toLowerCase(Locale.ROOT);
    String part = stem.length() > 5 ? stem.substring(0, stem.length() * 2 / 3) : stem;
    TreeSet<String> near =
        new TreeSet<>(Comparator.comparingInt(String::length).thenComparing(s -> s));
    symbols(binary)
        .forEach(
            symbol -> {
              String name = looksDemangled(pattern) ? CppName.brief(symbol.name()) : symbol.name();
              if (name.toLowerCase(Locale.ROOT).contains(part)) {
                near.add(name);
              }
            });
    List<String> some = near.stream().limit(5).collect(Collectors.toList());
    return some.isEmpty()
        ? "a function's name, or a file offset as 0x1234"
        : String.join(", ", some);
  }

  private static boolean looksDemangled(String pattern) {
    return pattern.contains("::") || pattern.contains("(");
  }

  private static ElfSymbols symbols(Binary binary) {
    try {
      return binary.image().symbols();
    } catch (IOException | ObjectFormatException e) {
      throw new AttachException("%s: %s".formatted(binary.file(), e.getMessage()), e);
    }
  }
}
