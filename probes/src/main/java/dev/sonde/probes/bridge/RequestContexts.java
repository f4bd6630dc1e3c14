package dev.sonde.probes.bridge;

import dev.sonde.vm.context.Event.ContextWord;
import dev.sonde.vm.context.OwnThreads;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the application's own libraries know of the running request: the OpenTelemetry API's current
 * span, SLF4J's MDC. They are found by name among the loaded classes, whichever loader has them,
 * also under the name that the OpenTelemetry agent gives its copy.
 *
 * <p>Asking runs those libraries' code in the traced thread, under the re-entrancy guard.
 */
public final class RequestContexts {
  private static final String SPAN = "io.opentelemetry.api.trace.Span";
  private static final String SHADED = "io.opentelemetry.javaagent.shaded.";
  private static final String MDC = "org.slf4j.MDC";

  private static final MethodType GET = MethodType.methodType(String.class, String.class);

  /** How long a class takes, at most, from being given to the transformers to being found. */
  private static final long LOADING_NANOS = 500_000_000;

  private final Instrumentation instrumentation;
  private volatile Found found = new Found(List.of(), List.of());

  /**
   * One entry for each copy of a library.
   *
   * @param spans {@code ()Object}, the context of the current span; and what asks it for its ids
   * @param mdcs {@code (String)String}
   */
  private record Found(List<SpanAccess> spans, List<MethodHandle> mdcs) {}

  private record SpanAccess(MethodHandle context, MethodHandle traceId, MethodHandle spanId) {}

  public RequestContexts(Instrumentation instrumentation) {
    this.instrumentation = instrumentation;
  }

  /** Is told the name of each class that is being loaded: one of those may be a library. */
  public void loading(String internalName) {
    if (internalName.endsWith("io/opentelemetry/api/trace/Span")
        || internalName.equals("org/slf4j/MDC")) {
      OwnThreads.start(
          "sonde-requests",
          () -> {
            LockSupport.parkNanos(LOADING_NANOS);
            refresh();
          });
    }
  }

  /** Looks for the libraries anew. */
  public void refresh() {
    List<SpanAccess> spans = new ArrayList<>();
    List<MethodHandle> mdcs = new ArrayList<>();
    for (Class<?> type : instrumentation.getAllLoadedClasses()) {
      String name = type.getName();
      try {
        if (name.equals(SPAN) || name.equals(SHADED + SPAN)) {
          spans.add(access(type));
        } else if (name.equals(MDC)) {
          mdcs.add(MethodHandles.publicLookup().findStatic(type, "get", GET));
        }
      } catch (ReflectiveOperationException | LinkageError otherVersion) {
        continue; // a library of that name that is not the one we know: it is left alone
      }
    }
    found = new Found(List.copyOf(spans), List.copyOf(mdcs));
  }

  private static SpanAccess access(Class<?> span) throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    Class<?> context = Class.forName(span.getName() + "Context", false, span.getClassLoader());
    MethodHandle current = lookup.findStatic(span, "current", MethodType.methodType(span));
    MethodHandle of = lookup.findVirtual(span, "getSpanContext", MethodType.methodType(context));
    MethodType id = MethodType.methodType(String.class);
    MethodType generic = MethodType.methodType(String.class, Object.class);
    return new SpanAccess(
        MethodHandles.filterReturnValue(current, of).asType(MethodType.methodType(Object.class)),
        lookup.findVirtual(context, "getTraceId", id).asType(generic),
        lookup.findVirtual(context, "getSpanId", id).asType(generic));
  }

  /** Returns a word of the request of the running thread, null when no library has one. */
  public @Nullable String get(ContextWord word, String key) {
    try {
      return word == ContextWord.MDC ? mdc(key) : span(word);
    } catch (Throwable ofTheLibrary) {
      return null; // whatever it throws, the traced application must not see it
    }
  }

  private @Nullable String mdc(String key) throws Throwable {
    for (MethodHandle get : found.mdcs) {
      String value = (String) get.invokeExact(key);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private @Nullable String span(ContextWord word) throws Throwable {
    for (SpanAccess access : found.spans) {
      Object context = (Object) access.context.invokeExact();
      MethodHandle id = word == ContextWord.TRACE_ID ? access.traceId : access.spanId;
      String value = (String) id.invokeExact(context);
      if (!isZero(value)) {
        return value;
      }
    }
    return null;
  }

  /** Tells whether an id is the one that stands for none. */
  private static boolean isZero(String id) {
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) != '0') {
        return false;
      }
    }
    return true;
  }
}
