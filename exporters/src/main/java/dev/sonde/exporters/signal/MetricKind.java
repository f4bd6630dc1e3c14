package dev.sonde.exporters.signal;

/** What the numbers in a map mean. */
public enum MetricKind {
  /** Slot i counts the values from 2^i to 2^(i+1) - 1. */
  HISTOGRAM,
  /** Only ever grows. */
  COUNTER,
  /** The value as it is now. */
  GAUGE
}
