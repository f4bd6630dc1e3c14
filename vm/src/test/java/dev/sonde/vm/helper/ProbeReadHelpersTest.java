package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeReadHelpersTest {
  private final long memory = RawMemory.allocateZeroed(16384);

  @AfterEach
  void free() {
    RawMemory.free(memory);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 4000, 0x7000000000000000L, -1, Long.MIN_VALUE, 1L << 48})
  void anAddressOfNothingIsAnAnswer(long address) {
    RawMemory.fill(memory, 64, (byte) 0x55);
    assertEquals(-14, ProbeReadHelpers.probeReadUser(slot(), memory, 64, address));
    assertArrayEquals(new byte[64], RawMemory.read(memory, 64));
    assertEquals(-14, ProbeReadHelpers.probeReadUserStr(slot(), memory, 64, address));
  }

  @Test
  void memoryThatNobodyRegisteredIsReadThroughTheKernel() {
    byte[] bytes = "0123456789abcdef".repeat(512).getBytes(StandardCharsets.UTF_8);
    RawMemory.write(memory, bytes);
    long to = RawMemory.allocateZeroed(bytes.length);
    assertEquals(0, ProbeReadHelpers.probeReadKernel(slot(), to, bytes.length, memory));
    assertArrayEquals(bytes, RawMemory.read(to, bytes.length));
    RawMemory.free(to);
  }

  @Test
  void aStringEndsAtItsNulOrAtTheRoom() {
    RawMemory.write(memory, "hello\0rest".getBytes(StandardCharsets.UTF_8));
    assertEquals(6, ProbeReadHelpers.probeReadUserStr(slot(), memory + 4096, 32, memory));
    assertEquals(4, ProbeReadHelpers.probeReadUserStr(slot(), memory + 4096, 4, memory));
    assertEquals("hel\0", new String(RawMemory.read(memory + 4096, 4), StandardCharsets.UTF_8));
    assertEquals(0, ProbeReadHelpers.probeReadUserStr(slot(), memory + 4096, 0, memory));
  }

  @Test
  void stringsOfJavaAreCutAtACharacter() {
    long handle = slot().handles().add("a\u00e9\u20ac\ud83d\ude00z");
    assertEquals(11, JavaKfuncs.sondeJavaString(slot(), handle, memory, 64));
    assertEquals(
        "a\u00e9\u20ac\ud83d\ude00z\0",
        new String(RawMemory.read(memory, 12), StandardCharsets.UTF_8));
    assertEquals(6, JavaKfuncs.sondeJavaString(slot(), handle, memory, 10));
    assertEquals("a\u00e9\u20ac\0", new String(RawMemory.read(memory, 7), StandardCharsets.UTF_8));
    slot().handles().clear();
    assertEquals(-22, JavaKfuncs.sondeJavaString(slot(), handle, memory, 64));
    long other = slot().handles().add(new StringBuffer("locks"));
    assertEquals(-22, JavaKfuncs.sondeJavaString(slot(), other, memory, 64));
    slot().handles().clear();
  }

  @Test
  void iteratorsCountAndFindBits() {
    assertEquals(0, IteratorKfuncs.iterNumNew(memory, 3, 6));
    StringBuilder seen = new StringBuilder();
    for (long p = IteratorKfuncs.iterNumNext(slot(), memory); p != 0; ) {
      seen.append(RawMemory.getInt(p));
      p = IteratorKfuncs.iterNumNext(slot(), memory);
    }
    assertEquals("345", seen.toString());
    assertEquals(-22, IteratorKfuncs.iterNumNew(memory, 6, 3));
    assertEquals(-7, IteratorKfuncs.iterNumNew(memory, 0, 8 * 1024 * 1024 + 1));
    RawMemory.putLong(memory + 64, 1L << 63 | 1);
    RawMemory.putLong(memory + 72, 4);
    assertEquals(0, IteratorKfuncs.iterBitsNew(slot(), memory, memory + 64, 2));
    seen.setLength(0);
    for (long p = IteratorKfuncs.iterBitsNext(slot(), memory); p != 0; ) {
      seen.append(RawMemory.getInt(p)).append(' ');
      p = IteratorKfuncs.iterBitsNext(slot(), memory);
    }
    assertEquals("0 63 66 ", seen.toString());
    IteratorKfuncs.iterBitsDestroy(memory);
  }

  private static CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    return slot;
  }
}
