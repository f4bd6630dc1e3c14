package dev.sonde.exporters.signal;

import dev.sonde.exporters.symbol.Frame;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A decoded record of a ring.
 *
 * @param name of the source, which is what the event is called
 * @param timeUnixNanos when it happened; the time of reading if the record does not say
 * @param attributes Long, Double, Boolean, String or a List of one of them, in the record's order
 * @param stack leaf first; empty if the record names none
 */
public record EventRecord(
    String name, long timeUnixNanos, Map<String, Object> attributes, List<Frame> stack) {
  public EventRecord {
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    stack = List.copyOf(stack);
  }
}
