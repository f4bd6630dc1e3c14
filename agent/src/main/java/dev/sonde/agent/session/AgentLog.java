package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.LogLevel;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent's own log, on stderr: never the application's logging, whose set-up we would disturb. A
 * message that repeats is held back to one in ten seconds and says how many were.
 */
public final class AgentLog {
  private static final long REPEAT_NANOS = 10_000_000_000L;
  private static final int REMEMBERED = 200;

  private final PrintStream out;
  private final Map<String, Repeat> repeats = new HashMap<>();
  private volatile LogLevel level = LogLevel.INFO;

  private static final class Repeat {
    long lastNanos;
    long heldBack;
  }

  public AgentLog(PrintStream out) {
    this.out = out;
  }

  public void setLevel(LogLevel level) {
    this.level = level;
  }

  public void error(String message) {
    log(LogLevel.ERROR, message);
  }

  public void warn(String message) {
    log(LogLevel.WARN, message);
  }

  public void info(String message) {
    log(LogLevel.INFO, message);
  }

  public void debug(String message) {
    log(LogLevel.DEBUG, message);
  }

  private void log(LogLevel messageLevel, String message) {
    if (messageLevel.compareTo(level) <= 0) {
      String suffix = heldBackBefore(message);
      if (suffix != null) {
        out.println("sonde: " + message + suffix);
      }
    }
  }

  /** Returns what to add to the message, or null when it is to be held back. */
  private synchronized @Nullable String heldBackBefore(String message) {
    long now = System.nanoTime();
    Repeat repeat = repeats.get(message);
    if (repeat == null) {
      if (repeats.size() >= REMEMBERED) {
        repeats.clear();
      }
      repeat = new Repeat();
      repeat.lastNanos = now;
      repeats.put(message, repeat);
      return "";
    }
    if (now - repeat.lastNanos < REPEAT_NANOS) {
      repeat.heldBack++;
      return null;
    }
    long held = repeat.heldBack;
    repeat.heldBack = 0;
    repeat.lastNanos = now;
    return held == 0 ? "" : " (and %d times more)".formatted(held);
  }
}
