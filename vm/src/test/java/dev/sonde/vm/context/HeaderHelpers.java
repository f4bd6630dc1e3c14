package dev.sonde.vm.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The helpers that sonde.h declares, by name. */
final class HeaderHelpers {
  private static final Pattern DECLARATION =
      Pattern.compile("SONDE_HELPER\\([^,]+, (bpf_\\w+), (\\d+),");

  private HeaderHelpers() {}

  static Map<String, Integer> read() {
    try {
      String header = Files.readString(Path.of("../examples/programs/sonde.h"));
      Map<String, Integer> numbers = new HashMap<>();
      Matcher matcher = DECLARATION.matcher(header);
      while (matcher.find()) {
        numbers.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
      }
      return numbers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
