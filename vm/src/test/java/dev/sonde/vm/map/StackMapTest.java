package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StackMapTest {
  private static final int BUCKETS = 32;

  private final long seed = Long.getLong("sonde.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final long @Nullable [][] held = new long[BUCKETS][];
  private int inUse;

  /** Whatever stacks were asked for in between, those of the same hint too. */
  @Test
  void theIdOfAStackIsItsHash() {
    MapSpec spec = MapSpec.of("s", MapType.STACK_TRACE, 4, 8 * 3, BUCKETS);
    try (StackMap map = (StackMap) Maps.create(spec)) {
      for (int i = 0; i < 50_000; i++) {
        String when = "operation %d seed %d".formatted(i, seed);
        long[] stack = random.longs(1 + random.nextInt(3), 1, 6).toArray();
        int id = StackHash.of(stack, stack.length) & BUCKETS - 1;
        if (random.nextInt(4) > 0) {
          ask(map, stack, id, when);
        } else if (held[id] != null) {
          map.delete(key(id));
          held[id] = null;
          inUse--;
        }
        long[] there = held[id];
        if (there != null) {
          long[] frames = new long[3];
          ByteBuffer value = ByteBuffer.wrap(map.lookup(key(id))).order(ByteOrder.nativeOrder());
          value.asLongBuffer().get(frames);
          assertArrayEquals(Arrays.copyOf(there, 3), frames, when);
        }
      }
    }
  }

  private void ask(StackMap map, long[] stack, int id, String when) {
    long[] there = held[id];
    boolean replaces = random.nextBoolean();
    long flags = replaces ? StackMap.REUSE_STACKID : 0;
    long want = id;
    if (there != null && !Arrays.equals(stack, there)) {
      want = !replaces ? -Errno.EEXIST : inUse == BUCKETS ? -Errno.ENOMEM : id;
    }
    assertEquals(want, map.stackId(stack, stack.length, flags), when);
    if (want == id) {
      inUse += there == null ? 1 : 0;
      held[id] = stack;
    }
  }

  private static byte[] key(int id) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(id).array();
  }
}
