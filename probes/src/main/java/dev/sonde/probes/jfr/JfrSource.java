package dev.sonde.probes.jfr;

import jdk.jfr.consumer.RecordedEvent;
import org.jspecify.annotations.Nullable;

/** Takes one value out of an event. */
@FunctionalInterface
interface JfrSource {
  /** Returns the value, null when the event has none. */
  @Nullable Object value(RecordedEvent event, JfrClock clock);
}
