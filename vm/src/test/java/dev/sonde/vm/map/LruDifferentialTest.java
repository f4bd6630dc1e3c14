package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What may be forgotten is chosen differently by every LRU map; what must hold is the same: both
 * sides are put through the same operations and the same rules.
 */
class LruDifferentialTest {
  private static final int OPERATIONS = 100_000;
  private static final int ENTRIES = 64;
  private static final int KEYS = 200;
  private static final int LOOKUP = 1;
  private static final int UPDATE = 2;
  private static final int DELETE = 3;

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  /** One side: the kernel's map or ours. Answers are errnos. */
  private interface Side {
    KernelMaps.Answer lookup(byte[] key);

    int update(byte[] key, byte[] value, long flags);

    int delete(byte[] key);
  }

  private static Side kernel(int fd, int valueBytes) {
    return new Side() {
      @Override
      public KernelMaps.Answer lookup(byte[] key) {
        return KernelMaps.element(LOOKUP, fd, key, new byte[valueBytes], 0);
      }

      @Override
      public int update(byte[] key, byte[] value, long flags) {
        return KernelMaps.element(UPDATE, fd, key, value, flags).errno();
      }

      @Override
      public int delete(byte[] key) {
        return KernelMaps.element(DELETE, fd, key, new byte[valueBytes], 0).errno();
      }
    };
  }

  private static Side ours(BpfMap map, int valueBytes) {
    return new Side() {
      @Override
      public KernelMaps.Answer lookup(byte[] key) {
        byte @Nullable [] value = map.lookup(key);
        return value == null
            ? new KernelMaps.Answer(Errno.ENOENT, new byte[0])
            : new KernelMaps.Answer(0, Arrays.copyOf(value, valueBytes));
      }

      @Override
      public int update(byte[] key, byte[] value, long flags) {
        return errno(() -> map.update(key, Arrays.copyOf(value, map.userValueBytes()), flags));
      }

      @Override
      public int delete(byte[] key) {
        return errno(() -> map.delete(key));
      }
    };
  }

  private static int errno(Runnable operation) {
    try {
      operation.run();
      return 0;
    } catch (BpfException refused) {
      return refused.errno();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"LRU_HASH", "LRU_PERCPU_HASH"})
  void bothSidesKeepTheRulesOfAnLruMap(MapType type) {
    MapSpec spec = MapSpec.of("lru", type, 8, 16, ENTRIES);
    int valueBytes = type.isPerCpu() ? 16 * KernelMaps.possibleCpus() : 16;
    int fd = KernelMaps.create(spec, 0);
    assertTrue(fd >= 0, () -> "create answered " + fd);
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    try (BpfMap map = Maps.create(spec)) {
      check(kernel(fd, valueBytes), seed, valueBytes, "kernel, seed " + seed);
      check(ours(map, valueBytes), seed, valueBytes, "ours, seed " + seed);
    } finally {
      KernelMaps.close(fd);
    }
  }

  private static void check(Side side, long seed, int valueBytes, String where) {
    Random random = new Random(seed);
    Map<Integer, byte[]> written = new HashMap<>();
    for (int i = 0; i < OPERATIONS; i++) {
      int number = random.nextInt(KEYS);
      byte[] key = new byte[] {(byte) number, 1, 2, 3, 4, 5, 6, 7};
      String step = where + ", step " + i;
      KernelMaps.Answer before = side.lookup(key);
      boolean there = before.errno() == 0;
      assertTrue(there || before.errno() == Errno.ENOENT, step);
      if (there) {
        assertArrayEquals(written.get(number), before.bytes(), step);
      }
      if (random.nextInt(6) == 0) {
        assertEquals(there ? 0 : Errno.ENOENT, side.delete(key), step);
        assertEquals(Errno.ENOENT, side.lookup(key).errno(), step);
        continue;
      }
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      int flags = random.nextInt(5);
      int answer = side.update(key, value, flags);
      assertTrue(mayAnswer(answer, flags, there), step + ": " + Errno.name(answer));
      if (answer == 0) {
        written.put(number, value);
        assertArrayEquals(value, side.lookup(key).bytes(), step);
      }
      if (i % 1_000 == 0) {
        assertTrue(present(side) <= ENTRIES, step);
      }
    }
    assertTrue(present(side) > ENTRIES / 2, where + ": an LRU map under load is well filled");
  }

  /** A full map makes room first, and what it evicts may be the key itself, as in the kernel. */
  private static boolean mayAnswer(int answer, int flags, boolean there) {
    return switch (flags) {
      case (int) MapFlags.ANY -> answer == 0;
      case (int) MapFlags.NOEXIST -> answer == 0 || there && answer == Errno.EEXIST;
      case (int) MapFlags.EXIST -> answer == Errno.ENOENT || there && answer == 0;
      default -> answer == Errno.EINVAL;
    };
  }

  private static int present(Side side) {
    int count = 0;
    for (int number = 0; number < KEYS; number++) {
      byte[] key = new byte[] {(byte) number, 1, 2, 3, 4, 5, 6, 7};
      count += side.lookup(key).errno() == 0 ? 1 : 0;
    }
    return count;
  }

  @Test
  void noBloomFilterForgetsAndBothErrAboutAsOften() {
    for (int hashes : new int[] {0, 1, 3, 15}) {
      MapSpec spec = MapSpec.of("bloom", MapType.BLOOM_FILTER, 0, 8, 2_000).withMapExtra(hashes);
      int fd = KernelMaps.create(spec, 0);
      assertTrue(fd >= 0, () -> "create answered " + fd);
      long seed = Long.getLong("sonde.seed", System.nanoTime());
      try (BloomFilterMap map = (BloomFilterMap) Maps.create(spec)) {
        Random random = new Random(seed);
        byte[] value = new byte[8];
        for (int i = 0; i < 2_000; i++) {
          random.nextBytes(value);
          assertEquals(0, KernelMaps.element(UPDATE, fd, null, value, 0).errno());
          map.update(new byte[0], value, 0);
        }
        random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
          random.nextBytes(value);
          assertEquals(0, KernelMaps.element(LOOKUP, fd, null, value, 0).errno());
          assertTrue(map.contains(value), "seed " + seed);
        }
        int kernels = 0;
        int ours = 0;
        for (int i = 0; i < OPERATIONS; i++) {
          random.nextBytes(value);
          kernels += KernelMaps.element(LOOKUP, fd, null, value, 0).errno() == 0 ? 1 : 0;
          ours += map.contains(value) ? 1 : 0;
        }
        String rates = "%d hashes: %d and %d of %d".formatted(hashes, kernels, ours, OPERATIONS);
        assertTrue(ours <= 1.5 * kernels + 300 && kernels <= 1.5 * ours + 300, rates);
      } finally {
        KernelMaps.close(fd);
      }
    }
  }

  @Test
  void mapExtraIsRefusedWhereTheKernelRefusesIt() {
    for (MapSpec spec :
        new MapSpec[] {
          MapSpec.of("h", MapType.HASH, 4, 4, 4).withMapExtra(1),
          MapSpec.of("b", MapType.BLOOM_FILTER, 0, 4, 4).withMapExtra(16),
          MapSpec.of("b", MapType.BLOOM_FILTER, 0, 4, 4).withMapExtra(1L << 40)
        }) {
      assertEquals(-Errno.EINVAL, KernelMaps.create(spec, 0), spec.name());
      assertEquals(Errno.EINVAL, errno(() -> Maps.create(spec).close()), spec.name());
    }
  }
}
