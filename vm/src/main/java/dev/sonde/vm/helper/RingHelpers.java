package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.RingAccess;
import dev.sonde.vm.map.RingMap;

/**
 * The ring buffer helpers. A record's address does not say which ring it is of, so that the slot
 * remembers what the run has reserved and not yet released. Flags that the kernel does not know are
 * -EINVAL, as there.
 */
public final class RingHelpers {
  private static final long NO_WAKEUP = 1;
  private static final long FORCE_WAKEUP = 2;

  private RingHelpers() {}

  public static long ringbufOutput(BpfMap map, long dataAddress, long sizeBytes, long flags) {
    if ((flags & ~(NO_WAKEUP | FORCE_WAKEUP)) != 0 || !(map instanceof RingMap)) {
      return -Errno.EINVAL;
    }
    return ((RingMap) map).output(dataAddress, sizeBytes, flags);
  }

  public static long ringbufReserve(CarrierSlot slot, BpfMap map, long sizeBytes, long flags) {
    return map instanceof RingMap ? reserve(slot, ((RingMap) map).access(), sizeBytes, flags) : 0;
  }

  /** As {@link #ringbufReserve}, for compiled programs, which know what of the ring it takes. */
  public static long reserve(CarrierSlot slot, RingAccess ring, long sizeBytes, long flags) {
    int mapId = ring.mapId(); // and the rest: no call once there is a record
    long data = ring.dataAddress();
    if (flags == 0 && slot.heldFirst == 0) { // hardly a program has two at once
      long offset = ring.shortcut().reserve(slot, sizeBytes);
      if (offset != 0) {
        slot.heldFirst = data + offset;
        slot.heldFirstMap = mapId;
        return data + offset;
      }
    }
    return flags == 0 ? reserveLocked(slot, ring, sizeBytes) : 0;
  }

  /** Apart, so that the JVM's compiler leaves it out of woven methods. */
  private static long reserveLocked(CarrierSlot slot, RingAccess ring, long sizeBytes) {
    int mapId = ring.mapId();
    boolean first = slot.heldFirst == 0;
    long address = ring.ring().reserveLocked(slot, sizeBytes);
    if (first && address != 0) {
      slot.heldFirst = address; // at once, and without a call: there may be no stack for one
      slot.heldFirstMap = mapId;
    } else if (address != 0) {
      slot.hold(address, mapId);
    }
    return address;
  }

  public static void ringbufSubmit(CarrierSlot slot, long recordAddress, long flags) {
    end(slot, recordAddress, flags, false);
  }

  public static void ringbufDiscard(CarrierSlot slot, long recordAddress, long flags) {
    end(slot, recordAddress, flags, true);
  }

  /**
   * Ends a record that the run holds; without a wake-up nobody need know which ring it is of. What
   * is not committed for want of stack is held still, to be discarded.
   */
  private static void end(CarrierSlot slot, long recordAddress, long flags, boolean discard) {
    long mapId;
    boolean committed;
    if (slot.heldFirst == recordAddress && recordAddress != 0) {
      mapId = slot.heldFirstMap;
      committed = RingMap.commit(recordAddress, discard);
      slot.heldFirst = 0;
    } else {
      mapId = slot.release(recordAddress);
      committed = mapId != 0 && RingMap.commit(recordAddress, discard);
    }
    if (committed && flags != NO_WAKEUP && MapTable.get(mapId) instanceof RingMap ring) {
      ring.signal(flags);
    }
  }

  public static long ringbufQuery(BpfMap map, long flag) {
    return map instanceof RingMap ring ? ring.query(flag) : 0;
  }
}
