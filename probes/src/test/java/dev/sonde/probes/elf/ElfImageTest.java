package dev.sonde.probes.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElfImageTest {
  private static final int MUTATIONS = 100_000;

  static byte[] sample() throws IOException {
    try (InputStream in = ElfImageTest.class.getResourceAsStream("/elf/sample.so")) {
      return in.readAllBytes();
    }
  }

  @Test
  void functionsAreFoundByNameAndByAddress() throws IOException {
    ElfImage image = ElfImage.of(sample(), "sample.so");
    ElfSymbols symbols = image.symbols();
    ElfSymbol entry = symbols.find("sample_entry");
    assertNotNull(entry);
    assertEquals(entry, symbols.at(entry.address()));
    assertEquals(entry, symbols.at(entry.address() + entry.sizeBytes() - 1));
    assertEquals(
        "_ZN5sonde3Box4sinkEi", symbols.at(symbols.find("_ZN5sonde3Box4sinkEi").address()).name());
    assertNull(symbols.at(1));
    assertNull(symbols.find("absent"));
  }

  @Test
  void addressesAndFileOffsetsAreTranslatedBothWays() throws IOException {
    ElfImage image = ElfImage.of(sample(), "sample.so");
    long address = image.symbols().find("sample_entry").address();
    long offset = image.fileOffsetOf(address);
    assertTrue(offset > 0);
    assertEquals(address, image.addressOf(offset));
    assertEquals(-1, image.fileOffsetOf(1L << 40));
  }

  @Test
  void theBuildIdIsTheNotes() throws IOException {
    ElfImage image = ElfImage.of(sample(), "sample.so");
    assertEquals(Optional.of("af037f5daf0dd02afe8e01fac26964e0923e245d"), image.buildId());
    assertEquals(ElfImage.MACHINE_X86_64, image.machine());
  }

  @Test
  void libjvmIsReadWithinASecond() throws IOException {
    Path libjvm = Path.of(System.getProperty("java.home"), "lib/server/libjvm.so");
    assumeTrue(Files.exists(libjvm), "no " + libjvm);
    long start = System.nanoTime();
    ElfImage image = ElfImage.open(libjvm);
    ElfSymbols symbols = image.symbols();
    ElfSymbol create = symbols.find("JNI_CreateJavaVM");
    assertNotNull(create);
    assertTrue(symbols.size() > 300);
    assertEquals("JNI_CreateJavaVM", symbols.at(create.address() + 1).name());
    assertTrue(System.nanoTime() - start < 3_000_000_000L, "took more than three seconds");
  }

  @Test
  void whatIsNoElfFileIsSaidToBeNone() {
    ObjectFormatException text =
        assertThrows(ObjectFormatException.class, () -> ElfImage.of(new byte[200], "zeros"));
    assertTrue(
        text.getMessage().contains("zeros: magic: got 0x0, want 0x464c457f"), text.getMessage());
    assertThrows(ObjectFormatException.class, () -> ElfImage.of(new byte[3], "short"));
  }

  @Test
  void aMutatedFileIsReadOrRefused() throws IOException {
    byte[] sample = sample();
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    int read = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = mutate(sample, random);
      try {
        readAll(ElfImage.of(bytes, "mutant"));
        read++;
      } catch (ObjectFormatException refused) {
        // the other permitted answer
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", mutation " + i, e);
      }
    }
    assertTrue(read > 0 && read < MUTATIONS, "read " + read);
  }

  private static void readAll(ElfImage image) throws IOException {
    image.buildId();
    ElfSymbols symbols = image.symbols();
    symbols.forEach(symbol -> symbols.at(symbol.address()));
    symbols.find("sample_entry");
    image.addressOf(image.fileOffsetOf(4096));
    for (ElfSection section : image.sections()) {
      if (section.name().startsWith(".note")) {
        image.notes(section);
      }
    }
  }

  /** One to four changes: half of them in the headers and tables, where they hurt. */
  static byte[] mutate(byte[] sample, Random random) {
    byte[] bytes =
        random.nextInt(20) == 0
            ? java.util.Arrays.copyOf(sample, random.nextInt(sample.length))
            : sample.clone();
    for (int n = random.nextInt(4); n >= 0 && bytes.length > 0; n--) {
      int at = random.nextInt(random.nextBoolean() ? Math.min(800, bytes.length) : bytes.length);
      bytes[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
    }
    return bytes;
  }
}
