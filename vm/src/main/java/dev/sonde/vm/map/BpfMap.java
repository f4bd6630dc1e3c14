package dev.sonde.vm.map;

import org.jspecify.annotations.Nullable;

/**
 * A live map. The program side works on addresses and answers negative errnos, as helpers do; the
 * user side works on byte arrays and throws {@link BpfException} with the errno of bpf(2).
 *
 * <p>Safety: memory that a program can hold an address of stays this map's own, with this value
 * size, until {@link #close}, which is called only when no program that can reach the map runs.
 */
public abstract class BpfMap implements AutoCloseable {
  private final MapSpec spec;
  private final int id;
  private volatile boolean frozen;

  protected BpfMap(MapSpec spec) {
    this.spec = spec;
    this.id = MapTable.register(this);
  }

  public final MapSpec spec() {
    return spec;
  }

  /** Returns the id by which this process knows the map: what a map pointer is in a register. */
  public final int id() {
    return id;
  }

  /** Returns whether user-side writes are refused from now on (BPF_MAP_FREEZE). */
  public final boolean isFrozen() {
    return frozen;
  }

  public final void freeze() {
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
   * Returns the address of byte {@code offsetBytes} of the only value (BPF_PSEUDO_MAP_VALUE), or 0
   * where the type has no direct values.
   */
  public long directValueAddress(int offsetBytes) {
    return 0;
  }

  // ---- user side --------------------------------------------------------------------------------

  /**
   * Returns a copy of the value, or null when the key is absent. A per-CPU map returns all values,
   * each rounded up to 8 bytes, {@link dev.sonde.vm.context.CarrierSlots#capacity()} of them.
   */
  public byte @Nullable [] lookup(byte[] key) {
    throw new BpfException(Errno.EOPNOTSUPP, what("lookup"));
  }

  public void update(byte[] key, byte[] value, long flags) {
    throw new BpfException(Errno.EOPNOTSUPP, what("update"));
  }

  /** Deletes; throws ENOENT when the key is absent. */
  public void delete(byte[] key) {
    throw new BpfException(Errno.EOPNOTSUPP, what("delete"));
  }

  /** Returns the key after {@code key}, the first when it is null or absent, null at the end. */
  public byte @Nullable [] nextKey(byte @Nullable [] key) {
    throw new BpfException(Errno.EOPNOTSUPP, what("get_next_key"));
  }

  /** Frees the map's memory; no program may reach the map any more. */
  @Override
  public void close() {
    MapTable.unregister(id);
  }

  protected final String what(String operation) {
    return "map \"%s\" (%s): %s".formatted(spec.name(), spec.type(), operation);
  }
}
