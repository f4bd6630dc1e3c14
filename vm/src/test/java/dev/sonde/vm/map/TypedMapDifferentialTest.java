package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Maps that exist only with BTF: values with a bpf_spin_lock, under BPF_F_LOCK, and task storage.
 * The value is {@code struct { u64 before; struct bpf_spin_lock lock; u32 between; u64 after; }}.
 */
class TypedMapDifferentialTest {
  private static final int OPERATIONS = 100_000;
  private static final int VALUE_BYTES = 24;
  private static final int LOCK_OFFSET = 8;
  private static final int U32 = 1;
  private static final int LOCKED_VALUE = 4;
  private static final int PLAIN_VALUE = 5;
  private static final int[] COMMANDS = {1, 1, 2, 2, 2, 3, 21};
  private static final long[] FLAGS = {0, 0, 1, 2, 4, 4, 5, 6, 3, 8};

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  /**
   * @param locked whether the value has the lock
   */
  record Case(MapType type, boolean locked, int flags) {
    MapSpec spec() {
      int entries = type == MapType.TASK_STORAGE ? 0 : 6;
      List<SpecialField> fields =
          locked
              ? List.of(new SpecialField(SpecialField.Kind.SPIN_LOCK, LOCK_OFFSET))
              : List.<SpecialField>of();
      return MapSpec.of("typed", type, 4, VALUE_BYTES, entries)
          .withFlags(flags)
          .withSpecialFields(fields);
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(MapType.HASH, true, 0),
        new Case(MapType.HASH, true, MapFlags.NO_PREALLOC),
        new Case(MapType.ARRAY, true, 0),
        new Case(MapType.ARRAY, false, 0),
        new Case(MapType.TASK_STORAGE, false, MapFlags.NO_PREALLOC),
        new Case(MapType.TASK_STORAGE, true, MapFlags.NO_PREALLOC));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyOperationAnswersAsTheKernelDoes(Case c) {
    int btf = KernelMaps.loadBtf(btf());
    assertTrue(btf >= 0, () -> "btf: " + btf);
    int fd = KernelMaps.create(c.spec(), btf, U32, c.locked() ? LOCKED_VALUE : PLAIN_VALUE);
    assertTrue(fd >= 0, () -> "create: " + fd);
    boolean storage = c.type() == MapType.TASK_STORAGE;
    int pidFd = storage ? KernelMaps.ownPidFd() : 0;
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    try (BpfMap map = Maps.create(c.spec())) {
      Random random = new Random(seed);
      for (int i = 0; i < OPERATIONS; i++) {
        int command = COMMANDS[random.nextInt(COMMANDS.length)];
        int key = storage ? pidFd : random.nextInt(8);
        byte[] value = new byte[VALUE_BYTES];
        random.nextBytes(value);
        long flags =
            command == 2
                ? FLAGS[random.nextInt(FLAGS.length)]
                : command == 3 ? 0 : random.nextInt(3) * 4;
        String step =
            "%s, seed %d, step %d: command %d flags %d".formatted(c, seed, i, command, flags);
        byte[] second = command == 2 ? value.clone() : new byte[VALUE_BYTES];
        KernelMaps.Answer want = KernelMaps.element(command, fd, bytes(key), second, flags);
        KernelMaps.Answer got = ours(map, command, bytes(key), value, flags);
        assertEquals(Errno.name(want.errno()), Errno.name(got.errno()), step);
        if (want.errno() == 0 && (command == 1 || command == 21)) {
          assertArrayEquals(want.bytes(), got.bytes(), () -> step + hex(want) + hex(got));
        }
      }
    } finally {
      KernelMaps.close(fd);
      KernelMaps.close(btf);
      if (storage) {
        KernelMaps.close(pidFd);
      }
    }
  }

  private static String hex(KernelMaps.Answer answer) {
    return " " + HexFormat.of().formatHex(answer.bytes());
  }

  private static KernelMaps.Answer ours(
      BpfMap map, int command, byte[] key, byte[] value, long flags) {
    try {
      byte @Nullable [] bytes = new byte[0];
      switch (command) {
        case 1 -> bytes = map.lookup(key, flags);
        case 2 -> map.update(key, value, flags);
        case 3 -> map.delete(key);
        default -> bytes = map.lookupAndDelete(key, flags);
      }
      return bytes == null
          ? new KernelMaps.Answer(Errno.ENOENT, new byte[0])
          : new KernelMaps.Answer(0, bytes);
    } catch (BpfException refused) {
      return new KernelMaps.Answer(refused.errno(), new byte[0]);
    }
  }

  private static byte[] bytes(int key) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(key).array();
  }

  // ---- BTF --------------------------------------------------------------------------------------

  /** 1 u32, 2 u64, 3 bpf_spin_lock, 4 the value with a lock, 5 the one without. */
  private static byte[] btf() {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    names.write(0);
    ByteBuffer types = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
    type(types, name(names, "u32"), 1 << 24, 4).putInt(32);
    type(types, name(names, "u64"), 1 << 24, 8).putInt(64);
    type(types, name(names, "bpf_spin_lock"), 4 << 24 | 1, 4);
    member(types, name(names, "val"), 1, 0);
    type(types, name(names, "locked"), 4 << 24 | 4, VALUE_BYTES);
    member(types, name(names, "before"), 2, 0);
    member(types, name(names, "lock"), 3, 64);
    member(types, name(names, "between"), 1, 96);
    member(types, name(names, "after"), 2, 128);
    type(types, name(names, "plain"), 4 << 24 | 3, VALUE_BYTES);
    member(types, name(names, "a"), 2, 0);
    member(types, name(names, "b"), 2, 64);
    member(types, name(names, "c"), 2, 128);
    int typeBytes = types.position();
    ByteBuffer btf =
        ByteBuffer.allocate(24 + typeBytes + names.size()).order(ByteOrder.nativeOrder());
    btf.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
    btf.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(names.size());
    btf.put(types.array(), 0, typeBytes).put(names.toByteArray());
    return btf.array();
  }

  private static ByteBuffer type(ByteBuffer types, int name, int info, int size) {
    return types.putInt(name).putInt(info).putInt(size);
  }

  private static void member(ByteBuffer types, int name, int type, int bitOffset) {
    types.putInt(name).putInt(type).putInt(bitOffset);
  }

  private static int name(ByteArrayOutputStream names, String name) {
    int at = names.size();
    names.writeBytes((name + "\0").getBytes(StandardCharsets.US_ASCII));
    return at;
  }
}
