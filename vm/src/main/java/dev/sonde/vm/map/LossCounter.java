package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * Counts what is lost, exactly and almost for free: a line for each carrier slot, which only its
 * owner writes, and one shared line for threads without a slot.
 */
final class LossCounter {
  private static final int LINE_BYTES = 64;
  private static final int LINES = CarrierSlots.capacity();

  private final long base;

  LossCounter(MapMemory memory) {
    base = memory.zeroed((LINES + 1L) * LINE_BYTES);
  }

  void increment() {
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null) {
      RawMemory.getAndAddLong(base + (long) LINES * LINE_BYTES, 1);
    } else {
      long line = base + (long) slot.index() * LINE_BYTES;
      RawMemory.putLong(line, RawMemory.getLong(line) + 1);
    }
  }

  long sum() {
    long sum = 0;
    for (int i = 0; i <= LINES; i++) {
      sum += RawMemory.getLongVolatile(base + (long) i * LINE_BYTES);
    }
    return sum;
  }
}
