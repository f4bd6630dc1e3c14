package dev.sonde.agent.record;

/** What a profile counts. */
public enum RecordKind {
  /** CPU time, by samples of the CPU's clock. */
  CPU("samples", "CPU", "count"),
  /** Time without a CPU: waiting, sleeping, blocked, or ready to run. */
  OFFCPU("off-CPU time", "off-CPU time", "ns"),
  /** Time, on and off the CPU. */
  WALL("wall-clock time", "wall-clock time", "ns"),
  /** Page faults. */
  FAULTS("page faults", "page faults", "count"),
  /** Allocated bytes, by JFR. */
  ALLOC("allocated", "allocation", "By"),
  /** Time that threads waited for locks, by JFR. */
  LOCK("lock wait", "lock waits", "ns");

  private final String valueType;
  private final String title;
  private final String unit;

  RecordKind(String valueType, String title, String unit) {
    this.valueType = valueType;
    this.title = title;
    this.unit = unit;
  }

  public String valueType() {
    return valueType;
  }

  /** Returns what a page's title says. */
  String title() {
    return title;
  }

  public String unit() {
    return unit;
  }

  /** Tells whether the JVM's flight recorder has the events, and not the kernel. */
  boolean isOfJfr() {
    return this == ALLOC || this == LOCK;
  }
}
