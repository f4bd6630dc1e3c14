package dev.sonde.vm.map;

/**
 * What the ring buffer helpers need of a BPF_MAP_TYPE_RINGBUF map: memory that a program reserves,
 * fills and commits. Addresses are of a record's payload, not of its header.
 */
public abstract class RingMap extends BpfMap {
  protected RingMap(MapSpec spec) {
    super(spec);
  }

  /** Returns the address of {@code sizeBytes} payload bytes, or 0 when there is no room. */
  public abstract long reserve(long sizeBytes);

  /** Commits the record whose payload is at {@code address}; BPF_RB_* wake-up flags. */
  public abstract void submit(long address, long flags);

  /** Gives the record at {@code address} up: readers skip it; BPF_RB_* wake-up flags. */
  public abstract void discard(long address, long flags);

  /** Copies {@code sizeBytes} bytes into a record of its own; 0 or a negative errno. */
  public abstract int output(long dataAddress, long sizeBytes, long flags);

  /** Answers BPF_RB_AVAIL_DATA (0), RING_SIZE (1), CONS_POS (2), PROD_POS (3); 0 for others. */
  public abstract long query(long flag);
}
