package dev.sonde.probes.linux;

import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Memory for the structs of one call: freed as one. */
public final class Scratch implements AutoCloseable {
  private final List<Long> blocks = new ArrayList<>();

  /** Returns the address of {@code sizeBytes} zeroed bytes. */
  public long zeroed(long sizeBytes) {
    long address = RawMemory.allocateZeroed(Math.max(8, sizeBytes));
    blocks.add(address);
    return address;
  }

  /** Returns the address of {@code text} in UTF-8 with a NUL behind it. */
  public long cString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long address = zeroed(bytes.length + 1L);
    RawMemory.write(address, bytes);
    return address;
  }

  /** Returns the address of a copy of {@code values}. */
  public long longs(long... values) {
    long address = zeroed(8L * values.length);
    for (int i = 0; i < values.length; i++) {
      RawMemory.putLong(address + 8L * i, values[i]);
    }
    return address;
  }

  @Override
  public void close() {
    blocks.forEach(RawMemory::free);
    blocks.clear();
  }
}
