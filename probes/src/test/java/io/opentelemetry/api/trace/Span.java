package io.opentelemetry.api.trace;

/** Stands in for the library's class of that name: as much of it as is asked. */
public final class Span {
  private static final ThreadLocal<SpanContext> CURRENT = new ThreadLocal<>();

  private Span() {}

  /** Makes a span of these ids the calling thread's, null: none. */
  public static void begin(SpanContext context) {
    CURRENT.set(context);
  }

  /** Answers as the library does: a span of zeros where there is none. */
  public static Span current() {
    return new Span();
  }

  public SpanContext getSpanContext() {
    SpanContext context = CURRENT.get();
    return context == null ? new SpanContext("0".repeat(32), "0".repeat(16)) : context;
  }
}
