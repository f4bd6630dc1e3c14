package dev.sonde.vm.map;

/** What the bpf_ringbuf_* helpers need of a map. */
public abstract class RingMap extends BpfMap {
  protected RingMap(MapSpec spec) {
    super(spec);
  }

  /** Returns the address of {@code sizeBytes} bytes of a new record, or 0 (then it is counted). */
  public abstract long reserve(long sizeBytes);

  /** Commits the record that {@link #reserve} returned. */
  public abstract void submit(long address, long flags);

  /** Gives the record up that {@link #reserve} returned. */
  public abstract void discard(long address, long flags);

  /** Copies a whole record in; returns 0 or a negative errno. */
  public abstract int output(long dataAddress, long sizeBytes, long flags);

  /** Answers bpf_ringbuf_query: 0 unread bytes, 1 size, 2 consumer and 3 producer position. */
  public abstract long query(long flag);
}
