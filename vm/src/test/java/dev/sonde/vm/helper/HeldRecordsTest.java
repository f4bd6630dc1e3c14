package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.HeldByRun;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a run has reserved in rings: any number at once, released in any order, once. */
class HeldRecordsTest {
  private final CarrierSlot slot = CarrierSlots.current();
  private RingbufMap ring;
  private RingbufMap other;

  @BeforeEach
  void create() {
    ring = (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 1 << 16));
    other = (RingbufMap) Maps.create(MapSpec.of("other", MapType.RINGBUF, 0, 0, 1 << 16));
  }

  @AfterEach
  void close() {
    HeldByRun.giveBack(slot);
    ring.close();
    other.close();
  }

  private long reserve(RingbufMap map, long value) {
    long record = RingHelpers.ringbufReserve(slot, map, 8, 0);
    assertNotEquals(0, record);
    RawMemory.putLong(record, value);
    return record;
  }

  private static List<Long> read(RingbufMap map) {
    List<Long> values = new ArrayList<>();
    map.reader().poll((data, offset, length) -> values.add(data.getLong(offset)), 1_000);
    return values;
  }

  @Test
  void areReleasedInAnyOrder() {
    Random random = new Random(Long.getLong("sonde.seed", 7));
    List<Long> expected = new ArrayList<>();
    for (int round = 0; round < 200; round++) {
      List<Long> records = new ArrayList<>();
      for (int i = 0; i < random.nextInt(20); i++) { // more than the slot has room for at first
        records.add(reserve(ring, 100L * round + i));
      }
      List<Long> discarded = new ArrayList<>();
      List<Long> order = new ArrayList<>(records);
      Collections.shuffle(order, random);
      for (long record : order) {
        if (random.nextInt(4) == 0) {
          discarded.add(record);
          RingHelpers.ringbufDiscard(slot, record, 1);
        } else {
          RingHelpers.ringbufSubmit(slot, record, random.nextInt(3));
        }
      }
      for (int i = 0; i < records.size(); i++) {
        if (!discarded.contains(records.get(i))) {
          expected.add(100L * round + i);
        }
      }
      assertEquals(0, slot.heldAddress());
      assertEquals(expected, read(ring));
      expected.clear();
    }
  }

  @Test
  void areReleasedOnce() {
    long record = reserve(ring, 1);
    RingHelpers.ringbufSubmit(slot, record, 0);
    RingHelpers.ringbufDiscard(slot, record, 0); // not held any more: touches nothing
    RingHelpers.ringbufSubmit(slot, 0, 0);
    assertEquals(List.of(1L), read(ring));
  }

  @Test
  void ofARunThatEndedAreDiscarded() {
    long first = reserve(ring, 1);
    reserve(other, 2);
    reserve(ring, 3);
    RingHelpers.ringbufSubmit(slot, first, 0);
    reserve(other, 4);
    HeldByRun.giveBack(slot);
    assertEquals(0, slot.heldAddress());
    long after = reserve(other, 5);
    RingHelpers.ringbufSubmit(slot, after, 0);
    assertEquals(List.of(1L), read(ring));
    assertEquals(List.of(5L), read(other));
  }

  @Test
  void ofARingThatWasClosedMeanwhileAreForgotten() {
    reserve(other, 1);
    reserve(ring, 2);
    reserve(other, 3);
    other.close();
    HeldByRun.giveBack(slot); // what was reserved there is gone with the memory
    assertEquals(0, slot.heldAddress());
    RingHelpers.ringbufSubmit(slot, reserve(ring, 4), 0);
    assertEquals(List.of(4L), read(ring));
  }

  @Test
  void andLocksAreGivenBackInAnyOrder() {
    long words = RawMemory.allocateZeroed(8);
    LockHelpers.spinLock(slot, words);
    reserve(ring, 1);
    LockHelpers.spinLock(slot, words + 4);
    LockHelpers.spinUnlock(slot, words);
    assertEquals(1L << 32, RawMemory.getLong(words));
    HeldByRun.giveBack(slot);
    assertEquals(0, RawMemory.getLong(words));
    assertEquals(0, slot.heldAddress());
    assertEquals(List.of(), read(ring));
    assertEquals(0, ring.reader().pendingBytes());
    RawMemory.free(words);
  }
}
