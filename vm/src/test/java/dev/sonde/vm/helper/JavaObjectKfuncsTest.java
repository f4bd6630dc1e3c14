package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JavaObjectKfuncsTest {
  private static final long BUFFER = RawMemory.allocateZeroed(256);
  private static final long NAME = RawMemory.allocateZeroed(256);

  private final CarrierSlot slot = Objects.requireNonNull(CarrierSlots.current());

  @BeforeEach
  void begin() {
    slot.tryEnter();
    RawMemory.fill(BUFFER, 256, (byte) 0x55);
  }

  @AfterEach
  void end() {
    slot.handles().clear();
    slot.exit();
  }

  private long handle(Object object) {
    return slot.handles().add(object);
  }

  private static String text() {
    int length = 0;
    while (RawMemory.getByte(BUFFER + length) != 0) {
      length++;
    }
    return new String(RawMemory.read(BUFFER, length), StandardCharsets.UTF_8);
  }

  private static long name(String name) {
    RawMemory.write(NAME, (name + '\0').getBytes(StandardCharsets.UTF_8));
    return NAME;
  }

  @Test
  void theClassIsNamed() {
    assertEquals(16, JavaObjectKfuncs.sondeJavaClassName(slot, handle("x"), BUFFER, 64));
    assertEquals("java.lang.String", text());
    assertEquals(2, JavaObjectKfuncs.sondeJavaClassName(slot, handle(new int[0]), BUFFER, 64));
    assertEquals("[I", text());
  }

  @Test
  void theHashIsTheIdentitys() {
    Object object = new Object();
    assertEquals(
        System.identityHashCode(object),
        JavaObjectKfuncs.sondeJavaIdentityHash(slot, handle(object)));
  }

  @Test
  void elementsOfEveryArrayAreRead() {
    Object[] arrays = {
      new boolean[] {false, true},
      new byte[] {0, -2},
      new char[] {0, '\uffff'},
      new short[] {0, -3},
      new int[] {0, Integer.MIN_VALUE},
      new long[] {0, Long.MIN_VALUE},
      new float[] {0, -1.5f},
      new double[] {0, Math.E},
    };
    long[] values = {
      1,
      -2,
      0xffff,
      -3,
      Integer.MIN_VALUE,
      Long.MIN_VALUE,
      0xbfc00000L,
      Double.doubleToRawLongBits(Math.E)
    };
    for (int i = 0; i < arrays.length; i++) {
      long array = handle(arrays[i]);
      assertEquals(2, JavaObjectKfuncs.sondeJavaArrayLength(slot, array));
      assertEquals(0, JavaObjectKfuncs.sondeJavaArrayGet(slot, array, 1, BUFFER));
      assertEquals(values[i], RawMemory.getLong(BUFFER), arrays[i].getClass().getName());
    }
    long strings = handle(new String[] {"a", null});
    assertEquals(0, JavaObjectKfuncs.sondeJavaArrayGet(slot, strings, 0, BUFFER));
    assertSame("a", slot.handles().get(RawMemory.getLong(BUFFER)));
    assertEquals(0, JavaObjectKfuncs.sondeJavaArrayGet(slot, strings, 1, BUFFER));
    assertEquals(0, RawMemory.getLong(BUFFER));
  }

  @Test
  void wrongUseIsAnsweredAndTouchesNothing() {
    long stale = handle("stale");
    slot.handles().clear();
    long object = handle(new Object());
    long array = handle(new int[3]);
    for (long wrong : new long[] {0, -1, stale, 77, object + 100}) {
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaClassName(slot, wrong, BUFFER, 8));
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaIdentityHash(slot, wrong));
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaArrayLength(slot, wrong));
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaArrayGet(slot, wrong, 0, BUFFER));
      assertEquals(
          -Errno.EINVAL, JavaObjectKfuncs.sondeJavaExceptionMessage(slot, wrong, BUFFER, 8));
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaObjectSize(slot, wrong));
      assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaField(slot, wrong, name("x"), BUFFER));
    }
    assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaArrayLength(slot, object));
    assertEquals(-Errno.ERANGE, JavaObjectKfuncs.sondeJavaArrayGet(slot, array, 3, BUFFER));
    assertEquals(-Errno.ERANGE, JavaObjectKfuncs.sondeJavaArrayGet(slot, array, -1, BUFFER));
    assertEquals(-Errno.ERANGE, JavaObjectKfuncs.sondeJavaArrayGet(slot, array, 1L << 32, BUFFER));
    assertEquals(0, RawMemory.getLong(BUFFER));
    assertEquals(0x5555555555555555L, RawMemory.getLong(BUFFER + 8), "beyond what was given");
  }

  @Test
  void theMessageIsTheOneThatWasGiven() {
    Throwable liar =
        new IllegalStateException("given") {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new AssertionError("code of the application");
          }
        };
    assertEquals(5, JavaObjectKfuncs.sondeJavaExceptionMessage(slot, handle(liar), BUFFER, 32));
    assertEquals("given", text());
    long silent = handle(new RuntimeException());
    assertEquals(0, JavaObjectKfuncs.sondeJavaExceptionMessage(slot, silent, BUFFER, 32));
    assertEquals("", text());
  }

  /** Fields of every kind, some in a superclass. */
  static class Base {
    long inherited = -7;
    boolean flag = true;
    String text = "hello";
    static int shared = 5;
  }

  static final class Derived extends Base {
    byte b = -1;
    char c = '\u1234';
    short s = -2;
    int i = 3;
    float f = 1;
    double d = 2;
  }

  private long field(Object object, String field) throws InterruptedException {
    long answer = -Errno.EAGAIN;
    for (int i = 0; i < 10_000 && answer == -Errno.EAGAIN; i++) {
      answer = JavaObjectKfuncs.sondeJavaField(slot, handle(object), name(field), BUFFER);
      Thread.sleep(answer == -Errno.EAGAIN ? 5 : 0);
    }
    return answer;
  }

  @Test
  void fieldsAreFoundByName() throws InterruptedException {
    Derived object = new Derived();
    String[] fields = {"inherited", "flag", "b", "c", "s", "i", "f", "d"};
    long[] values = {
      -7, 1, -1, 0x1234, -2, 3, Float.floatToRawIntBits(1), Double.doubleToRawLongBits(2)
    };
    for (int i = 0; i < fields.length; i++) {
      assertEquals(0, field(object, fields[i]), fields[i]);
      assertEquals(values[i], RawMemory.getLong(BUFFER), fields[i]);
    }
    assertEquals(0, field(object, "text"));
    assertSame(object.text, slot.handles().get(RawMemory.getLong(BUFFER)));
    object.i = 99;
    assertEquals(0, field(object, "i"));
    assertEquals(99, RawMemory.getLong(BUFFER));
    for (String none : new String[] {"shared", "nothing", "", "i ", "x".repeat(200)}) {
      assertEquals(-Errno.ENOENT, field(object, none), none);
    }
    assertTrue(Base.shared == 5);
  }

  @Test
  void theThreadIsNamed() {
    String name = Thread.currentThread().getName();
    assertEquals(name.length(), JavaThreadKfuncs.sondeJavaThreadName(BUFFER, 256));
    assertEquals(name, text());
    assertEquals(0, JavaThreadKfuncs.sondeJavaThreadIsVirtual());
    assertTrue(JavaThreadKfuncs.sondeJavaCarrierId() > 0);
    assertTrue(JavaThreadKfuncs.sondeJavaHeapUsed() > 1 << 20);
    long id = JavaThreadKfuncs.sondeOsThreadId(slot);
    assertTrue(id == -1 || Files.exists(Path.of("/proc/self/task/" + id)), () -> "id " + id);
  }

  @Test
  void withoutAnEventOfAMethodThereIsNoRequest() {
    slot.setEvent(null);
    assertEquals(0, JavaThreadKfuncs.sondeTraceId(slot, BUFFER, 33));
    assertEquals("", text());
    assertEquals(0, JavaThreadKfuncs.sondeMdc(slot, name("user"), BUFFER, 33));
    assertEquals(-Errno.EINVAL, JavaObjectKfuncs.sondeJavaObjectSize(slot, handle("x")));
  }
}
