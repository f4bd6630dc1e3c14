package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sonde.probes.Link;
import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event.ContextWord;
import dev.sonde.vm.helper.JavaThreadKfuncs;
import dev.sonde.vm.memory.RawMemory;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import sample.Requests;

/** What programs are told of the application's request: by its own libraries, as they are found. */
@SuppressWarnings("try") // a link that is only closed
class RequestWordsTest {
  private static final long KEY = RawMemory.allocateZeroed(64);
  private static final long BUFFER = RawMemory.allocateZeroed(64);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  private final List<String> seen = new ArrayList<>();

  @AfterEach
  void endTheRequest() {
    Span.begin(null);
    MDC.clear();
  }

  private long see(CarrierSlot slot, long[] fields) {
    JavaThreadKfuncs.sondeTraceId(slot, BUFFER, 64);
    seen.add(text());
    JavaThreadKfuncs.sondeSpanId(slot, BUFFER, 64);
    seen.add(text());
    JavaThreadKfuncs.sondeMdc(slot, KEY, BUFFER, 64);
    seen.add(text());
    return 0;
  }

  private static String text() {
    String all = new String(RawMemory.read(BUFFER, 64), StandardCharsets.UTF_8);
    return all.substring(0, all.indexOf('\0'));
  }

  private static void key(String key) {
    RawMemory.write(KEY, (key + '\0').getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aProgramIsToldTheIdsAndValuesOfItsOwnThread() throws InterruptedException {
    Span.begin(new SpanContext(TRACE, SPAN));
    MDC.put("user", "ada");
    key("user");
    JavaProgram program = JavaProgram.scalar(this::see, new int[0]);
    try (Link link = Probes.attach("method/sample.Requests.handle", program)) {
      Requests.handle(1);
      assertEquals(List.of(TRACE, SPAN, "ada"), seen);
      seen.clear();
      Thread other = new Thread(() -> Requests.handle(2));
      other.start();
      other.join();
      assertEquals(List.of("", "", ""), seen, "zeros are no ids");
      seen.clear();
      key("throws");
      Requests.handle(3);
      assertEquals(List.of(TRACE, SPAN, ""), seen, "what a library throws is not seen");
    }
  }

  /** A JVM that has loaded these classes. */
  private static Instrumentation jvm(List<Class<?>> loaded) {
    return (Instrumentation)
        Proxy.newProxyInstance(
            RequestWordsTest.class.getClassLoader(),
            new Class<?>[] {Instrumentation.class},
            (proxy, method, arguments) -> loaded.toArray(new Class<?>[0]));
  }

  @Test
  void withoutALibraryThereAreNoWords() {
    RequestContexts contexts = new RequestContexts(jvm(List.of(String.class)));
    Span.begin(new SpanContext(TRACE, SPAN));
    MDC.put("user", "ada");
    contexts.refresh();
    assertNull(contexts.get(ContextWord.TRACE_ID, ""));
    assertNull(contexts.get(ContextWord.SPAN_ID, ""));
    assertNull(contexts.get(ContextWord.MDC, "user"));
  }

  @Test
  void eachCopyOfALibraryIsAskedUntilOneKnows() throws Exception {
    try (FreshLoader loader = new FreshLoader("org.slf4j.")) {
      Class<?> copy = Class.forName("org.slf4j.MDC", true, loader);
      RequestContexts contexts = new RequestContexts(jvm(List.of(copy, MDC.class, Span.class)));
      contexts.refresh();
      MDC.put("role", "guest");
      assertEquals("guest", contexts.get(ContextWord.MDC, "role"));
      copy.getMethod("put", String.class, String.class).invoke(null, "role", "host");
      assertEquals("host", contexts.get(ContextWord.MDC, "role"));
      assertNull(contexts.get(ContextWord.MDC, "nobody"));
      assertNull(contexts.get(ContextWord.TRACE_ID, ""));
      Span.begin(new SpanContext(TRACE, SPAN));
      assertEquals(TRACE, contexts.get(ContextWord.TRACE_ID, ""));
      assertEquals(SPAN, contexts.get(ContextWord.SPAN_ID, ""));
    }
  }

  @Test
  void aLibraryThatIsLoadedLaterIsFound() throws InterruptedException {
    List<Class<?>> loaded = new ArrayList<>(List.of(MDC.class));
    RequestContexts contexts = new RequestContexts(jvm(loaded));
    MDC.put("user", "ada");
    assertNull(contexts.get(ContextWord.MDC, "user"), "nobody looked yet");
    contexts.loading("org/slf4j/MDC");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (contexts.get(ContextWord.MDC, "user") == null && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertEquals("ada", contexts.get(ContextWord.MDC, "user"));
  }
}
