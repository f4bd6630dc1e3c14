package dev.sonde.agent.quiet;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for {@code java.util.logging.Logger}: the methods that libraries in our jar call.
 * Silent but for {@code -Dsonde.libraries.log=true}, which shows warnings on stderr: what matters
 * to users (a receiver that is down) the exporters say themselves, once and with a way out.
 */
public final class Logger {
  private static final boolean SHOWN = Boolean.getBoolean("sonde.libraries.log");

  private final String name;

  private Logger(String name) {
    this.name = name;
  }

  public static Logger getLogger(String name) {
    return new Logger(name);
  }

  public String getName() {
    return name;
  }

  public boolean isLoggable(Level level) {
    return SHOWN && level.intValue() >= Level.WARNING.intValue();
  }

  public void log(Level level, @Nullable String message) {
    if (isLoggable(level)) {
      System.err.println("sonde: " + name + ": " + message);
    }
  }

  public void log(Level level, @Nullable String message, @Nullable Object parameter) {
    log(level, message + " [" + parameter + "]");
  }

  public void log(Level level, @Nullable String message, @Nullable Object[] parameters) {
    log(level, message + " " + Arrays.toString(parameters));
  }

  public void log(Level level, @Nullable String message, @Nullable Throwable failure) {
    log(level, message + ": " + failure);
  }

  public void severe(@Nullable String message) {
    log(Level.SEVERE, message);
  }

  public void warning(@Nullable String message) {
    log(Level.WARNING, message);
  }

  public void info(@Nullable String message) {
    log(Level.INFO, message);
  }

  public void fine(@Nullable String message) {
    log(Level.FINE, message);
  }

  public void finer(@Nullable String message) {
    log(Level.FINER, message);
  }

  public void finest(@Nullable String message) {
    log(Level.FINEST, message);
  }
}
