package dev.sonde.probes.uprobe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.context.PtRegs;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsdtNotesTest {
  private static final int MUTANTS = 100_000;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8@%rdx           | REGISTER       | 8 | false | 0   | DX |    | 0",
        "-4@%eax          | REGISTER       | 4 | true  | 0   | AX |    | 0",
        "1@%r10b          | REGISTER       | 1 | false | 0   | R10|    | 0",
        "2@%si            | REGISTER       | 2 | false | 0   | SI |    | 0",
        "8@-60(%rbp)      | MEMORY         | 8 | false | -60 | BP |    | 0",
        "-4@(%rax)        | MEMORY         | 4 | true  | 0   | AX |    | 0",
        "8@0x10(%r12)     | MEMORY         | 8 | false | 16  | R12|    | 0",
        "1@$1             | CONSTANT       | 1 | false | 1   |    |    | 0",
        "-8@$-9           | CONSTANT       | 8 | true  | -9  |    |    | 0",
        "-4@-5            | CONSTANT       | 4 | true  | -5  |    |    | 0",
        "8@8(%rax,%rbx,8) | INDEXED_MEMORY | 8 | false | 8   | AX | BX | 3",
        "8@(%rdi,%rsi)    | INDEXED_MEMORY | 8 | false | 0   | DI | SI | 0",
        "-4@[sp, 60]      | MEMORY         | 4 | true  | 60  | SP |    | 0",
        "8@[sp]           | MEMORY         | 8 | false | 0   | SP |    | 0"
      })
  void everyFormOfAnArgumentIsUnderstood(
      String text,
      UsdtArgument.Kind kind,
      int size,
      boolean signed,
      long value,
      PtRegs register,
      PtRegs index,
      int shift) {
    assertEquals(
        new UsdtArgument(kind, size, signed, value, register, index, shift),
        UsdtArgument.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"8f@%xmm0", "3@%rax", "8@%st0", "8@foo(%rip)", "8@", "@%rax", "8@(%rax,,)"})
  void anotherFormIsRefusedWithWhatIsWanted(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> UsdtArgument.parse(text));
    assertTrue(e.getMessage().contains("want"), e::getMessage);
  }

  @Test
  void theJvmsOwnProbesAreFound() throws Exception {
    Path libjvm = Path.of(System.getProperty("java.home"), "lib/server/libjvm.so");
    assumeTrue(Files.exists(libjvm), "no libjvm.so: not on Linux");
    List<UsdtProbe> probes = UsdtNotes.read(ElfImage.open(libjvm));
    assumeTrue(!probes.isEmpty(), "this JDK was built without static probes");
    UsdtProbe collection =
        probes.stream().filter(p -> p.name().equals("gc__begin")).findFirst().orElseThrow();
    assertEquals("hotspot", collection.provider());
    assertEquals(1, collection.arguments().size());
    assertTrue(probes.stream().anyMatch(p -> p.provider().equals("hotspot_jni")));
  }

  @Test
  void mutantsAreAResultOrAFormatError() throws Exception {
    byte[] image = image();
    assertEquals(
        List.of("8@%rdi", "-4@-8(%rbp)"),
        UsdtNotes.read(ElfImage.of(image, "sample")).get(0).arguments().stream()
            .map(a -> a.kind() == UsdtArgument.Kind.REGISTER ? "8@%rdi" : "-4@-8(%rbp)")
            .toList());
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = image.clone();
      for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
        mutant[random.nextInt(mutant.length)] =
            random.nextBoolean() ? (byte) random.nextInt() : (byte) (random.nextInt(3) * 127);
      }
      try {
        UsdtNotes.read(ElfImage.of(mutant, "mutant"));
      } catch (ObjectFormatException expected) {
        // an error that says what and where
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", mutant " + i, e);
      }
    }
  }

  /** An ELF file of two sections, one of them notes with two probes. */
  private static byte[] image() {
    byte[] notes = concat(note("sonde", "first", "8@%rdi -4@-8(%rbp)"), note("a", "b", ""));
    byte[] names = "\0.shstrtab\0.note.stapsdt\0".getBytes(StandardCharsets.US_ASCII);
    int namesAt = 64 + notes.length;
    int headersAt = namesAt + names.length + 7 & ~7;
    ByteBuffer out = ByteBuffer.allocate(headersAt + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
    out.putShort(16, (short) 3).putShort(18, (short) 62).putInt(20, 1);
    out.putLong(40, headersAt).putShort(52, (short) 64).putShort(54, (short) 56);
    out.putShort(58, (short) 64).putShort(60, (short) 3).putShort(62, (short) 1);
    out.put(64, notes).put(namesAt, names);
    section(out, headersAt + 64, 1, 3, namesAt, names.length);
    section(out, headersAt + 128, 11, 7, 64, notes.length);
    return out.array();
  }

  private static void section(ByteBuffer out, int at, int name, int type, int offset, int size) {
    out.putInt(at, name).putInt(at + 4, type).putLong(at + 24, offset).putLong(at + 32, size);
  }

  private static byte[] note(String provider, String name, String arguments) {
    byte[] text =
        (provider + "\0" + name + "\0" + arguments + "\0").getBytes(StandardCharsets.UTF_8);
    int description = 24 + text.length;
    ByteBuffer out =
        ByteBuffer.allocate(20 + (description + 3 & ~3)).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(8).putInt(description).putInt(3).put("stapsdt\0".getBytes(StandardCharsets.UTF_8));
    out.putLong(0x1234).putLong(0).putLong(0).put(text);
    return out.array();
  }

  private static byte[] concat(byte[] a, byte[] b) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(a);
    all.writeBytes(b);
    return all.toByteArray();
  }
}
