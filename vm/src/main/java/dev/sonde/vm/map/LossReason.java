package dev.sonde.vm.map;

/** Why a map could not take an event that a program wanted to write. */
public enum LossReason {
  /** The ring's reader is too slow. */
  RING_FULL("ring full"),
  /** Another thread held the ring's lock and did not run. */
  RING_CONTENDED("ring contended"),
  /** The record is larger than the ring or lane can ever hold. */
  TOO_LARGE("record too large"),
  /** The lane's reader is too slow, or a flight recorder is being dumped. */
  LANE_FULL("lane full"),
  /** The lanes are not open, or there is no memory for one, or it is another slot's. */
  NO_LANE("no lane");

  private final String label;

  LossReason(String label) {
    this.label = label;
  }

  /** Returns the reason as {@code sonde status} and the self metrics spell it. */
  public String label() {
    return label;
  }
}
