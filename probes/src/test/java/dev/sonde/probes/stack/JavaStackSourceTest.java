package dev.sonde.probes.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.map.Errno;
import dev.sonde.vm.stacktrace.FrameTable;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class JavaStackSourceTest {
  private final JavaFrames frames = new JavaFrames();
  private final JavaStackSource source = new JavaStackSource(frames);

  @Test
  void theLayoutIsProvedOnHotSpot() {
    assertTrue(BacktraceLayout.isProved(), System.getProperty("java.vm.version"));
  }

  @Test
  void framesAreThoseOfGetStackTrace() {
    for (int depth : new int[] {0, 1, 20, 31, 32, 33, 100, 300}) {
      recurse(depth, () -> assertSameAsText(depth));
    }
  }

  private Object assertSameAsText(int depth) {
    StackTraceElement[] text = new Throwable().getStackTrace();
    long[] ids = capture(1024, 0);
    assertEquals(text.length + 2, ids.length, "depth " + depth); // capture() and its callee above
    for (int i = 1; i < text.length; i++) {
      FrameTable.Frame frame = frames.frame(ids[i + 2]);
      assertEquals(text[i].getClassName(), frame.className());
      assertEquals(text[i].getMethodName(), frame.methodName());
      assertEquals(text[i].getFileName(), frame.fileName());
      assertEquals(text[i].getLineNumber() == -1 ? 0 : text[i].getLineNumber(), frame.line());
    }
    return text;
  }

  @Test
  void theSameStackHasTheSameIds() {
    long[][] stacks = new long[2][];
    for (int i = 0; i < 2; i++) {
      stacks[i] = recurse(40, () -> capture(127, 0));
    }
    assertArrayEquals(stacks[0], stacks[1]);
  }

  @Test
  void skipLeavesOutLeaves() {
    long[] all = null;
    long[] skipped = null;
    for (int skip = 0; skip <= 3; skip += 3) {
      long[] ids = capture(127, skip);
      all = skip == 0 ? ids : all;
      skipped = ids;
    }
    assertArrayEquals(Arrays.copyOfRange(all, 3, all.length), skipped);
  }

  @Test
  void theTextGivesTheSameFrames() {
    for (int depth : new int[] {0, 40, 300}) {
      recurse(
          depth,
          () -> {
            Throwable here = new Throwable();
            StackTraceElement[] text = here.getStackTrace();
            long[] ids = new long[1024];
            assertEquals(text.length, source.captureText(here, ids, 0));
            for (int i = 0; i < text.length; i++) {
              assertEquals(text[i].getMethodName(), frames.frame(ids[i]).methodName());
              int line = text[i].isNativeMethod() ? -2 : Math.max(0, text[i].getLineNumber());
              assertEquals(line, frames.frame(ids[i]).line());
            }
            return text;
          });
    }
  }

  @Test
  void theTextLeavesOutSondesFramesThenThoseToSkip() {
    Throwable here = new Throwable();
    StackTraceElement[] text = new StackTraceElement[100];
    Arrays.setAll(text, i -> new StackTraceElement("app.C", "m" + i, "C.java", i));
    text[3] = new StackTraceElement(ClassFrames.TRAMPOLINES + 7, "fire", null, -1);
    here.setStackTrace(text);
    long[] ids = new long[1024];
    assertEquals(96, source.captureText(here, ids, 0));
    assertEquals("m4", frames.frame(ids[0]).methodName());
    assertEquals(94, source.captureText(here, ids, 2));
    assertEquals("m6", frames.frame(ids[0]).methodName());
    assertEquals(7, source.captureText(here, new long[7], 0));
  }

  @Test
  void thereIsNothingBelowTheLastFrame() {
    int all = capture(1024, 0).length;
    assertEquals(1, capture(1024, all - 1).length);
    assertEquals(0, capture(1024, all).length);
    assertEquals(0, capture(1024, 255).length);
  }

  @Test
  void depthIsLimitedByTheCaller() {
    assertEquals(7, recurse(40, () -> capture(7, 0)).length);
  }

  @Test
  void thereIsNoKernelStack() {
    assertEquals(-Errno.EFAULT, source.capture(new long[10], 0, false));
  }

  @Test
  void linesAreTellApart() {
    long first = capture(10, 0)[2];
    long second = capture(10, 0)[2];
    assertNotEquals(first, second);
    assertEquals(frames.frame(first).line() + 1, frames.frame(second).line());
  }

  @Test
  void idsOfNoFrameHaveNoName() {
    assertNull(frames.frame(0x7f0000001000L));
    assertNull(frames.frame(FrameTable.JAVA_FRAME | 77));
    assertNull(frames.frame(JavaFrames.UNKNOWN));
    assertNull(frames.frame(-1));
    assertTrue(FrameTable.isJava(frames.idOfMethod("A", "b")));
  }

  @Test
  void classFramesFindsWhatWasAdded() {
    ClassFrames table = new ClassTable().get(String.class);
    for (int i = 0; i < 5000; i++) {
      long key = ClassFrames.key((short) (i * 31), i << 16);
      assertEquals(0, ClassFrames.find(table.table(), key));
      table.add(key, i + 1);
    }
    for (int i = 0; i < 5000; i++) {
      assertEquals(
          i + 1, ClassFrames.find(table.table(), ClassFrames.key((short) (i * 31), i << 16)));
    }
  }

  @Test
  void classesAreToldApartHoweverMany() {
    ClassTable table = new ClassTable();
    Class<?>[] classes = dev.sonde.probes.method.SelfAttach.instrumentation().getAllLoadedClasses();
    for (Class<?> type : classes) {
      table.get(type).add(1, System.identityHashCode(type));
    }
    for (Class<?> type : classes) {
      assertEquals(
          System.identityHashCode(type),
          ClassFrames.find(table.get(type).table(), 1),
          type.getName());
    }
  }

  @Test
  void framesAreInternedOnceByManyThreads() throws InterruptedException {
    Thread[] threads = new Thread[4];
    long[][] ids = new long[threads.length][5000];
    for (int t = 0; t < threads.length; t++) {
      long[] mine = ids[t];
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < mine.length; i++) {
                  mine[i] = frames.idOf(new FrameTable.Frame("C", "m" + i % 3000, "f", i % 3000));
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (int i = 0; i < ids[0].length; i++) {
      assertEquals("m" + i % 3000, frames.frame(ids[0][i]).methodName());
      for (long[] other : ids) {
        assertEquals(ids[0][i], other[i]);
      }
    }
  }

  private long[] capture(int capacity, int skip) {
    long[] ids = new long[capacity];
    return Arrays.copyOf(ids, source.capture(ids, skip, true));
  }

  private static <T> T recurse(int depth, Supplier<T> leaf) {
    return depth == 0 ? leaf.get() : recurse(depth - 1, leaf);
  }
}
