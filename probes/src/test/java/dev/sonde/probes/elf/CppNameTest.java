package dev.sonde.probes.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * {@code elf/cpp-names.txt}: symbols of two libjvms and libstdc++, a tab, what c++filt makes of
 * them.
 */
class CppNameTest {
  private static List<String[]> names() throws IOException {
    List<String[]> names = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                CppNameTest.class.getResourceAsStream("/elf/cpp-names.txt"),
                StandardCharsets.UTF_8))) {
      in.lines().forEach(line -> names.add(line.split("\t")));
    }
    return names;
  }

  @Test
  void realSymbolsReadAsCppFiltReadsThem() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (String[] name : names()) {
      String got = CppName.of(name[0]);
      if (!got.equals(name[1])) {
        wrong.add("%s%n  got  %s%n  want %s".formatted(name[0], got, name[1]));
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void aBriefNameHasNoParameters() {
    assertEquals(
        "JavaCalls::call_helper",
        CppName.brief(
            "_ZN9JavaCalls11call_helperEP9JavaValueRK12methodHandleP17JavaCallArgumentsP10JavaThread"));
    assertEquals("memmove", CppName.brief("memmove"));
    assertEquals("_Znot", CppName.brief("_Znot"));
  }

  @Test
  void mutatedNamesAreReadOrLeftAlone() throws IOException {
    List<String[]> names = names();
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      StringBuilder name = new StringBuilder(names.get(random.nextInt(names.size()))[0]);
      for (int n = random.nextInt(3); n >= 0 && name.length() > 2; n--) {
        int at = 2 + random.nextInt(name.length() - 2);
        if (random.nextBoolean()) {
          name.setCharAt(at, names.get(random.nextInt(names.size()))[0].charAt(2));
        } else {
          name.setLength(at);
        }
      }
      try {
        CppName.of(name.toString());
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ": " + name, e);
      }
    }
  }
}
