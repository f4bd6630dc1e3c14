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
    JAVA("jvm"),
    NATIVE("native"),
    KERNEL("kernel");

    private final String attribute;

    Kind(String attribute) {
      this.attribute = attribute;
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
