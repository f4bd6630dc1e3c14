package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Maps that hold maps or programs, against the running kernel's: the same random operations, where
 * a descriptor on the kernel's side is an id or a reference on ours.
 */
class ReferenceMapDifferentialTest {
  private static final int OPERATIONS = 100_000;

  /** Each update of a kernel map of maps waits for a grace period, some milliseconds. */
  private static final int OPERATIONS_ON_OUTER =
      Boolean.getBoolean("sonde.long") ? OPERATIONS : 2_000;

  private static final int LOOKUP = 1;
  private static final int UPDATE = 2;
  private static final int DELETE = 3;
  private static final int NEXT_KEY = 4;
  private static final int SLOTS = 9;
  private static final long[] FLAGS = {0, 0, 0, 0, 1, 2, 3, 8};
  private static final MapSpec INNER = MapSpec.of("i", MapType.ARRAY, 4, 8, 3);
  private static final MapSpec OTHER = MapSpec.of("x", MapType.ARRAY, 4, 8, 4);

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"ARRAY_OF_MAPS", "HASH_OF_MAPS", "PROG_ARRAY"})
  void everyOperationAnswersAsTheKernelDoes(MapType type) {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    boolean programs = type == MapType.PROG_ARRAY;
    MapSpec spec =
        new MapSpec("o", type, 4, 4, SLOTS, 0, programs ? null : INNER, false, Map.of(), 0, 0);
    int innerFd = KernelMaps.create(INNER, 0);
    int otherFd = KernelMaps.create(OTHER, 0);
    int programFd = KernelMaps.loadTrivialProgram();
    int fd = KernelMaps.create(spec, programs ? 0 : innerFd);
    assertTrue(fd >= 0 && programFd >= 0);
    try (BpfMap map = Maps.create(spec);
        BpfMap inner = Maps.create(INNER);
        BpfMap other = Maps.create(OTHER)) {
      int[] fds = {programs ? programFd : innerFd, otherFd, 9_999};
      int[] ids = {inner.id(), other.id(), 9_999};
      Random random = new Random(seed);
      for (int i = 0; i < (programs ? OPERATIONS : OPERATIONS_ON_OUTER); i++) {
        int command = 1 + random.nextInt(4);
        byte[] key = InnerMaps.bytes(random.nextInt(20) == 0 ? -1 : random.nextInt(SLOTS + 3));
        int which = random.nextInt(8) < 6 ? 0 : 1 + random.nextInt(2);
        long flags = command == UPDATE ? FLAGS[random.nextInt(FLAGS.length)] : 0;
        if (command == NEXT_KEY && type == MapType.HASH_OF_MAPS) {
          continue; // the order of a hash is its own
        }
        byte[] value = InnerMaps.bytes(fds[which]);
        int want = KernelMaps.element(command, fd, key, value, flags).errno();
        int got =
            programs && command == UPDATE && which == 0 && flags == 0
                ? set((ProgArrayMap) map, key)
                : ours(map, command, key, InnerMaps.bytes(ids[which]), flags);
        boolean notAProgram = programs && command == UPDATE && which == 1;
        if (!notAProgram) { // the kernel tells a wrong kind of descriptor from none, we have none
          assertEquals(
              Errno.name(want),
              Errno.name(got),
              "seed %d, step %d, command %d, key %s, which %d, flags %d"
                  .formatted(seed, i, command, key[0], which, flags));
        }
      }
    } finally {
      for (int open : new int[] {fd, innerFd, otherFd, programFd}) {
        KernelMaps.close(open);
      }
    }
  }

  private static int set(ProgArrayMap map, byte[] key) {
    try {
      map.set(
          java.nio.ByteBuffer.wrap(key).order(java.nio.ByteOrder.nativeOrder()).getInt(), "", 1);
      return 0;
    } catch (BpfException refused) {
      return refused.errno();
    }
  }

  private static int ours(BpfMap map, int command, byte[] key, byte[] value, long flags) {
    try {
      return switch (command) {
        case LOOKUP -> map.lookup(key) == null ? Errno.ENOENT : 0;
        case NEXT_KEY -> map.nextKey(key) == null ? Errno.ENOENT : 0;
        case DELETE -> {
          map.delete(key);
          yield 0;
        }
        default -> {
          map.update(key, value, flags);
          yield 0;
        }
      };
    } catch (BpfException refused) {
      return refused.errno();
    }
  }
}
