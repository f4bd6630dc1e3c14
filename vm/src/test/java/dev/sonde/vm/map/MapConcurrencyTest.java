package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.memory.RawMemory;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four threads on one map: nothing torn, nothing lost that the kernel keeps, nothing foreign. */
class MapConcurrencyTest {
  private static final int KEYS = 64;

  /** A value that tells which key it is of, so that a foreign or torn one is known at once. */
  private static long stamp(long key, Random random) {
    return key << 32 | random.nextInt() & 0xffffffffL;
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "LRU_HASH", "PERCPU_HASH", "LRU_PERCPU_HASH"})
  void aHashNeverShowsAnotherKeysValue(MapType type) {
    // Elements are recycled at once, as the kernel's preallocated ones are. A pointer may see its
    // element taken by another key after the lookup; whoever re-checks the key sees it leave.
    try (BpfMap map = Maps.create(MapSpec.of("m", type, 8, 8, KEYS / 2))) {
      AtomicLong found = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            long key = random.nextInt(KEYS);
            RawMemory.putLong(scratch, key);
            switch (random.nextInt(4)) {
              case 0 -> {
                RawMemory.putLong(scratch + 8, stamp(key, random));
                int answer = map.update(thread, scratch, scratch + 8, 0);
                assertTrue(
                    answer == 0
                        || answer == -Errno.E2BIG
                        || answer == -Errno.ENOMEM
                        || answer == -Errno.EBUSY,
                    () -> "update answered " + answer);
              }
              case 1 -> {
                int answer = map.delete(scratch);
                assertTrue(
                    answer == 0 || answer == -Errno.ENOENT || answer == -Errno.EBUSY,
                    () -> "delete answered " + answer);
              }
              default -> {
                long value = map.lookup(thread, scratch);
                if (value != 0) {
                  long owner = RawMemory.getLong(value) >>> 32;
                  assertTrue(owner < KEYS, () -> "not a value of this map: " + owner);
                  found.incrementAndGet();
                }
              }
            }
          });
      assertTrue(found.get() > 0);
      long live = map.forEachElement(0, (k, v) -> 0);
      long walked = 0;
      for (byte[] key = map.nextKey(null); key != null; key = map.nextKey(key)) {
        walked++;
      }
      assertEquals(live, walked);
      assertTrue(live <= KEYS / 2);
    }
  }

  @Test
  void aKeyThatIsNeverDeletedIsAlwaysFound() {
    // Keys 0 to 7 stay and are replaced all the time; the others come and go around them.
    try (BpfMap map = Maps.create(MapSpec.of("m", MapType.HASH, 8, 16, 32))) {
      byte[] bytes = new byte[8];
      for (int i = 0; i < 8; i++) {
        bytes[0] = (byte) i;
        map.update(bytes, new byte[16], 0);
      }
      FourThreads.run(
          (thread, scratch, random) -> {
            boolean stays = random.nextBoolean();
            long key = stays ? random.nextInt(8) : 8 + random.nextInt(40);
            RawMemory.putLong(scratch, key);
            if (random.nextInt(3) == 0) {
              long value = stamp(key, random);
              RawMemory.putLong(scratch + 8, value);
              RawMemory.putLong(scratch + 16, value);
              map.update(thread, scratch, scratch + 8, 0);
            } else if (stays) {
              assertTrue(map.lookup(thread, scratch) != 0, "a present key was not found");
            } else {
              map.delete(scratch);
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "ARRAY", "LRU_HASH"})
  void atomicAddsAreNeverLost(MapType type) {
    try (BpfMap map = Maps.create(MapSpec.of("m", type, 4, 8, 16))) {
      AtomicLong added = new AtomicLong();
      for (int i = 0; i < 16; i++) {
        map.update(new byte[] {(byte) i, 0, 0, 0}, new byte[8], 0);
      }
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putInt(scratch, random.nextInt(16));
            RawMemory.getAndAddLong(map.lookup(thread, scratch), 1);
            added.incrementAndGet();
          });
      long[] sum = {0};
      map.forEachElement(
          0,
          (k, v) -> {
            sum[0] += RawMemory.getLong(v);
            return 0;
          });
      assertEquals(added.get(), sum[0]);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"PERCPU_ARRAY", "PERCPU_HASH", "LRU_PERCPU_HASH"})
  void plainAddsToTheOwnCpuAreNeverLost(MapType type) {
    try (BpfMap map = Maps.create(MapSpec.of("m", type, 4, 8, 16))) {
      AtomicLong added = new AtomicLong();
      long one = RawMemory.allocateZeroed(16);
      for (int i = 0; i < 16; i++) {
        RawMemory.putInt(one, i);
        assertEquals(0, map.update(0, one, one + 8, 0));
      }
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putInt(scratch, random.nextInt(16));
            long value = map.lookup(thread, scratch);
            RawMemory.putLong(value, RawMemory.getLong(value) + 1);
            added.incrementAndGet();
          });
      long sum = 0;
      for (int cpu = 0; cpu < FourThreads.COUNT; cpu++) {
        for (int i = 0; i < 16; i++) {
          RawMemory.putInt(one, i);
          sum += RawMemory.getLong(map.lookup(cpu, one));
        }
      }
      RawMemory.free(one);
      assertEquals(added.get(), sum);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"QUEUE", "STACK"})
  void whatIsPushedIsPoppedExactlyOnce(MapType type) {
    try (BpfMap map = Maps.create(MapSpec.of("m", type, 0, 16, 32))) {
      AtomicLong pushed = new AtomicLong();
      AtomicLong popped = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            if (random.nextBoolean()) {
              long value = random.nextLong();
              RawMemory.putLong(scratch, value);
              RawMemory.putLong(scratch + 8, ~value);
              if (map.push(scratch, 0) == 0) {
                pushed.addAndGet(value);
              }
            } else if (map.pop(scratch) == 0) {
              assertEquals(~RawMemory.getLong(scratch), RawMemory.getLong(scratch + 8), "torn");
              popped.addAndGet(RawMemory.getLong(scratch));
            }
          });
      for (byte[] key = map.lookupAndDelete(new byte[0]);
          key != null;
          key = map.lookupAndDelete(new byte[0])) {
        popped.addAndGet(
            java.nio.ByteBuffer.wrap(key).order(java.nio.ByteOrder.nativeOrder()).getLong());
      }
      assertEquals(pushed.get(), popped.get());
    }
  }

  @Test
  void aTrieAlwaysFindsThePrefixThatStays() {
    MapSpec spec = MapSpec.of("m", MapType.LPM_TRIE, 8, 8, 1000).withFlags(MapFlags.NO_PREALLOC);
    try (BpfMap map = Maps.create(spec)) {
      map.update(new byte[] {8, 0, 0, 0, 10, 0, 0, 0}, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 0);
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putInt(scratch, 9 + random.nextInt(24));
            RawMemory.putInt(scratch + 4, 10 | random.nextInt(1 << 8) << 8);
            switch (random.nextInt(4)) {
              case 0 -> {
                RawMemory.putLong(scratch + 8, 1);
                map.update(thread, scratch, scratch + 8, 0);
              }
              case 1 -> map.delete(scratch);
              default -> {
                RawMemory.putInt(scratch, 32);
                long value = map.lookup(thread, scratch);
                assertTrue(value != 0, "10.0.0.0/8 was not found");
                assertEquals(1, RawMemory.getLong(value));
              }
            }
          });
    }
  }

  @Test
  void aBloomFilterNeverForgets() {
    try (BpfMap map = Maps.create(MapSpec.of("m", MapType.BLOOM_FILTER, 0, 8, 10_000))) {
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putLong(scratch, random.nextInt(10_000));
            map.push(scratch, 0);
            assertEquals(0, map.peek(scratch));
          });
    }
  }

  @Test
  void stacksAreWholeWhoeverReplacesThem() {
    MapSpec spec = MapSpec.of("m", MapType.STACK_TRACE, 4, 8 * 16, 8);
    try (StackMap map = (StackMap) Maps.create(spec)) {
      FourThreads.run(
          (thread, scratch, random) -> {
            long[] frames = new long[1 + random.nextInt(16)];
            java.util.Arrays.fill(frames, random.nextInt(20) + 1);
            long id = map.stackId(frames, frames.length, StackMap.REUSE_STACKID);
            // As in the kernel a stack has nowhere to go while all elements are in use.
            assertTrue(id >= 0 && id < 8 || id == -Errno.ENOMEM, () -> "id " + id);
            if (random.nextInt(10) == 0) {
              byte[] value = map.lookup(new byte[] {(byte) random.nextInt(8), 0, 0, 0});
              if (value != null) {
                isOneStack(value);
              }
            }
          });
    }
  }

  private static void isOneStack(byte[] value) {
    java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(value).order(java.nio.ByteOrder.nativeOrder());
    long first = b.getLong(0);
    boolean ended = false;
    for (int i = 0; i < value.length; i += 8) {
      long frame = b.getLong(i);
      ended |= frame == 0;
      assertEquals(ended ? 0 : first, frame, "frames of two stacks in one");
    }
  }
}
