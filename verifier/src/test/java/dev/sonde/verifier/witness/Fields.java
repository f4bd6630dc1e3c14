package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The spin locks and timers in map values of a {@link Machine}: only helpers may touch them. */
final class Fields {
  private static final int LOCK_BYTES = 4;
  private static final int TIMER_BYTES = 16;

  /**
   * A callback that is to run once the program has ended.
   *
   * @param value the value whose timer it is
   */
  record Fired(int callback, Memory.Block value) {}

  private final Memory memory;
  private final Map<Memory.Block, Integer> callbacks = new HashMap<>();
  private final Deque<Fired> fired = new ArrayDeque<>();
  private Memory.@Nullable Block locked;

  Fields(Memory memory) {
    this.memory = memory;
  }

  /** Returns the value whose lock is held, or null. */
  Memory.@Nullable Block locked() {
    return locked;
  }

  /** Returns the next callback of a timer, or null. */
  @Nullable Fired next() {
    return fired.poll();
  }

  /** Requires that an insn leaves locks and timers alone. */
  void requireUntouched(Memory.Block block, long offset, int sizeBytes) {
    boolean has = block.map == Resources.FIELDS;
    if (has
        && (overlaps(offset, sizeBytes, Resources.LOCK_OFFSET, LOCK_BYTES)
            || overlaps(offset, sizeBytes, Resources.TIMER_OFFSET, TIMER_BYTES))) {
      throw new WitnessFailure(memory.where() + ": touches a lock or a timer at " + offset);
    }
  }

  private static boolean overlaps(long offset, int sizeBytes, int at, int bytes) {
    return offset < at + bytes && offset + sizeBytes > at;
  }

  private Memory.Block value(long address, int offset) {
    Memory.Block block = memory.block(address, 1);
    boolean fits = block.region == Region.MAP_VALUE && block.map == Resources.FIELDS;
    if (!fits || address - block.base != offset) {
      throw new WitnessFailure(
          "%s: want a field at %d, got %d of a %s"
              .formatted(memory.where(), offset, address - block.base, block.region));
    }
    return block;
  }

  /** Tells whether {@code helper} is one of those of locks and timers. */
  static boolean has(int helper) {
    return helper == 93 || helper == 94 || helper >= 169 && helper <= 172;
  }

  /**
   * Runs a helper.
   *
   * @param mapOfR2 the map that r2 names, where it names one
   * @param functionOfR2 the insn at which the function of r2 begins
   */
  long help(int helper, long[] r, int mapOfR2, int functionOfR2) {
    switch (helper) {
      case 93 -> {
        Memory.Block value = value(r[1], Resources.LOCK_OFFSET);
        if (locked != null) {
          throw new WitnessFailure(memory.where() + ": a second lock");
        }
        locked = value;
      }
      case 94 -> {
        if (value(r[1], Resources.LOCK_OFFSET) != locked) {
          throw new WitnessFailure(memory.where() + ": unlocks what is not locked");
        }
        locked = null;
      }
      case 169 -> {
        if (value(r[1], Resources.TIMER_OFFSET).map != mapOfR2) {
          throw new WitnessFailure(memory.where() + ": a timer of another map");
        }
      }
      case 170 -> callbacks.put(value(r[1], Resources.TIMER_OFFSET), functionOfR2);
      case 171 -> {
        Memory.Block value = value(r[1], Resources.TIMER_OFFSET);
        Integer callback = callbacks.get(value);
        if (callback != null) {
          fired.add(new Fired(callback, value));
        }
      }
      default -> value(r[1], Resources.TIMER_OFFSET);
    }
    return 0;
  }
}
