package dev.sonde.probes.stack;

import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * How HotSpot keeps a Throwable's stack before anybody asks for its text: the hidden field {@code
 * Throwable.backtrace} is a chunk of 32 frames,
 *
 * <pre>
 *   [0] short[] method idnum   [1] int[] bci &lt;&lt; 16 | class version   [2] Object[] class mirror
 *   [3] name symbols           [4] next chunk (17), [5] next chunk (25); null at the end
 * </pre>
 *
 * leaf first, ended by a null mirror. Reading it costs a tenth of {@code getStackTrace()}. Other
 * VMs and later JDKs may do as they like: {@link #isProved} tells whether this one does as drawn.
 *
 * @see <a
 *     href="https://github.com/openjdk/jdk/blob/jdk-17-ga/src/hotspot/share/classfile/javaClasses.cpp">
 *     BacktraceBuilder</a>
 */
final class BacktraceLayout {
  private static final int METHODS = 0;
  private static final int BCIS = 1;
  private static final int MIRRORS = 2;
  private static final int[] NEXT_CANDIDATES = {4, 5, 6};
  private static final int PROOF_DEPTH = 70; // three chunks

  private static final long FIELD = fieldOffset();
  private static final int NEXT = FIELD < 0 ? -1 : provedNext();

  private BacktraceLayout() {}

  static boolean isProved() {
    return NEXT >= 0;
  }

  /** Returns the first chunk, or null when there is none (StackTraceInThrowable is off). */
  static Object @Nullable [] first(Throwable throwable) {
    return (Object[]) RawMemory.getReference(throwable, FIELD);
  }

  static Object @Nullable [] next(Object[] chunk) {
    return (Object[]) chunk[NEXT];
  }

  static short[] methods(Object[] chunk) {
    return (short[]) chunk[METHODS];
  }

  static int[] bcis(Object[] chunk) {
    return (int[]) chunk[BCIS];
  }

  static Object[] mirrors(Object[] chunk) {
    return (Object[]) chunk[MIRRORS];
  }

  private static long fieldOffset() {
    try {
      return RawMemory.fieldOffset(Throwable.class, "backtrace");
    } catch (InternalError absent) {
      return -1;
    }
  }

  /** Returns the index of the next chunk with which all is as drawn, -1 when there is none. */
  private static int provedNext() {
    for (int candidate : NEXT_CANDIDATES) {
      if (new Proof(candidate).holds()) {
        return candidate;
      }
    }
    return -1;
  }

  /** Compares a stack of known shape, as this layout reads it, with what the JDK says it is. */
  private static final class Proof {
    private final int next;
    private int index;

    Proof(int next) {
      this.next = next;
    }

    boolean holds() {
      try {
        return matches(even(PROOF_DEPTH));
      } catch (ClassCastException | IndexOutOfBoundsException | NullPointerException otherLayout) {
        return false;
      }
    }

    private Throwable even(int depth) {
      return depth == 0 ? new Throwable() : odd(depth - 1);
    }

    private Throwable odd(int depth) {
      return even(depth - 1);
    }

    private boolean matches(Throwable throwable) {
      Object[] first = first(throwable); // before 25 lets go of it, for the text
      StackTraceElement[] elements = throwable.getStackTrace();
      for (Object[] chunk = first; chunk != null; chunk = (Object[]) chunk[next]) {
        Object[] mirrors = mirrors(chunk);
        for (int i = 0; i < mirrors.length && mirrors[i] != null; i++) {
          boolean sameClass =
              ((Class<?>) mirrors[i]).getName().equals(elements[index].getClassName());
          if (!sameClass || !isRecursionAsExpected(chunk, i)) {
            return false;
          }
          index++;
        }
      }
      return index == elements.length && index > PROOF_DEPTH;
    }

    /**
     * Frames 1 to PROOF_DEPTH - 1 are odd and even in turn: neighbours differ, second ones agree.
     */
    private boolean isRecursionAsExpected(Object[] chunk, int i) {
      if (i < 2 || index < 3 || index >= PROOF_DEPTH) {
        return true;
      }
      short[] methods = methods(chunk);
      int[] bcis = bcis(chunk);
      return methods[i] == methods[i - 2] && bcis[i] == bcis[i - 2] && methods[i] != methods[i - 1];
    }
  }
}
