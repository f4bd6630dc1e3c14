package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.HandleTable;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.stacktrace.StackSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What kfuncs about the JVM answer to what the verifier cannot see: handles of nothing, objects of
 * another class, buffers that are too small. None writes beyond its buffer.
 */
class JavaKfuncMisuseTest {
  private static final int ROOM = 16;
  private static final byte UNTOUCHED = 0x55;
  private static final long BUFFER = RawMemory.allocateZeroed(256);
  private static final long NAME = RawMemory.allocateZeroed(256);

  private final CarrierSlot slot = Objects.requireNonNull(CarrierSlots.current());

  @BeforeEach
  void begin() {
    slot.tryEnter();
    RawMemory.fill(BUFFER, 256, UNTOUCHED);
    RawMemory.write(NAME, "field\0".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void end() {
    slot.setEvent(null);
    slot.handles().clear();
    slot.exit();
  }

  static Stream<HelperProto> ofHandles() {
    return Kfuncs.all().stream().filter(row -> row.arg(0) == ArgKind.HANDLE);
  }

  static Stream<HelperProto> ofBuffers() {
    return Kfuncs.all().stream()
        .filter(row -> row.name().startsWith("sonde_") && row.args().contains(ArgKind.CONST_SIZE));
  }

  private static List<@Nullable Object> arguments(HelperProto row, CarrierSlot slot, Method body) {
    List<@Nullable Object> arguments = new ArrayList<>();
    if (body.getParameterTypes()[0] == CarrierSlot.class) {
      arguments.add(slot);
    }
    for (ArgKind kind : row.args()) {
      arguments.add(
          switch (kind) {
            case HANDLE -> null; // is put there by the caller
            case MEM_UNINIT, FIXED_MEM8_UNINIT -> BUFFER;
            case CONST_STR -> NAME;
            case CONST_SIZE -> (long) ROOM;
            default -> 0L;
          });
    }
    return arguments;
  }

  private long call(Method body, List<@Nullable Object> arguments) {
    try {
      return (long) body.invoke(null, arguments.toArray());
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new AssertionError(body + ": " + e.getCause(), e);
    }
  }

  private long call(HelperProto row, long handle) {
    Method body = Objects.requireNonNull(row.body());
    List<@Nullable Object> arguments = arguments(row, slot, body);
    arguments.set(1, handle);
    return call(body, arguments);
  }

  private static void assertUntouchedFrom(int offset) {
    for (int i = offset; i < 256; i++) {
      assertEquals(UNTOUCHED, RawMemory.getByte(BUFFER + i), "byte " + i);
    }
  }

  @Test
  void theseAreAll() {
    assertEquals(8, ofHandles().count());
    assertEquals(7, ofBuffers().count());
  }

  @ParameterizedTest
  @MethodSource("ofHandles")
  void aHandleOfNothingIsRefused(HelperProto row) {
    long stale = slot.handles().add("stale");
    slot.handles().clear();
    long good = slot.handles().add("good");
    long otherCarriers = good ^ 1L << 48;
    for (long wrong : new long[] {0, -1, 1, stale, good + 1, otherCarriers, Long.MIN_VALUE}) {
      assertEquals(-Errno.EINVAL, call(row, wrong), "handle 0x" + Long.toHexString(wrong));
    }
    assertUntouchedFrom(ROOM);
  }

  /** The same where an engine has the object at hand. */
  @ParameterizedTest
  @MethodSource("ofHandles")
  void soIsNoReferenceAtAll(HelperProto row) {
    Method body = Objects.requireNonNull(row.referenceBody(), row.name());
    List<@Nullable Object> arguments = arguments(row, slot, body);
    int at = Arrays.asList(body.getParameterTypes()).indexOf(Object.class);
    for (Object wrong : new Object[] {HandleTable.NONE, null}) {
      arguments.set(at, wrong);
      assertEquals(-Errno.EINVAL, call(body, arguments), "reference " + wrong);
    }
    assertUntouchedFrom(ROOM);
  }

  @Test
  void whatIsNoStringHasNoText() {
    for (Object wrong : new Object[] {new Object(), new char[2], 5, new StringBuffer("text")}) {
      long handle = slot.handles().add(wrong);
      assertEquals(-Errno.EINVAL, JavaKfuncs.sondeJavaString(slot, handle, BUFFER, ROOM));
      assertEquals("", text());
      assertEquals(-Errno.EINVAL, JavaKfuncs.sondeJavaString(wrong, BUFFER, ROOM));
    }
    long sequence = slot.handles().add(new StringBuilder("text"));
    assertEquals(4, JavaKfuncs.sondeJavaString(slot, sequence, BUFFER, ROOM));
    assertEquals("text", text());
    long noThrowable = slot.handles().add("text");
    assertEquals(
        -Errno.EINVAL, JavaObjectKfuncs.sondeJavaExceptionMessage(slot, noThrowable, BUFFER, ROOM));
    assertEquals("", text());
  }

  /** A text that is too long is cut where a character ends, and has its NUL. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9})
  void aSmallBufferHoldsWhatFits(int room) {
    String text = "a\u00e4\u20ac\ud83d\ude00z"; // 1, 2, 3, 4 and 1 bytes
    long handle = slot.handles().add(text);
    long length = JavaKfuncs.sondeJavaString(slot, handle, BUFFER, room);
    assertTrue(length < room, length + " of " + room);
    assertTrue(text.startsWith(text()), text());
    assertEquals(length, text().getBytes(StandardCharsets.UTF_8).length);
    assertTrue(room - 1 - length < 4, "nothing more would have fitted");
    assertUntouchedFrom(room);
  }

  @Test
  void idsOfTheRequestAreCutToTheBuffer() {
    Request request = new Request();
    slot.setEvent(request);
    assertEquals(32, JavaThreadKfuncs.sondeTraceId(slot, BUFFER, 33));
    assertEquals(Request.TRACE, text());
    assertUntouchedFrom(33);
    assertEquals(7, JavaThreadKfuncs.sondeTraceId(slot, BUFFER, 8));
    assertEquals(Request.TRACE.substring(0, 7), text());
    assertEquals(0, JavaThreadKfuncs.sondeTraceId(slot, BUFFER, 1));
    assertEquals("", text());
    assertEquals(16, JavaThreadKfuncs.sondeSpanId(slot, BUFFER, 17));
    assertEquals(Request.SPAN, text());
    assertEquals(2, JavaThreadKfuncs.sondeSpanId(slot, BUFFER, 3));
    assertEquals(Request.SPAN.substring(0, 2), text());
    assertUntouchedFrom(33);
  }

  @Test
  void valuesOfTheMdcAreAskedForByAnyKey() {
    Request request = new Request();
    slot.setEvent(request);
    assertEquals(5, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, ROOM));
    assertEquals("value", text());
    assertEquals("field", request.asked);
    assertEquals(3, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, 4));
    assertEquals("val", text());
    RawMemory.write(NAME, "none\0".getBytes(StandardCharsets.UTF_8));
    assertEquals(0, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, ROOM));
    assertEquals("", text());
    RawMemory.write(NAME, new byte[1]);
    assertEquals(0, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, ROOM));
    assertEquals("", request.asked);
    RawMemory.fill(NAME, 256, (byte) 'k'); // has no end
    assertEquals(0, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, ROOM));
    assertEquals("k".repeat(128), request.asked);
    assertUntouchedFrom(ROOM);
  }

  @Test
  void aRequestThatIsNotThereHasNoWords() {
    Request request = new Request();
    request.isThere = false;
    for (Event event : new @Nullable Event[] {null, request}) {
      slot.setEvent(event);
      RawMemory.fill(BUFFER, 256, UNTOUCHED);
      assertEquals(0, JavaThreadKfuncs.sondeTraceId(slot, BUFFER, ROOM));
      assertEquals("", text());
      RawMemory.fill(BUFFER, 256, UNTOUCHED);
      assertEquals(0, JavaThreadKfuncs.sondeSpanId(slot, BUFFER, ROOM));
      assertEquals("", text());
      RawMemory.fill(BUFFER, 256, UNTOUCHED);
      assertEquals(0, JavaThreadKfuncs.sondeMdc(slot, NAME, BUFFER, ROOM));
      assertEquals("", text());
    }
  }

  /** Whatever a kfunc has to say, one byte has room for its NUL alone. */
  @ParameterizedTest
  @MethodSource("ofBuffers")
  void aByteOfRoomIsOneOfNul(HelperProto row) {
    slot.setEvent(new Request());
    Method body = Objects.requireNonNull(row.body());
    for (Object object : new Object[] {"a text", new IllegalStateException("a message")}) {
      List<@Nullable Object> arguments = arguments(row, slot, body);
      if (row.arg(0) == ArgKind.HANDLE) {
        arguments.set(1, slot.handles().add(object));
      }
      arguments.set(arguments.size() - 1, 1L);
      long answer = call(body, arguments);
      assertTrue(answer == 0 || answer == -Errno.EINVAL, row.name() + ": " + answer);
      assertEquals(0, RawMemory.getByte(BUFFER), row.name());
      assertUntouchedFrom(1);
    }
  }

  private static String text() {
    int length = 0;
    while (RawMemory.getByte(BUFFER + length) != 0) {
      length++;
    }
    return new String(RawMemory.read(BUFFER, length), StandardCharsets.UTF_8);
  }

  /** An event within a request, as an application's libraries would have it. */
  private static final class Request implements Event {
    static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    static final String SPAN = "b7ad6b7169203331";

    boolean isThere = true;
    String asked = "nothing";

    @Override
    public @Nullable String requestContext(ContextWord word, String key) {
      asked = key;
      if (!isThere) {
        return null;
      }
      return switch (word) {
        case TRACE_ID -> TRACE;
        case SPAN_ID -> SPAN;
        case MDC -> key.equals("field") ? "value" : null;
      };
    }

    @Override
    public long pidTgid() {
      return 0;
    }

    @Override
    public long timeNanos() {
      return 0;
    }

    @Override
    public String comm() {
      return "";
    }

    @Override
    public long attachCookie() {
      return 0;
    }

    @Override
    public long functionId() {
      return 0;
    }

    @Override
    public StackSource stackSource() {
      throw new UnsupportedOperationException("no kfunc here takes stacks");
    }
  }
}
