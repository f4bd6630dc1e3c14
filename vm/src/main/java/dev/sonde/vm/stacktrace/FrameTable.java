package dev.sonde.vm.stacktrace;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The names behind the ids of Java frames: what a symbolizer asks.
 *
 * <p>An id is {@code 1 << 62 | index}: bits 63 and 62 are 01, which no canonical native address has
 * (those are all zero or all one above bit 56), so that one stack may hold both.
 */
public interface FrameTable {
  /** The bit that makes a frame id a Java one; the rest below it is an index. */
  long JAVA_FRAME = 1L << 62;

  /**
   * A Java method, or a line in it.
   *
   * @param className as {@link Class#getName} names it
   * @param methodName {@code <init>} for constructors
   * @param fileName without its folder, null when unknown
   * @param line 1-based; 0 when unknown, -2 in a native method
   * @param tier what ran it, where the way that took the stack can tell
   */
  record Frame(
      String className, String methodName, @Nullable String fileName, int line, Tier tier) {

    /** A frame of which only the method is known. */
    public Frame(String className, String methodName, @Nullable String fileName, int line) {
      this(className, methodName, fileName, line, Tier.UNKNOWN);
    }

    /** By hand, as hashCode: a record's own are linked at first use, and slow until compiled. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Frame f
          && f.line == line
          && f.tier == tier
          && f.methodName.equals(methodName)
          && f.className.equals(className)
          && Objects.equals(f.fileName, fileName);
    }

    @Override
    public int hashCode() {
      return ((className.hashCode() * 31 + methodName.hashCode()) * 31 + line) * 31
          + tier.ordinal();
    }
  }

  /** What ran a Java frame. */
  enum Tier {
    UNKNOWN,
    INTERPRETED,
    COMPILED,
    /** Compiled into its caller: it has no frame of its own on the stack. */
    INLINED,
    /** Code that the JVM made for itself; it has no class. */
    STUB
  }

  /** Returns the frame of {@code id}, or null when it is of none that this table made. */
  @Nullable Frame frame(long id);

  /** Tells whether {@code id} is of a Java frame, in whatever table; else it is an address. */
  static boolean isJava(long id) {
    return id >>> 62 == 1;
  }
}
