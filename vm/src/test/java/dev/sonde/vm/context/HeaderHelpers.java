package dev.sonde.vm.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The helpers and kfuncs that sonde.h declares. */
final class HeaderHelpers {
  private static final Pattern DECLARATION =
      Pattern.compile("SONDE_HELPER\\([^,]+, (bpf_\\w+), (\\d+),");

  private static final Pattern KFUNC =
      Pattern.compile("extern [\\w \\*]*?(\\w+)\\([^;]*\\) __ksym(?: __weak)?;");

  private HeaderHelpers() {}

  /** Returns the kfuncs that the header declares. */
  static Set<String> kfuncs() {
    Set<String> names = new HashSet<>();
    Matcher matcher = KFUNC.matcher(text());
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** Returns the numbers of the helpers by name. */
  static Map<String, Integer> read() {
    Map<String, Integer> numbers = new HashMap<>();
    Matcher matcher = DECLARATION.matcher(text());
    while (matcher.find()) {
      numbers.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
    }
    return numbers;
  }

  private static String text() {
    try {
      return Files.readString(Path.of("../examples/programs/sonde.h"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
