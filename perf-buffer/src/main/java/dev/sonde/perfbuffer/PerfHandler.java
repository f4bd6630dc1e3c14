package dev.sonde.perfbuffer;

/** Takes the records of a perf ring, one by one. */
@FunctionalInterface
public interface PerfHandler {
  /** Takes one record; it is borrowed, and holds another one as soon as this returns. */
  void record(PerfRecord record);
}
