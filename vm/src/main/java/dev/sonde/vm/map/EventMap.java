package dev.sonde.vm.map;

import java.util.Map;

/** A map through which events leave a program: it says what became of each of them. */
public interface EventMap {
  /**
   * Returns how many events were lost on their way in, by reason; only reasons that it can have.
   */
  Map<LossReason, Long> losses();

  /** Returns the counts of what came in: what was handed over, discarded, overwritten, given up. */
  EventCounts counts();

  /**
   * Of the events that were not lost on their way in.
   *
   * @param consumed handed to the reader
   * @param discarded by the program itself
   * @param overwritten by newer ones, in a flight recorder
   * @param abandoned never committed, and skipped
   */
  record EventCounts(long consumed, long discarded, long overwritten, long abandoned) {}
}
