package dev.sonde.exporters.otel;

import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.symbol.Frame;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Event records as OpenTelemetry log records: an event name, a body and the values by name. */
final class LogRecords {
  private static final AttributeKey<String> STACKTRACE = AttributeKey.stringKey("code.stacktrace");

  private LogRecords() {}

  static void emit(Logger logger, EventRecord record) {
    Attributes attributes = OtelAttributes.of(record.attributes());
    LogRecordBuilder builder =
        logger
            .logRecordBuilder()
            .setTimestamp(record.timeUnixNanos(), TimeUnit.NANOSECONDS)
            .setObservedTimestamp(System.currentTimeMillis(), TimeUnit.MILLISECONDS)
            .setSeverity(Severity.INFO)
            .setEventName(record.name())
            .setBody(record.name())
            .setAllAttributes(attributes);
    if (!record.stack().isEmpty()) {
      builder.setAttribute(STACKTRACE, stackTrace(record.stack()));
    }
    builder.emit();
  }

  private static String stackTrace(List<Frame> leafFirst) {
    return leafFirst.stream()
        .map(frame -> "\tat " + frame.describe())
        .collect(Collectors.joining("\n"));
  }
}
