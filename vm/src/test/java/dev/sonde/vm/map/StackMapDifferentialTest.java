package dev.sonde.vm.map;

import static dev.sonde.vm.map.KernelPrograms.insn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same stacks, flags, look-ups and deletions in the running kernel's stack-trace map and in
 * ours. Different stacks are the kernel's own stack of a test run, without more and more of its
 * leaf frames; in a map of few buckets they collide.
 */
class StackMapDifferentialTest {
  private static final int DEPTH = 127;
  private static final int STACKS = 4;
  private static final int FIRST_SKIP = 2; // frames of the helper and of the program itself
  private static final int LOOKUP = 1;
  private static final int DELETE = 3;
  private static final int NEXT_KEY = 4;
  private static final int LOOKUP_AND_DELETE = 21;
  private static final int OPERATIONS = 3000;

  private final Map<Long, Integer> programs = new HashMap<>(); // by flags
  private final long seed = Long.getLong("sonde.seed", System.nanoTime());
  private int kernelMap;

  @AfterEach
  void close() {
    closePrograms();
    KernelMaps.close(kernelMap);
  }

  private void closePrograms() {
    programs.values().forEach(KernelMaps::close);
    programs.clear();
  }

  /** Returns what bpf_get_stackid answers in the kernel. */
  private int kernelStackId(int map, long flags) {
    int program =
        programs.computeIfAbsent(
            flags | (long) map << 32,
            key ->
                KernelPrograms.load(
                    KernelPrograms.RAW_TRACEPOINT,
                    insn(0x18, 2, 1, 0, map),
                    0,
                    insn(0xb7, 3, 0, 0, (int) flags),
                    insn(0x85, 0, 0, 0, 27), // bpf_get_stackid(ctx, map, flags)
                    insn(0x95, 0, 0, 0, 0)));
    assumeTrue(program >= 0, () -> "raw tracepoint programs cannot be loaded: " + program);
    return KernelPrograms.run(program, 0);
  }

  /** Returns the frames that {@code skip} leaves, as the kernel's own map has them. */
  private List<long[]> stacks() {
    MapSpec spec = MapSpec.of("all", MapType.STACK_TRACE, 4, DEPTH * 8, 4096);
    int map = KernelMaps.create(spec, 0);
    List<long[]> stacks = new ArrayList<>();
    for (int skip = 0; skip < STACKS; skip++) {
      int id = kernelStackId(map, FIRST_SKIP + skip | StackMap.REUSE_STACKID);
      assertTrue(id >= 0, "stack id " + id);
      byte[] key = InnerMaps.bytes(id);
      stacks.add(frames(KernelMaps.element(LOOKUP, map, key, new byte[DEPTH * 8], 0).bytes()));
    }
    closePrograms(); // those of the next map may find its descriptor's number again
    KernelMaps.close(map);
    return stacks;
  }

  private static long[] frames(byte[] value) {
    ByteBuffer words = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    int count = 0;
    while (count < DEPTH && words.getLong(count * 8) != 0) {
      count++;
    }
    long[] frames = new long[count];
    words.asLongBuffer().get(frames);
    return frames;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 1000})
  void collisionsReuseAndComparisonAreTheKernels(int entries) {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
    List<long[]> stacks = stacks();
    assertEquals(stacks.get(0).length - 1, stacks.get(1).length, "stacks differ by their leaf");
    MapSpec spec = MapSpec.of("s", MapType.STACK_TRACE, 4, DEPTH * 8, entries);
    kernelMap = KernelMaps.create(spec, 0);
    Random random = new Random(seed);
    int refused = 0;
    try (StackMap ours = (StackMap) Maps.create(spec)) {
      for (int i = 0; i < OPERATIONS; i++) {
        int skip = random.nextInt(STACKS);
        long flags = random.nextInt(4) * StackMap.FAST_STACK_CMP; // and REUSE_STACKID, twice that
        String what = "entries %d operation %d seed %d".formatted(entries, i, seed);
        if (random.nextInt(3) > 0) {
          int id = kernelStackId(kernelMap, FIRST_SKIP + skip | flags);
          long[] frames = stacks.get(skip);
          assertEquals(id, ours.stackId(frames, frames.length, flags), what);
          refused += id == -Errno.EEXIST ? 1 : 0;
        } else {
          int key = random.nextInt(Math.min(ours.bucketCount(), 8) + 1);
          int present = random.nextBoolean() ? ours.bucketCount() : key;
          compare(ours, random.nextInt(4), InnerMaps.bytes(Math.min(key, present)), what);
        }
      }
    }
    assertTrue(entries > 4 || refused > 100, refused + " collisions");
  }

  private void compare(StackMap ours, int operation, byte[] key, String what) {
    int command = new int[] {LOOKUP, DELETE, NEXT_KEY, LOOKUP_AND_DELETE}[operation];
    byte[] room = new byte[command == NEXT_KEY ? 4 : DEPTH * 8];
    KernelMaps.Answer kernel = KernelMaps.element(command, kernelMap, key, room, 0);
    String where = what + " command " + command + " key " + Arrays.toString(key);
    byte[] answer =
        switch (command) {
          case LOOKUP -> answer(kernel, where, () -> ours.lookup(key));
          case NEXT_KEY -> answer(kernel, where, () -> ours.nextKey(key));
          case LOOKUP_AND_DELETE -> answer(kernel, where, () -> ours.lookupAndDelete(key));
          default ->
              answer(
                  kernel,
                  where,
                  () -> {
                    ours.delete(key);
                    return kernel.bytes();
                  });
        };
    if (answer != null) {
      assertEquals(HexBytes.of(kernel.bytes()), HexBytes.of(answer), where);
    }
  }

  /** Returns what ours answered, null where both say the same errno. */
  private static byte @Nullable [] answer(
      KernelMaps.Answer kernel, String where, Supplier<byte @Nullable []> ours) {
    int errno = 0;
    byte[] bytes = null;
    try {
      bytes = ours.get();
      errno = bytes == null ? Errno.ENOENT : 0;
    } catch (BpfException e) {
      errno = e.errno();
    }
    assertEquals(kernel.errno(), errno, where);
    return bytes;
  }

  /** Bytes that a failed comparison shows. */
  private record HexBytes(String text) {
    static HexBytes of(byte[] bytes) {
      return new HexBytes(java.util.HexFormat.of().formatHex(bytes));
    }
  }
}
