package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.vm.context.CarrierSlots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same random operations on a map of ours and on one of the running kernel. */
class MapDifferentialTest {
  private static final int OPERATIONS = Boolean.getBoolean("sonde.long") ? 1_000_000 : 100_000;
  private static final int LOOKUP = 1;
  private static final int UPDATE = 2;
  private static final int DELETE = 3;
  private static final int NEXT_KEY = 4;
  private static final int LOOKUP_AND_DELETE = 21;
  private static final int[] COMMANDS = {
    LOOKUP, LOOKUP, UPDATE, UPDATE, UPDATE, DELETE, NEXT_KEY, LOOKUP_AND_DELETE
  };
  private static final long[] FLAGS = {0, 0, 0, 0, 0, 1, 2, 3, 4, 8, -1};

  /** A map, and how keys of it look: {@code keyRange} different ones. */
  record Case(String name, MapSpec spec, int keyRange, boolean ordered) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  static Stream<Case> cases() {
    return Stream.of(
        of("array", MapType.ARRAY, 4, 12, 17, 0, 20, true),
        of("array of one", MapType.ARRAY, 4, 1, 1, 0, 3, true),
        of("hash", MapType.HASH, 6, 12, 17, 0, 30, false),
        of("hash of one", MapType.HASH, 1, 1, 1, 0, 3, false),
        of("hash, keys of two words", MapType.HASH, 16, 8, 32, 0, 50, false),
        of("hash, long keys", MapType.HASH, 65, 8, 100, 0, 150, false),
        of("hash without preallocation", MapType.HASH, 8, 8, 32, MapFlags.NO_PREALLOC, 50, false),
        of("hash, read-only", MapType.HASH, 8, 8, 32, MapFlags.RDONLY, 50, false),
        of("hash, write-only", MapType.HASH, 8, 8, 32, MapFlags.WRONLY, 50, false),
        of("percpu hash", MapType.PERCPU_HASH, 8, 12, 17, 0, 30, false),
        of("percpu array", MapType.PERCPU_ARRAY, 4, 12, 17, 0, 20, true),
        of("lpm trie", MapType.LPM_TRIE, 8, 8, 40, MapFlags.NO_PREALLOC, 0, true),
        of("lpm trie, one byte", MapType.LPM_TRIE, 5, 3, 10, MapFlags.NO_PREALLOC, 0, true),
        of("lpm trie, 16 bytes", MapType.LPM_TRIE, 20, 9, 500, MapFlags.NO_PREALLOC, 0, true),
        of("queue", MapType.QUEUE, 0, 12, 7, 0, 1, true),
        of("stack", MapType.STACK, 0, 12, 7, 0, 1, true),
        of("stack trace", MapType.STACK_TRACE, 4, 80, 9, 0, 20, true),
        of("prog array", MapType.PROG_ARRAY, 4, 4, 9, 0, 12, true),
        of("perf event array", MapType.PERF_EVENT_ARRAY, 4, 4, 9, 0, 12, true),
        of("cgroup array", MapType.CGROUP_ARRAY, 4, 4, 9, 0, 12, true));
  }

  private static Case of(
      String name, MapType type, int key, int value, int max, int flags, int range, boolean ord) {
    return new Case(name, MapSpec.of("m", type, key, value, max).withFlags(flags), range, ord);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyOperationAnswersAsTheKernelDoes(Case c) {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    int fd = KernelMaps.create(c.spec(), 0);
    assertTrue(fd, c);
    try (BpfMap map = Maps.create(c.spec())) {
      Random random = new Random(seed);
      for (int i = 0; i < OPERATIONS; i++) {
        int command = COMMANDS[random.nextInt(COMMANDS.length)];
        byte[] key = key(c, random);
        byte[] value = value(c.spec(), random);
        long flags = command == UPDATE ? FLAGS[random.nextInt(FLAGS.length)] : 0;
        boolean hashOrder = command == NEXT_KEY && !c.ordered();
        boolean newerKernels =
            command == LOOKUP_AND_DELETE && c.spec().type() == MapType.STACK_TRACE;
        if (hashOrder || newerKernels) {
          continue; // the order of a hash is its own; contents are compared below
        }
        boolean first = command == NEXT_KEY && random.nextInt(4) == 0;
        compare(c, map, fd, command, first ? null : key, value, flags, seed, i);
        if (i % 5_000 == 0) {
          assertEquals(contents(c, map, fd, true), contents(c, map, fd, false), where(c, seed, i));
        }
      }
      assertEquals(
          contents(c, map, fd, true), contents(c, map, fd, false), where(c, seed, OPERATIONS));
    } finally {
      KernelMaps.close(fd);
    }
  }

  private static void assertTrue(int fd, Case c) {
    org.junit.jupiter.api.Assertions.assertTrue(fd >= 0, () -> c + ": create answered " + fd);
  }

  private static void compare(
      Case c,
      BpfMap map,
      int fd,
      int command,
      byte[] key,
      byte[] value,
      long flags,
      long seed,
      int step) {
    int wantBytes = command == NEXT_KEY ? c.spec().keySizeBytes() : value.length;
    byte[] second = command == UPDATE ? value : new byte[wantBytes];
    KernelMaps.Answer want = KernelMaps.element(command, fd, key, second, flags);
    KernelMaps.Answer got = ours(map, command, key, value, flags);
    String text =
        where(c, seed, step) + " command %d key %s flags %d".formatted(command, hex(key), flags);
    assertEquals(Errno.name(want.errno()), Errno.name(got.errno()), text);
    if (want.errno() == 0 && command != UPDATE && command != DELETE) {
      assertArrayEquals(want.bytes(), kernelShape(c.spec(), command, got.bytes()), text);
    }
  }

  private static KernelMaps.Answer ours(
      BpfMap map, int command, byte[] key, byte[] value, long flags) {
    try {
      byte[] bytes =
          switch (command) {
            case LOOKUP -> map.lookup(key);
            case LOOKUP_AND_DELETE -> map.lookupAndDelete(key);
            case NEXT_KEY -> map.nextKey(key);
            case DELETE -> {
              map.delete(key);
              yield new byte[0];
            }
            default -> {
              map.update(key, ourShape(map.spec(), value), flags);
              yield new byte[0];
            }
          };
      return new KernelMaps.Answer(bytes == null ? Errno.ENOENT : 0, bytes);
    } catch (BpfException refused) {
      return new KernelMaps.Answer(refused.errno(), new byte[0]);
    }
  }

  /** Returns all elements, in map order where both sides have the same, else sorted. */
  private static List<String> contents(Case c, BpfMap map, int fd, boolean kernel) {
    List<String> all = new ArrayList<>();
    if (c.spec().keySizeBytes() == 0 || (c.spec().flags() & MapFlags.WRONLY) != 0) {
      return all;
    }
    byte[] key = null;
    for (int i = 0; i <= c.spec().maxEntries() + 64; i++) {
      KernelMaps.Answer next =
          kernel
              ? KernelMaps.element(NEXT_KEY, fd, key, new byte[c.spec().keySizeBytes()], 0)
              : ours(map, NEXT_KEY, key, new byte[0], 0);
      if (next.errno() != 0) {
        break;
      }
      key = next.bytes();
      byte[] value = new byte[valueBytes(c.spec())];
      KernelMaps.Answer found =
          kernel ? KernelMaps.element(LOOKUP, fd, key, value, 0) : ours(map, LOOKUP, key, value, 0);
      byte[] bytes = found.errno() == 0 ? kernelShape(c.spec(), LOOKUP, found.bytes()) : null;
      all.add(hex(key) + "=" + hex(bytes) + " " + Errno.name(found.errno()));
    }
    if (!c.ordered()) {
      all.sort(null);
    }
    return all;
  }

  private static byte[] key(Case c, Random random) {
    MapSpec spec = c.spec();
    byte[] key = new byte[spec.keySizeBytes()];
    if (spec.type() == MapType.LPM_TRIE) {
      int bits = (key.length - 4) * 8;
      for (int i = 4; i < key.length; i++) {
        key[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(3) * 0x55);
      }
      key[0] = (byte) (random.nextInt(50) == 0 ? bits + 1 : random.nextInt(bits + 1));
    } else if (key.length > 0) {
      key[random.nextInt(8) == 0 ? key.length - 1 : 0] = (byte) random.nextInt(c.keyRange());
    }
    return key;
  }

  /** Returns a value as the kernel takes it: one, or one for each possible CPU. */
  private static byte[] value(MapSpec spec, Random random) {
    byte[] value = new byte[valueBytes(spec)];
    random.nextBytes(value);
    if (spec.type().isPerCpu()) {
      int stride = ArraySlots.strideBytes(spec);
      for (int at = spec.valueSizeBytes(); at < value.length; at += stride) {
        Arrays.fill(value, at, at + stride - spec.valueSizeBytes(), (byte) 0);
      }
    } else if (spec.type() == MapType.PROG_ARRAY
        || spec.type() == MapType.PERF_EVENT_ARRAY
        || spec.type() == MapType.CGROUP_ARRAY) {
      Arrays.fill(value, (byte) 0x7f); // no descriptor of anything
    }
    return value;
  }

  private static int valueBytes(MapSpec spec) {
    return spec.type().isPerCpu()
        ? ArraySlots.strideBytes(spec) * KernelMaps.possibleCpus()
        : spec.valueSizeBytes();
  }

  private static byte[] ourShape(MapSpec spec, byte[] value) {
    return spec.type().isPerCpu()
        ? Arrays.copyOf(value, ArraySlots.strideBytes(spec) * CarrierSlots.capacity())
        : value;
  }

  private static byte[] kernelShape(MapSpec spec, int command, byte[] value) {
    return spec.type().isPerCpu() && command != NEXT_KEY
        ? Arrays.copyOf(value, valueBytes(spec))
        : value;
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
  }

  private static String where(Case c, long seed, int step) {
    return "%s, seed %d, step %d:".formatted(c, seed, step);
  }
}
