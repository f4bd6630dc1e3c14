package dev.sonde.exporters.signal;

import java.util.List;

/** Reads all metrics of the session as they are now; cheap enough to be asked once a second. */
@FunctionalInterface
public interface MetricReading {
  List<Metric> read();
}
