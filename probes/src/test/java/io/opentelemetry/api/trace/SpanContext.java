package io.opentelemetry.api.trace;

/** Stands in for the library's class of that name: as much of it as is asked. */
public record SpanContext(String traceId, String spanId) {
  public String getTraceId() {
    return traceId;
  }

  public String getSpanId() {
    return spanId;
  }
}
