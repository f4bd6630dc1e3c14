package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;

/**
 * What a run has taken and is to give back: records of rings and a bpf_spin_lock. Programs are
 * proved to do so; a run that is cut off (no stack left, no heap, no time) does not, and neither
 * rings nor locks may stay taken for it.
 */
public final class HeldByRun {
  /** Stands for the map's id where it is a lock that is held. */
  private static final int LOCK = -1;

  private HeldByRun() {}

  /** Notes the lock word at {@code address}, which the run has just taken. */
  public static void lock(CarrierSlot slot, long address) {
    slot.hold(address, LOCK);
  }

  /** Gives back the lock word at {@code address}, then forgets it. */
  public static void unlock(CarrierSlot slot, long address) {
    SpinWord.unlock(address);
    slot.release(address);
  }

  /** Discards the records that are held, and unlocks. */
  public static void giveBack(CarrierSlot slot) {
    for (long held = slot.heldAddress(); held != 0; held = slot.heldAddress()) {
      int mapId = slot.heldMap();
      if (mapId == LOCK) {
        unlock(slot, held);
      } else {
        discard(slot, held, mapId);
      }
    }
  }

  /** A ring that has been closed meanwhile has taken its memory along. */
  private static void discard(CarrierSlot slot, long record, int mapId) {
    RingMap ring = MapTable.get(mapId) instanceof RingMap live ? live : null;
    boolean committed = ring != null && RingMap.commit(record, true);
    slot.release(record);
    if (committed) {
      ring.signal(0);
    }
  }

  /**
   * Looks whether the run that has just ended was cut off, and gives back at once what it holds:
   * the next run of this slot may be long in coming.
   */
  public static boolean endIfCutOff(CarrierSlot slot) {
    boolean cutOff = slot.takeCutOff();
    if (cutOff) {
      giveBack(slot);
    }
    return cutOff;
  }
}
