package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is lost, exactly and almost for free: a line for each carrier slot with a word for
 * each reason, which only the slot's owner writes, and one shared line for threads without a slot.
 */
final class LossCounter {
  private static final int LINE_BYTES = 64; // room for eight reasons
  private static final int LINES = CarrierSlots.capacity();

  private final long base;

  LossCounter(MapMemory memory) {
    base = memory.zeroed((LINES + 1L) * LINE_BYTES);
  }

  /** Counts one event that the running program of {@code slot} lost. */
  void increment(@Nullable CarrierSlot slot, LossReason reason) {
    if (slot == null) {
      RawMemory.getAndAddLong(word(LINES, reason), 1);
    } else {
      long word = word(slot.index(), reason);
      RawMemory.putLong(word, RawMemory.getLong(word) + 1);
    }
  }

  long sum(LossReason reason) {
    long sum = 0;
    for (int i = 0; i <= LINES; i++) {
      sum += RawMemory.getLongVolatile(word(i, reason));
    }
    return sum;
  }

  /** Returns the sums of {@code reasons}. */
  Map<LossReason, Long> sums(LossReason... reasons) {
    Map<LossReason, Long> sums = new EnumMap<>(LossReason.class);
    for (LossReason reason : reasons) {
      sums.put(reason, sum(reason));
    }
    return sums;
  }

  private long word(int line, LossReason reason) {
    return base + (long) line * LINE_BYTES + reason.ordinal() * 8L;
  }
}
