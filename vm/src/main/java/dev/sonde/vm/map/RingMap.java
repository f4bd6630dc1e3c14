package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingLayout;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/** What the bpf_ringbuf_* helpers need of a map. */
public abstract class RingMap extends BpfMap {
  protected RingMap(MapSpec spec) {
    super(spec);
  }

  /** Returns what reserving a record takes. */
  public abstract RingAccess access();

  /** As {@link #access}, for a program that has it as a constant: it stays from now on. */
  public abstract RingAccess settledAccess();

  /**
   * Returns the address of {@code sizeBytes} bytes of a new record, or 0; then it is counted.
   *
   * @param slot the running carrier's, no other's; null when it has none
   */
  public abstract long reserve(@Nullable CarrierSlot slot, long sizeBytes);

  /** As {@link #reserve}, by the lock, where the shortcut has been tried or is not to be. */
  public abstract long reserveLocked(@Nullable CarrierSlot slot, long sizeBytes);

  /** As {@link #reserve(CarrierSlot, long)}, for a caller who does not know its slot. */
  public final long reserve(long sizeBytes) {
    return reserve(CarrierSlots.current(), sizeBytes);
  }

  /**
   * Commits the record that {@link #reserve} of any ring returned, or has the reader skip it;
   * {@link #signal} comes after it. The header lies before the record: to find out first which ring
   * it is of takes a chain of loads, and the lock of the next record waits for them all.
   *
   * @return false: the reader has given the record up
   */
  public static boolean commit(long address, boolean discard) {
    long at = address - RingLayout.HEADER_BYTES;
    int header = RawMemory.getIntAcquire(at);
    if (header >= 0) { // BUSY is the sign
      return false;
    }
    RawMemory.putIntRelease(at, header ^ RingLayout.BUSY | (discard ? RingLayout.DISCARD : 0));
    return true;
  }

  /** Wakes the reader after a commit, as its {@code flags} say. */
  public abstract void signal(long flags);

  /** Commits the record that {@link #reserve} returned. */
  public final void submit(long address, long flags) {
    if (commit(address, false)) {
      signal(flags);
    }
  }

  /** Gives the record up that {@link #reserve} returned. */
  public final void discard(long address, long flags) {
    if (commit(address, true)) {
      signal(flags);
    }
  }

  /** Copies a whole record in; returns 0 or a negative errno. */
  public abstract int output(long dataAddress, long sizeBytes, long flags);

  /** Answers bpf_ringbuf_query: 0 unread bytes, 1 size, 2 consumer and 3 producer position. */
  public abstract long query(long flag);
}
