package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import dev.sonde.vm.stacktrace.StackDepth;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_STACK_TRACE: stacks by the hash of their frame ids. A bucket holds one stack; which
 * of two that collide stays is up to the caller's flags.
 *
 * <p>A stack is an element of the pool: its mark is the number of frames, its value the frame ids,
 * leaf first. Buckets and hash are the kernel's, so the same frames get the same id.
 *
 * @see <a href="https://docs.kernel.org/bpf/map_hash.html">kernel/bpf/stackmap.c at v6.12</a>
 */
public final class StackMap extends BpfMap {
  /** Low bits of the flags: how many leaf frames to leave out. */
  public static final long SKIP_MASK = 0xff;

  public static final long USER_STACK = 1 << 8;
  public static final long FAST_STACK_CMP = 1 << 9;
  public static final long REUSE_STACKID = 1 << 10;

  private static final long KNOWN_FLAGS = SKIP_MASK | USER_STACK | FAST_STACK_CMP | REUSE_STACKID;
  private static final int FRAME_BYTES = 8;
  private static final int MAX_HINTS = 1 << 16;

  private final int bucketCount;
  private final int maxDepth;
  private final long buckets; // u32 each: element + 1, 0 when empty
  private final ElementPool pool;

  /** u32 each, by the sum of a stack: the hash of the stack that had this sum last. */
  private final long hints;

  private final int hintMask;

  /** By carrier slot, what a capture is written to: made at the slot's first stack. */
  private final long @Nullable [][] captured = new long[CarrierSlots.capacity()][];

  StackMap(MapSpec spec) {
    super(spec);
    int entries = spec.maxEntries();
    bucketCount = entries == 1 ? 1 : Integer.highestOneBit(entries - 1) << 1;
    maxDepth = spec.valueSizeBytes() / FRAME_BYTES;
    buckets = memory().zeroed(bucketCount * 4L);
    int hintCount = Math.min(bucketCount, MAX_HINTS);
    hints = memory().zeroed(hintCount * 4L);
    hintMask = hintCount - 1;
    // As many as in the kernel: where all are in use, a stack cannot even replace another.
    pool = ElementPool.marked(memory(), entries, 0, 0, spec.valueSizeBytes());
  }

  static void check(MapSpec spec) {
    int valueBytes = spec.valueSizeBytes();
    MapSpecCheck.of(spec)
        .require(
            (spec.flags() & MapFlags.STACK_BUILD_ID) == 0,
            Errno.ENOTSUPP,
            "BPF_F_STACK_BUILD_ID, want none: frame ids are resolved when they are exported")
        .flags(MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY)
        .hasEntries()
        .keySize(4)
        .require(
            valueBytes >= 8 && valueBytes % 8 == 0 && valueBytes / 8 <= StackDepth.max(),
            Errno.EINVAL,
            "value size %d B, want a multiple of 8 up to %d (-Dsonde.max.stack=N lets N frames in)",
            valueBytes,
            StackDepth.max() * FRAME_BYTES)
        .entriesAtMost(1 << 29);
  }

  /** Returns how many ids there are: they run from 0 to this number less one. */
  public int bucketCount() {
    return bucketCount;
  }

  /** Captures the current event's stack; returns its id or a negative errno (bpf_get_stackid). */
  public long stackId(CarrierSlot slot, long flags) {
    if ((flags & ~KNOWN_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    Event event = slot.event();
    if (event == null) {
      return -Errno.EFAULT;
    }
    long[] frames = scratch(slot.index());
    int skip = (int) (flags & SKIP_MASK);
    int count = event.stackSource().capture(frames, skip, (flags & USER_STACK) != 0);
    if (count <= 0) {
      return count < 0 ? count : -Errno.EFAULT;
    }
    return stackId(frames, Math.min(count, maxDepth), flags);
  }

  /** Returns the id of a stack that the caller has in hand, or a negative errno. */
  public long stackId(long[] frames, int count, long flags) {
    long hint = hints + (StackHash.sum(frames, count) & hintMask) * 4L;
    int guess = RawMemory.getInt(hint); // whoever wrote it last: what is in the bucket decides
    int present = present(guess);
    if (present >= 0 && hashOf(present) == guess && isSame(present, frames, count)) {
      return guess & bucketCount - 1;
    }
    int hash = StackHash.of(frames, count);
    RawMemory.putInt(hint, hash);
    int id = hash & bucketCount - 1;
    present = present(hash);
    if (present >= 0) {
      boolean sameHash = hashOf(present) == hash;
      if (sameHash && ((flags & FAST_STACK_CMP) != 0 || isSame(present, frames, count))) {
        return id;
      }
      if ((flags & REUSE_STACKID) == 0) {
        return -Errno.EEXIST;
      }
    }
    StackRoom.ensure(); // else what is taken might be lost
    int fresh = pool.take();
    if (fresh < 0) {
      return -Errno.ENOMEM;
    }
    fill(fresh, hash, frames, count);
    give(RawMemory.getAndSetInt(bucket(id), fresh + 1));
    return id;
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL; // as the kernel answers: only bpf_get_stackid writes
  }

  @Override
  public int delete(long keyAddress) {
    int id = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(id, bucketCount) >= 0) {
      return -Errno.E2BIG;
    }
    return give(RawMemory.getAndSetInt(bucket(id), 0)) ? 0 : -Errno.ENOENT;
  }

  /** As the kernel does it: the stack is taken out while it is copied, so that it holds still. */
  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    int id = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(id, bucketCount) >= 0) {
      return -Errno.ENOENT;
    }
    int taken = RawMemory.getAndSetInt(bucket(id), 0);
    if (taken == 0) {
      return -Errno.ENOENT;
    }
    copy(taken - 1, toAddress);
    give(RawMemory.getAndSetInt(bucket(id), taken));
    return 0;
  }

  @Override
  protected int takeValue(long keyAddress, long toAddress) {
    int id = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(id, bucketCount) >= 0) {
      return -Errno.ENOENT;
    }
    int taken = RawMemory.getAndSetInt(bucket(id), 0);
    if (taken == 0) {
      return -Errno.ENOENT;
    }
    copy(taken - 1, toAddress);
    give(taken);
    return 0;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    int id = keyAddress == 0 ? -1 : RawMemory.getInt(keyAddress);
    boolean known = id >= 0 && id < bucketCount && isPresent(id);
    for (int next = known ? id + 1 : 0; next < bucketCount; next++) {
      if (isPresent(next)) {
        RawMemory.putInt(toAddress, next);
        return 0;
      }
    }
    return -Errno.ENOENT;
  }

  /**
   * Returns the element in the bucket of {@code hash}, or -1; pairs with the swap that fills it.
   */
  private int present(int hash) {
    return RawMemory.getIntAcquire(bucket(hash & bucketCount - 1)) - 1;
  }

  private int hashOf(int element) {
    return RawMemory.getInt(pool.addressOf(element) + ElementPool.HASH);
  }

  private boolean isPresent(int id) {
    return RawMemory.getIntVolatile(bucket(id)) != 0;
  }

  private long bucket(int id) {
    return buckets + id * 4L;
  }

  private long[] scratch(int slotIndex) {
    long[] frames = captured[slotIndex];
    if (frames == null) {
      frames = new long[maxDepth];
      captured[slotIndex] = frames;
    }
    return frames;
  }

  private boolean isSame(int element, long[] frames, int count) {
    if (RawMemory.getInt(pool.addressOf(element) + ElementPool.MARK) != count) {
      return false;
    }
    long at = pool.valueAddress(element);
    for (int i = 0; i < count; i++) {
      if (RawMemory.getLong(at + (long) i * FRAME_BYTES) != frames[i]) {
        return false;
      }
    }
    return true;
  }

  private void fill(int element, int hash, long[] frames, int count) {
    RawMemory.putInt(pool.addressOf(element) + ElementPool.HASH, hash);
    RawMemory.putInt(pool.addressOf(element) + ElementPool.MARK, count);
    long at = pool.valueAddress(element);
    for (int i = 0; i < count; i++) {
      RawMemory.putLong(at + (long) i * FRAME_BYTES, frames[i]);
    }
  }

  private void copy(int element, long toAddress) {
    int count = RawMemory.getInt(pool.addressOf(element) + ElementPool.MARK);
    long bytes = (long) count * FRAME_BYTES;
    RawMemory.copy(pool.valueAddress(element), toAddress, bytes);
    RawMemory.fill(toAddress + bytes, spec().valueSizeBytes() - bytes, (byte) 0);
  }

  private boolean give(int taken) {
    if (taken != 0) {
      pool.give(taken - 1);
    }
    return taken != 0;
  }
}
