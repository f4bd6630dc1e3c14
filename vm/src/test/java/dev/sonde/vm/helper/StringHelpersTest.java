package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StringHelpersTest {
  private final long memory = RawMemory.allocateZeroed(4096);

  @AfterEach
  void free() {
    RawMemory.free(memory);
  }

  private long text(String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
    RawMemory.write(memory, bytes);
    return bytes.length - 1;
  }

  @ParameterizedTest
  @CsvSource({
    "42, 10, 2, 42",
    "'  -17x', 10, 5, -17",
    "0x1f, 0, 4, 31",
    "0x1f, 16, 4, 31",
    "017, 0, 3, 15",
    "0, 0, 1, 0",
    "0x, 0, 1, 0",
    "9223372036854775807, 10, 19, 9223372036854775807",
    "-9223372036854775808, 10, 20, -9223372036854775808",
    "9223372036854775808, 10, -34, 0",
    "-9223372036854775809, 10, -34, 0",
    "99999999999999999999, 10, -34, 0",
    "abc, 10, -22, 0",
    "'', 10, -22, 0",
    "1, 7, -22, 0",
    "+1, 10, -22, 0"
  })
  void strtolIsTheKernels(String text, long base, long returned, long value) {
    long size = text(text);
    assertEquals(returned, StringHelpers.strtol(memory, size, base, memory + 512));
    assertEquals(value, RawMemory.getLong(memory + 512));
  }

  @ParameterizedTest
  @CsvSource({
    "18446744073709551615, 10, 20, -1",
    "18446744073709551616, 10, -34, 0",
    "-1, 10, -22, 0",
    "ffffffffffffffff, 16, 16, -1"
  })
  void strtoulIsTheKernels(String text, long base, long returned, long value) {
    long size = text(text);
    assertEquals(returned, StringHelpers.strtoul(memory, size, base, memory + 512));
    assertEquals(value, RawMemory.getLong(memory + 512));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "%d items; 7; 7 items",
        "%lld; -1; -1",
        "%d; 0xffffffff; -1",
        "%u; 0xffffffff; 4294967295",
        "%lu; -1; 18446744073709551615",
        "%x; 0xbeef; beef",
        "%#lx; 0xbeef; 0xbeef",
        "%08x; 0xbeef; 0000beef",
        "'%-6d|'; 12; '12    |'",
        "%6d; 12; '    12'",
        "%c%%; 65; A%",
        "%p; 0x1234; 0000000000001234"
      })
  void snprintfIsTheKernels(String format, String value, String want) {
    text(format);
    RawMemory.putLong(memory + 512, Long.decode(value));
    long n = StringHelpers.snprintf(slot(), memory + 1024, 100, memory, memory + 512, 8);
    String got = new String(RawMemory.read(memory + 1024, (int) n - 1), StandardCharsets.UTF_8);
    assertEquals(want, got);
  }

  @Test
  void snprintfCutsAndTellsTheWholeLength() {
    text("%s-%s");
    RawMemory.write(memory + 256, "hello\0".getBytes(StandardCharsets.UTF_8));
    RawMemory.putLong(memory + 512, memory + 256);
    RawMemory.putLong(memory + 520, memory + 256);
    assertEquals(12, StringHelpers.snprintf(slot(), memory + 1024, 8, memory, memory + 512, 16));
    assertEquals("hello-h\0", new String(RawMemory.read(memory + 1024, 8), StandardCharsets.UTF_8));
  }

  @Test
  void formatsThatTheKernelRefusesAreRefused() {
    for (String format : new String[] {"%q", "%d %d", "%ls", "\u0001"}) {
      text(format);
      long got = StringHelpers.snprintf(slot(), memory + 1024, 8, memory, memory + 512, 8);
      assertEquals(-22, got, format);
    }
  }

  @Test
  void strncmpStopsAtTheNul() {
    RawMemory.write(memory, "abc\0x".getBytes(StandardCharsets.UTF_8));
    RawMemory.write(memory + 64, "abc\0y".getBytes(StandardCharsets.UTF_8));
    assertEquals(0, StringHelpers.strncmp(memory, 5, memory + 64));
    RawMemory.putByte(memory + 66, (byte) 'd');
    assertEquals(-1, StringHelpers.strncmp(memory, 5, memory + 64));
    assertEquals(0, StringHelpers.strncmp(memory, 2, memory + 64));
  }

  @Test
  void printedLinesComeOutOfThePipe() {
    TracePipe.Reader reader = TracePipe.PROCESS.reader();
    assertNull(reader.poll());
    long size = text("n=%d");
    assertEquals(5, PrintHelpers.tracePrintk(slot(), memory, size + 1, 42, 0, 0));
    String line = reader.poll();
    assertNotNull(line);
    assertTrue(line.endsWith(": bpf_trace_printk: n=42"), line);
  }

  @Test
  void aSlowReaderLearnsHowManyLinesItLost() {
    TracePipe pipe = new TracePipe(4);
    TracePipe.Reader reader = pipe.reader();
    for (int i = 0; i < 10; i++) {
      pipe.write("line " + i);
    }
    assertEquals("line 8", reader.poll());
    assertEquals("line 9", reader.poll());
    assertNull(reader.poll());
    assertEquals(8, reader.lostLines());
  }

  private static CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    return slot;
  }
}
