package dev.sonde.probes.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The text files that name addresses: kallsyms, perf maps, maps. */
class SymbolFilesTest {
  private static final int MUTATIONS = 100_000;
  private static final String KALLSYMS =
      """
      ffffffff81000000 T _stext
      ffffffff81000100 t do_one_initcall
      ffffffff81000100 T an_alias
      ffffffff82000000 D some_data
      ffffffffc0001000 t nf_hook\t[nf_tables]
      0000000000000000 T hidden
      """;
  private static final String PERF_MAP =
      """
      0x00007f0000001000 0x0000000000000100 void App.first(int)
      7f0000001200 40 App.second()
      0x00007f0000001080 0x0000000000000010 App.replaced()
      """;
  private static final String MAPS =
      """
      55d0c0a00000-55d0c0a01000 r--p 00000000 fe:00 1234       /usr/lib/jvm/java/bin/java
      7f0000000000-7f0000001000 rwxp 00000000 00:00 0
      7f0000002000-7f0000003000 r-xp 00001000 fe:00 99         /opt/with space/lib.so (deleted)
      ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]
      """;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void kernelFunctionsAreFoundByAddress() {
    KernelSymbols symbols = KernelSymbols.parse(bytes(KALLSYMS));
    assertEquals("_stext", symbols.at(0xffffffff81000000L));
    assertEquals("_stext", symbols.at(0xffffffff810000ffL));
    assertEquals("do_one_initcall", symbols.at(0xffffffff81000123L));
    assertEquals("nf_hook", symbols.at(0xffffffffc0001001L));
    assertNull(symbols.at(0xffffffff80000000L));
  }

  @Test
  void withoutPermissionThereAreNoKernelNames() {
    String hidden = KALLSYMS.replaceAll("(?m)^[0-9a-f]{16}", "0000000000000000");
    assertTrue(KernelSymbols.parse(bytes(hidden)).isEmpty());
    assertTrue(KernelSymbols.parse(new byte[0]).isEmpty());
  }

  @Test
  void aPerfMapIsReadAgainWhenItHasGrownOrWasWrittenAnew(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("perf-1.map");
    PerfMap map = PerfMap.of(folder.resolve("none"), file);
    map.refresh();
    assertEquals(0, map.size());
    Files.writeString(file, "1000 100 first\n2000 100 second\n30");
    map.refresh();
    assertEquals("second", map.at(0x2010));
    assertNull(map.at(0x3000)); // half a line is none
    Files.writeString(file, "00 100 third\n", StandardOpenOption.APPEND);
    map.refresh();
    assertEquals("third", map.at(0x3000));
    assertEquals("first", map.at(0x1000));
    Files.writeString(file, "1000 80 other\n5000 100 a.b.c(long, int)\n2000 100 second again\n");
    map.refresh();
    assertEquals("other", map.at(0x1000));
    assertEquals("second again", map.at(0x2000));
    assertEquals("a.b.c(long, int)", map.at(0x50ff));
    assertEquals("third", map.at(0x3000)); // until other code is there
  }

  @Test
  void laterCodeInAPerfMapCoversEarlier() {
    PerfMap map = new PerfMap();
    map.add(bytes(PERF_MAP));
    assertNull(map.at(0x7f0000000fffL));
    assertEquals("App.replaced()", map.at(0x7f0000001085L));
    assertEquals("App.second()", map.at(0x7f000000123fL));
    assertNull(map.at(0x7f0000001240L));
  }

  @Test
  void mapsAreReadWithTheirPathsAsTheyAre() {
    ProcessMaps maps = ProcessMaps.parse(MAPS);
    assertEquals("/opt/with space/lib.so (deleted)", maps.at(0x7f0000002fffL).path());
    assertEquals(0x1000, maps.at(0x7f0000002000L).fileOffset());
    assertTrue(maps.at(0x7f0000000000L).executable());
    assertEquals("", maps.at(0x7f0000000000L).path());
    assertNull(maps.at(0x7f0000001000L));
  }

  @Test
  void mutatedFilesAreReadAsFarAsTheyAreOfTheFormat() {
    fuzz(KALLSYMS, text -> KernelSymbols.parse(text).at(0xffffffff81000123L));
    fuzz(
        PERF_MAP,
        text -> {
          PerfMap map = new PerfMap();
          map.add(text);
          map.at(0x7f0000001085L);
        });
    fuzz(
        MAPS,
        text -> ProcessMaps.parse(new String(text, StandardCharsets.UTF_8)).at(0x7f0000002000L));
  }

  private static void fuzz(String text, Consumer<byte[]> reader) {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = bytes(text);
      for (int n = random.nextInt(4); n >= 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        reader.accept(bytes);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", mutation " + i, e);
      }
    }
  }
}
