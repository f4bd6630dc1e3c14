package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import org.jspecify.annotations.Nullable;

/** What the bpf_ringbuf_* helpers need of a map. */
public abstract class RingMap extends BpfMap {
  protected RingMap(MapSpec spec) {
    super(spec);
  }

  /**
   * Returns the address of {@code sizeBytes} bytes of a new record, or 0; then it is counted.
   *
   * @param slot the running carrier's, null when it has none
   */
  public abstract long reserve(@Nullable CarrierSlot slot, long sizeBytes);

  /** As {@link #reserve(CarrierSlot, long)}, for a caller who does not know its slot. */
  public final long reserve(long sizeBytes) {
    return reserve(CarrierSlots.current(), sizeBytes);
  }

  /** Commits the record that {@link #reserve} returned. */
  public abstract void submit(long address, long flags);

  /** Gives the record up that {@link #reserve} returned. */
  public abstract void discard(long address, long flags);

  /** Copies a whole record in; returns 0 or a negative errno. */
  public abstract int output(long dataAddress, long sizeBytes, long flags);

  /** Answers bpf_ringbuf_query: 0 unread bytes, 1 size, 2 consumer and 3 producer position. */
  public abstract long query(long flag);
}
