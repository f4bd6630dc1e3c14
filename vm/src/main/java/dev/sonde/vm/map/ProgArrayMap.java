package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_PROG_ARRAY: slots for programs to tail-call. What a program is, this room does not
 * know: it keeps references for the engines above.
 */
public final class ProgArrayMap extends BpfMap {
  private static final int FLAGS = MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE;

  private record Slot(Object program, int programId) {}

  private final AtomicReferenceArray<@Nullable Slot> slots;

  ProgArrayMap(MapSpec spec) {
    super(spec);
    slots = new AtomicReferenceArray<>(spec.maxEntries());
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .flags(FLAGS)
        .keySize(4)
        .valueSize(4)
        .hasEntries()
        .require(
            (spec.flags() & (MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG)) == 0,
            Errno.EINVAL,
            "flags 0x%x: programs never read or write a prog array",
            spec.flags())
        .entriesAtMost(1 << 24);
  }

  /** Returns the program in slot {@code index}, a u32; null when empty or out of range. */
  public @Nullable Object program(int index) {
    if (Integer.compareUnsigned(index, slots.length()) >= 0) {
      return null;
    }
    Slot slot = slots.getAcquire(index); // pairs with set
    return slot == null ? null : slot.program;
  }

  /**
   * Puts a program into a slot; running programs see it at their next tail call.
   *
   * @param programId what a lookup from the user side answers
   */
  public void set(int index, Object program, int programId) {
    checkWritable("update");
    if (Integer.compareUnsigned(index, slots.length()) >= 0) {
      throw failure(
          Errno.E2BIG, "update: index %d, want less than %d".formatted(index, slots.length()));
    }
    slots.set(index, new Slot(program, programId));
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  public int delete(long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(index, slots.length()) >= 0) {
      return -Errno.E2BIG;
    }
    return slots.getAndSet(index, null) == null ? -Errno.ENOENT : 0;
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    int index = RawMemory.getInt(keyAddress);
    Slot slot = Integer.compareUnsigned(index, slots.length()) < 0 ? slots.getAcquire(index) : null;
    if (slot == null) {
      return -Errno.ENOENT;
    }
    RawMemory.putInt(toAddress, slot.programId);
    return 0;
  }

  /** Bytes name a program by file descriptor, and a JVM has none for its programs: use set. */
  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    if (flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    boolean inRange = Integer.compareUnsigned(RawMemory.getInt(keyAddress), slots.length()) < 0;
    return inRange ? -Errno.EBADF : -Errno.E2BIG;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, slots.length());
  }
}
