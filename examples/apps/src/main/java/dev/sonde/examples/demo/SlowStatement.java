package dev.sonde.examples.demo;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;

/** A log record of the program that reports slow statements. */
record SlowStatement(long durationNanos, long threadId, String sql, String stackTrace) {

  static SlowStatement of(LogRecord log) {
    return new SlowStatement(
        attribute(log, "duration_ns").getIntValue(),
        attribute(log, "thread_id").getIntValue(),
        attribute(log, "sql").getStringValue(),
        attribute(log, "code.stacktrace").getStringValue());
  }

  private static AnyValue attribute(LogRecord log, String name) {
    for (KeyValue attribute : log.getAttributesList()) {
      if (attribute.getKey().equals(name)) {
        return attribute.getValue();
      }
    }
    return AnyValue.getDefaultInstance();
  }
}
