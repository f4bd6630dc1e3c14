package dev.sonde.exporters.symbol;

import org.jspecify.annotations.Nullable;

/**
 * A symbolized frame.
 *
 * @param kind whose code it is
 * @param function {@code package.Class.method}, or the symbol of a native function
 * @param file the source file or the native library, null when unknown
 * @param line 1-based; 0: unknown
 */
public record Frame(Kind kind, String function, @Nullable String file, int line) {

  /** Whose code a frame is; the name is the value of {@code profile.frame.type}. */
  public enum Kind {
    JAVA("jvm", 'j'),
    /** A Java method that runs as a part of its caller's compiled code. */
    INLINED("jvm", 'i'),
    INTERPRETED("jvm", 't'),
    NATIVE("native", 'n'),
    KERNEL("kernel", 'k'),
    /** No code: the thread that the stack is of. */
    THREAD("native", 'r');

    private final String attribute;
    private final char letter;

    Kind(String attribute, char letter) {
      this.attribute = attribute;
      this.letter = letter;
    }

    /** Returns the letter by which a flame graph's page knows the kind. */
    public char letter() {
      return letter;
    }

    /** Returns the value of OpenTelemetry's {@code profile.frame.type}. */
    public String attribute() {
      return attribute;
    }
  }

  /** Returns the frame as one line of a Java stack trace shows it, without the "at". */
  public String describe() {
    if (file == null) {
      return function;
    }
    return line > 0 ? function + "(" + file + ":" + line + ")" : function + "(" + file + ")";
  }
}
