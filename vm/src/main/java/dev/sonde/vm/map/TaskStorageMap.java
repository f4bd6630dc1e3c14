package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongPredicate;

/**
 * BPF_MAP_TYPE_TASK_STORAGE: a value for each thread, made on demand. A thread is known by its Java
 * id; the user side's key is that id as a u32, where the kernel takes a pidfd. Values of threads
 * that have died are freed by {@link #purge}.
 */
public final class TaskStorageMap extends BpfMap {
  /** BPF_LOCAL_STORAGE_GET_F_CREATE. */
  public static final long CREATE = 1;

  /** How many threads can have a value; the kernel has no bound. */
  private static final int CAPACITY = 1 << 18;

  private static final int VALUE_MAX_BYTES = 60 << 10; // about BPF_LOCAL_STORAGE_MAX_VALUE_SIZE

  private static final int CELL_BYTES = 64;

  private final HtabMap values;
  private final long keys; // a cell for each CPU, to build a key in
  private final long zeros;

  TaskStorageMap(MapSpec spec) {
    super(spec);
    keys = memory().zeroed((USER_CPU + 1L) * CELL_BYTES);
    zeros = memory().zeroed(spec.valueSizeBytes());
    values =
        new HtabMap(
            MapSpec.of(spec.name(), MapType.HASH, 4, spec.valueSizeBytes(), CAPACITY)
                .withSpecialFields(spec.specialFields()));
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .flags(MapFlags.NO_PREALLOC | MapFlags.CLONE)
        .require(
            (spec.flags() & MapFlags.NO_PREALLOC) != 0,
            Errno.EINVAL,
            "flags 0x%x, want BPF_F_NO_PREALLOC",
            spec.flags())
        .require(spec.maxEntries() == 0, Errno.EINVAL, "max_entries %d, want 0", spec.maxEntries())
        .keySize(4)
        .hasValue()
        .valueAtMost(VALUE_MAX_BYTES);
  }

  /**
   * Returns the address of the thread's value, or 0 (bpf_task_storage_get).
   *
   * @param initialAddress what a new value is copied from; 0: zeros
   * @param flags {@link #CREATE} or 0
   */
  public long get(int cpuIndex, long threadId, long initialAddress, long flags) {
    if ((flags & ~CREATE) != 0) {
      return 0;
    }
    long key = keys + (long) cpuIndex * CELL_BYTES;
    RawMemory.putInt(key, (int) threadId);
    long value = values.lookup(cpuIndex, key);
    if (value != 0 || flags != CREATE) {
      return value;
    }
    values.update(cpuIndex, key, initialAddress != 0 ? initialAddress : zeros, MapFlags.NOEXIST);
    return values.lookup(cpuIndex, key);
  }

  /** Deletes the thread's value; 0 or -ENOENT (bpf_task_storage_delete). */
  public int remove(long threadId) {
    try (Scratch key = new Scratch(InnerMaps.bytes((int) threadId), 0)) {
      return values.delete(key.keyAddress());
    }
  }

  /** Deletes the values of all threads of which {@code isAlive} says no. */
  public int purge(LongPredicate isAlive) {
    int removed = 0;
    byte[] key = values.nextKey((byte[]) null);
    while (key != null) {
      byte[] next = values.nextKey(key);
      int id = ByteBuffer.wrap(key).order(ByteOrder.nativeOrder()).getInt();
      if (!isAlive.test(id) && remove(id) == 0) {
        removed++;
      }
      key = next;
    }
    return removed;
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EOPNOTSUPP; // programs use bpf_task_storage_get
  }

  @Override
  public int delete(long keyAddress) {
    return values.delete(keyAddress);
  }

  @Override
  public void close() {
    values.close();
    super.close();
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    return values.copyValue(keyAddress, toAddress);
  }

  @Override
  protected int copyLocked(long keyAddress, long toAddress) {
    return values.copyLocked(keyAddress, toAddress);
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    return values.store(keyAddress, valueAddress, flags);
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return -Errno.ENOTSUPP; // as the kernel answers: storage lies with its owners
  }
}
