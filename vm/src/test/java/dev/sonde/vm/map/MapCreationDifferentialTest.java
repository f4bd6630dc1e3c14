package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random shapes of maps are accepted and refused as the running kernel does, errno for errno. */
class MapCreationDifferentialTest {
  private static final int SHAPES = 1_500;
  private static final int[] KEYS = {0, 1, 4, 4, 4, 4, 5, 8, 16, 260, 261, -1};
  private static final int[] VALUES = {
    0, 1, 4, 4, 7, 8, 8, 12, 16, 1016, 1024, 32768, 32769, 65536, -1
  };
  private static final int[] ENTRIES = {0, 1, 2, 3, 16, 100, 4096, 8192, 5000};
  private static final int[] FLAGS = {
    0,
    0,
    0,
    MapFlags.NO_PREALLOC,
    MapFlags.NO_PREALLOC,
    MapFlags.NO_COMMON_LRU,
    MapFlags.RDONLY,
    MapFlags.WRONLY,
    MapFlags.RDONLY | MapFlags.WRONLY,
    MapFlags.RDONLY_PROG,
    MapFlags.WRONLY_PROG,
    MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG,
    MapFlags.ZERO_SEED,
    MapFlags.MMAPABLE,
    MapFlags.INNER_MAP,
    MapFlags.PRESERVE_ELEMS,
    1 << 27
  };

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {
        "HASH",
        "ARRAY",
        "PROG_ARRAY",
        "PERF_EVENT_ARRAY",
        "PERCPU_HASH",
        "PERCPU_ARRAY",
        "STACK_TRACE",
        "CGROUP_ARRAY",
        "LRU_HASH",
        "LRU_PERCPU_HASH",
        "LPM_TRIE",
        "QUEUE",
        "STACK",
        "RINGBUF",
        "USER_RINGBUF",
        "BLOOM_FILTER"
      })
  void shapesAreJudgedAsInTheKernel(MapType type) {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < SHAPES; i++) {
      MapSpec spec =
          MapSpec.of("m", type, pick(KEYS, random), pick(VALUES, random), pick(ENTRIES, random))
              .withFlags(pick(FLAGS, random));
      int fd = KernelMaps.create(spec, 0);
      if (fd >= 0) {
        KernelMaps.close(fd);
      }
      String want = Errno.name(fd < 0 ? -fd : 0);
      assertEquals(want, Errno.name(create(spec)), () -> "seed " + seed + ": " + spec);
    }
  }

  private static int create(MapSpec spec) {
    try {
      Maps.create(spec).close();
      return 0;
    } catch (BpfException refused) {
      return refused.errno();
    }
  }

  private static int pick(int[] from, Random random) {
    return from[random.nextInt(from.length)];
  }
}
