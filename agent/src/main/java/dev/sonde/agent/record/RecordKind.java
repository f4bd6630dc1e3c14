package dev.sonde.agent.record;

/** What a profile counts. */
public enum RecordKind {
  /** CPU time, by samples of the CPU's clock. */
  CPU("samples", "count"),
  /** Time without a CPU: waiting, sleeping, blocked, or ready to run. */
  OFFCPU("off-CPU time", "ns"),
  /** Time, on and off the CPU. */
  WALL("wall-clock time", "ns"),
  /** Page faults. */
  FAULTS("page faults", "count"),
  /** Allocated bytes, by JFR. */
  ALLOC("allocated", "By"),
  /** Time that threads waited for locks, by JFR. */
  LOCK("lock wait", "ns");

  private final String valueType;
  private final String unit;

  RecordKind(String valueType, String unit) {
    this.valueType = valueType;
    this.unit = unit;
  }

  public String valueType() {
    return valueType;
  }

  public String unit() {
    return unit;
  }

  /** Tells whether the JVM's flight recorder has the events, and not the kernel. */
  boolean isOfJfr() {
    return this == ALLOC || this == LOCK;
  }
}
