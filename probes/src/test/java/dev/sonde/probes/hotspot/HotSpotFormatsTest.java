package dev.sonde.probes.hotspot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HotSpot's compressed numbers and line tables, and the names of what it makes while it runs. */
class HotSpotFormatsTest {
  /** Writes as {@code UNSIGNED5::write_uint} does. */
  private static void write(ByteArrayOutputStream out, int value, boolean noZeroBytes) {
    int excluded = noZeroBytes ? 1 : 0;
    long low = 192 - excluded;
    long rest = value & 0xffff_ffffL;
    for (int i = 0; i < 4 && rest >= low; i++) {
      rest -= low;
      out.write((int) (excluded + low + rest % 64));
      rest /= 64;
    }
    out.write((int) (excluded + rest));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void compressedNumbersComeBack(boolean noZeroBytes) {
    Random random = new Random(7);
    int[] values = new int[10_000];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt() >>> random.nextInt(32);
      write(out, values[i], noZeroBytes);
    }
    CompressedInts in = new CompressedInts(out.toByteArray(), 0, noZeroBytes);
    for (int value : values) {
      assertEquals(value, in.next());
    }
    assertEquals(0, in.next()); // behind the end
  }

  @Test
  void aLineTableAnswersForTheBytecodesBehindItsEntries() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0xff); // bci 0, line 1000
    write(out, 0, false);
    write(out, 1000 << 1, false);
    out.write(5 << 3 | 2); // bci 5, line 1002
    out.write(0xff); // bci 45, line 998
    write(out, 40 << 1, false);
    write(out, 4 << 1 ^ -1, false);
    out.write(0);
    LineTable lines = LineTable.read(out.toByteArray(), 0, false);
    assertEquals(1000, lines.lineOf(4));
    assertEquals(1002, lines.lineOf(5));
    assertEquals(1002, lines.lineOf(44));
    assertEquals(0, LineTable.NONE.lineOf(3));
  }

  @ParameterizedTest
  @CsvSource({
    "java/lang/String, java.lang.String",
    "shop/Orders$$Lambda$14+0x0000000800c03200, shop.Orders$$Lambda",
    "shop/Orders$$Lambda+0x00007f1234567890, shop.Orders$$Lambda",
    "shop/Orders$$Lambda$14/0x0000000800c03200, shop.Orders$$Lambda",
    "java/lang/invoke/LambdaForm$MH+0x0000000800c04400, java.lang.invoke.LambdaForm$MH",
    "jdk/internal/reflect/GeneratedMethodAccessor17, jdk.internal.reflect.GeneratedMethodAccessor",
    "shop/Orders$1, shop.Orders$1",
  })
  void namesLoseTheNumbersOfOneRun(String symbol, String want) {
    assertEquals(want, ClassNames.legible(symbol));
  }
}
