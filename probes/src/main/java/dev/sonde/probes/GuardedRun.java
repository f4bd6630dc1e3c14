package dev.sonde.probes;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.HeldByRun;
import dev.sonde.vm.program.ExecutableProgram;

/** One run of a program in a thread of ours; whatever comes of it, the carrier's slot is clean. */
public final class GuardedRun {
  /** What became of it. */
  public enum Outcome {
    DONE,
    /** It ran, but not to its end. */
    CUT_OFF,
    /** A program runs on this carrier already. */
    BUSY,
    /** No slot is free, or the JVM itself threw: nothing else makes a verified program throw. */
    FAILED;

    public boolean ran() {
      return this == DONE || this == CUT_OFF;
    }
  }

  private GuardedRun() {}

  /**
   * Runs {@code program} once.
   *
   * @param contextAddress its whole context
   * @param event what its helpers answer from
   */
  public static Outcome of(ExecutableProgram program, long contextAddress, Event event) {
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null) {
      return Outcome.FAILED;
    }
    if (!slot.tryEnter()) {
      return Outcome.BUSY;
    }
    try {
      if (slot.heldAddress() != 0) {
        HeldByRun.giveBack(slot);
      }
      slot.setEvent(event);
      program.run(slot, contextAddress);
      return HeldByRun.endIfCutOff(slot) ? Outcome.CUT_OFF : Outcome.DONE;
    } catch (RuntimeException | LinkageError | StackOverflowError | OutOfMemoryError e) {
      HeldByRun.giveBack(slot);
      return Outcome.FAILED;
    } finally {
      slot.handles().clear();
      slot.setEvent(null);
      slot.exit();
    }
  }
}
