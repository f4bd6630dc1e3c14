package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.util.function.IntSupplier;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A live map. The program side works on addresses and answers negative errnos, as helpers do; the
 * user side works on byte arrays and throws {@link BpfException} with the errno of bpf(2).
 *
 * <p>Safety: memory that a program can hold an address of stays this map's own, with this value
 * size, until {@link #close}, which is called only when no program that can reach the map runs.
 */
public abstract class BpfMap implements AutoCloseable {
  /**
   * Which "CPU" the user side is: one past the last carrier slot; guarded by this map's monitor.
   */
  protected static final int USER_CPU = CarrierSlots.capacity();

  private final MapSpec spec;
  private final int id;
  private final MapMemory memory;
  private final ValueCopy values;
  private final @Nullable MapTimers timers;
  private final int searchDepth;
  private volatile boolean frozen;

  protected BpfMap(MapSpec spec) {
    this.spec = spec;
    this.memory = new MapMemory(spec);
    this.values = new ValueCopy(spec);
    int timer = spec.offsetOf(SpecialField.Kind.TIMER);
    this.timers = timer < 0 ? null : new MapTimers(this, timer);
    this.searchDepth = searchDepth(spec);
    this.id = MapTable.register(this);
  }

  /** Keys of a hash map whose seed is known can be made up so that all are in one bucket. */
  private static int searchDepth(MapSpec spec) {
    return switch (spec.type()) {
      case LPM_TRIE -> LpmTrieMap.maxPrefix(spec);
      case HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH, HASH_OF_MAPS ->
          (spec.flags() & MapFlags.ZERO_SEED) != 0 ? spec.maxEntries() : 0;
      default -> 0;
    };
  }

  public final MapSpec spec() {
    return spec;
  }

  /** Returns how many elements a search for a key may pass, 0 where they are always few. */
  public final int searchDepth() {
    return searchDepth;
  }

  /** Returns the id by which this process knows the map: what a map pointer is in a register. */
  public final int id() {
    return id;
  }

  /** Returns what runs the timers in this map's values; null when they have none. */
  public final @Nullable MapTimers timers() {
    return timers;
  }

  /** Returns whether user-side writes are refused from now on (BPF_MAP_FREEZE). */
  public final boolean isFrozen() {
    return frozen;
  }

  public final void freeze() {
    if (frozen) {
      throw failure(Errno.EBUSY, "freeze: frozen already");
    }
    frozen = true;
  }

  // ---- program side -----------------------------------------------------------------------------

  /**
   * Returns the address of the value, or 0.
   *
   * @param cpuIndex the running carrier slot; only per-CPU maps look at it
   */
  public long lookup(int cpuIndex, long keyAddress) {
    return 0;
  }

  /** Returns 0 or a negative errno. */
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EOPNOTSUPP;
  }

  /** Returns 0 or a negative errno. */
  public int delete(long keyAddress) {
    return -Errno.EOPNOTSUPP;
  }

  /** Returns 0 or a negative errno (bpf_map_push_elem). */
  public int push(long valueAddress, long flags) {
    return -Errno.EOPNOTSUPP;
  }

  /** Returns 0 or a negative errno (bpf_map_pop_elem). */
  public int pop(long valueAddress) {
    return -Errno.EOPNOTSUPP;
  }

  /** Returns 0 or a negative errno (bpf_map_peek_elem). */
  public int peek(long valueAddress) {
    return -Errno.EOPNOTSUPP;
  }

  /**
   * Visits each element (bpf_for_each_map_elem); what is inserted or deleted meanwhile may or may
   * not be seen.
   *
   * @return how many were visited, or a negative errno
   */
  public long forEachElement(int cpuIndex, ElementVisitor visitor) {
    return -Errno.EINVAL;
  }

  /**
   * Returns the address of byte {@code offsetBytes} of the only value (BPF_PSEUDO_MAP_VALUE), or 0
   * where the type has no direct values.
   */
  public long directValueAddress(int offsetBytes) {
    return 0;
  }

  // ---- user side --------------------------------------------------------------------------------

  /**
   * Returns a copy of the value, or null when the key is absent. A per-CPU map returns all values,
   * each rounded up to 8 bytes, {@link CarrierSlots#capacity()} of them.
   */
  public final byte @Nullable [] lookup(byte[] key) {
    return lookup(key, 0);
  }

  /** As {@link #lookup(byte[])}, with the flags of BPF_MAP_LOOKUP_ELEM. */
  public final byte @Nullable [] lookup(byte[] key, long flags) {
    checkReadable("lookup");
    boolean locked = checkLock("lookup", flags);
    return read("lookup", key, (k, v) -> locked ? copyLocked(k, v) : copyValue(k, v));
  }

  /** Returns a copy of the value and deletes the element, or null (LOOKUP_AND_DELETE_ELEM). */
  public final byte @Nullable [] lookupAndDelete(byte[] key) {
    return lookupAndDelete(key, 0);
  }

  /** As {@link #lookupAndDelete(byte[])}, with BPF_F_LOCK or 0. */
  public final byte @Nullable [] lookupAndDelete(byte[] key, long flags) {
    checkReadable("lookup_and_delete");
    checkWritable("lookup_and_delete");
    boolean locked = checkLock("lookup_and_delete", flags);
    return read("lookup_and_delete", key, (k, v) -> locked ? takeLocked(k, v) : takeValue(k, v));
  }

  /** Writes an element; {@code flags} are ANY, NOEXIST, EXIST, LOCK of {@link MapFlags}. */
  public final void update(byte[] key, byte[] value, long flags) {
    checkWritable("update");
    require(
        (flags & MapFlags.LOCK) == 0 || values.hasLock(),
        Errno.EINVAL,
        "update: BPF_F_LOCK, want a bpf_spin_lock in the value");
    checkKey("update", key);
    int want = userValueBytes();
    require(
        value.length == want,
        Errno.EINVAL,
        "update: value size %d B, want %d B",
        value.length,
        want);
    try (Scratch scratch = new Scratch(key, want)) {
      RawMemory.write(scratch.valueAddress(), value);
      check("update", locked(() -> store(scratch.keyAddress(), scratch.valueAddress(), flags)));
    }
  }

  /** Deletes; throws ENOENT when the key is absent. */
  public final void delete(byte[] key) {
    checkWritable("delete");
    checkKey("delete", key);
    try (Scratch scratch = new Scratch(key, 0)) {
      check("delete", locked(() -> delete(scratch.keyAddress())));
    }
  }

  /** Returns the key after {@code key}, the first when it is null or absent, null at the end. */
  public final byte @Nullable [] nextKey(byte @Nullable [] key) {
    checkReadable("get_next_key");
    if (key != null) {
      checkKey("get_next_key", key);
    }
    byte[] from = key == null ? new byte[0] : key;
    try (Scratch scratch = new Scratch(from, spec.keySizeBytes())) {
      long keyAddress = key == null ? 0 : scratch.keyAddress();
      int answer = locked(() -> nextKey(keyAddress, scratch.valueAddress()));
      return present("get_next_key", answer)
          ? RawMemory.read(scratch.valueAddress(), spec.keySizeBytes())
          : null;
    }
  }

  /** Frees the map's memory; no program may reach the map any more. */
  @Override
  public void close() {
    if (timers != null) {
      timers.close();
    }
    MapTable.unregister(id);
    memory.free();
  }

  // ---- what a type answers the user side with, under its monitor
  // -----------------------------------

  /** Returns how many bytes a value takes on the user side. */
  protected int userValueBytes() {
    return spec.valueSizeBytes();
  }

  /** Copies the value to {@code toAddress}; returns 0 or a negative errno. */
  protected int copyValue(long keyAddress, long toAddress) {
    long value = lookup(USER_CPU, keyAddress);
    if (value == 0) {
      return -Errno.ENOENT;
    }
    values.copy(value, toAddress);
    values.clearFields(toAddress);
    return 0;
  }

  /** As {@link #copyValue}, under the lock in the value. */
  protected int copyLocked(long keyAddress, long toAddress) {
    long value = lookup(USER_CPU, keyAddress);
    if (value == 0) {
      return -Errno.ENOENT;
    }
    values.clearFields(toAddress);
    StackRoom.ensure();
    return values.copyLocked(value, toAddress, value);
  }

  /** Copies the value and deletes the element; returns 0 or a negative errno. */
  protected int takeValue(long keyAddress, long toAddress) {
    return -Errno.ENOTSUPP;
  }

  /** As {@link #takeValue}, under the lock in the value. */
  protected int takeLocked(long keyAddress, long toAddress) {
    return -Errno.ENOTSUPP;
  }

  /** Returns where the key of a value of this map is; {@code scratchAddress} has room for one. */
  protected long keyOf(long valueAddress, long scratchAddress) {
    return scratchAddress;
  }

  /** Updates from the user side's value bytes; returns 0 or a negative errno. */
  protected int store(long keyAddress, long valueAddress, long flags) {
    return update(USER_CPU, keyAddress, valueAddress, flags);
  }

  /** Writes the key after {@code keyAddress} (0: the first); returns 0 or a negative errno. */
  protected int nextKey(long keyAddress, long toAddress) {
    return -Errno.EOPNOTSUPP;
  }

  /** Returns how this map's values are copied. */
  final ValueCopy values() {
    return values;
  }

  /** Ends what the fields of a value stand for that leaves the map or is overwritten. */
  final void releaseFields(long valueAddress) {
    if (timers != null) {
      timers.release(valueAddress);
    }
  }

  /** Returns what owns this map's memory. */
  final MapMemory memory() {
    return memory;
  }

  protected final String what(String operation) {
    return "map \"%s\" (%s): %s".formatted(spec.name(), spec.type(), operation);
  }

  protected final BpfException failure(int errno, String operation) {
    return BpfException.of(errno, what(operation));
  }

  protected final void checkReadable(String operation) {
    require((spec.flags() & MapFlags.WRONLY) == 0, Errno.EPERM, "%s: map is write-only", operation);
  }

  protected final void checkWritable(String operation) {
    boolean readOnly = (spec.flags() & MapFlags.RDONLY) != 0;
    require(!readOnly, Errno.EPERM, "%s: map is read-only", operation);
    require(!frozen, Errno.EPERM, "%s: map is frozen", operation);
  }

  /** Returns whether BPF_F_LOCK is set; refuses it without a lock, and all other flags. */
  private boolean checkLock(String operation, long flags) {
    require(
        (flags & ~MapFlags.LOCK) == 0,
        Errno.EINVAL,
        "%s: flags 0x%x, want 0 or BPF_F_LOCK",
        operation,
        flags);
    require(
        flags == 0 || values.hasLock(),
        Errno.EINVAL,
        "%s: BPF_F_LOCK, want a bpf_spin_lock in the value",
        operation);
    return flags != 0;
  }

  private byte @Nullable [] read(String operation, byte[] key, LongBinaryOperator copy) {
    checkKey(operation, key);
    int sizeBytes = userValueBytes();
    try (Scratch scratch = new Scratch(key, sizeBytes)) {
      int answer =
          locked(() -> (int) copy.applyAsLong(scratch.keyAddress(), scratch.valueAddress()));
      return present(operation, answer) ? RawMemory.read(scratch.valueAddress(), sizeBytes) : null;
    }
  }

  private synchronized int locked(IntSupplier operation) {
    return operation.getAsInt();
  }

  private boolean present(String operation, int answer) {
    if (answer != -Errno.ENOENT) {
      check(operation, answer);
    }
    return answer == 0;
  }

  private void check(String operation, int answer) {
    if (answer < 0) {
      throw failure(-answer, operation);
    }
  }

  private void checkKey(String operation, byte[] key) {
    int want = spec.keySizeBytes();
    require(
        key.length == want,
        Errno.EINVAL,
        "%s: key size %d B, want %d B",
        operation,
        key.length,
        want);
  }

  private void require(boolean holds, int errno, String what, Object... numbers) {
    if (!holds) {
      throw failure(errno, what.formatted(numbers));
    }
  }
}
