package dev.sonde.probes;

import java.util.Locale;

/**
 * Whose events a native target sees.
 *
 * @param kind what {@code id} is of
 * @param id a process's or thread's id; 0 for SYSTEM
 */
public record ProcessScope(Kind kind, int id) {
  /** One process with all its threads, one thread, or everything that runs. */
  public enum Kind {
    PROCESS,
    THREAD,
    SYSTEM
  }

  /** Every process. */
  public static final ProcessScope SYSTEM = new ProcessScope(Kind.SYSTEM, 0);

  public ProcessScope {
    if (kind != Kind.SYSTEM && id <= 0) {
      throw new IllegalArgumentException("scope: id %d, want 1 or more".formatted(id));
    }
  }

  /** This JVM. */
  public static ProcessScope own() {
    return process((int) ProcessHandle.current().pid());
  }

  public static ProcessScope process(int pid) {
    return new ProcessScope(Kind.PROCESS, pid);
  }

  public static ProcessScope thread(int tid) {
    return new ProcessScope(Kind.THREAD, tid);
  }

  /**
   * Returns the scope that {@code text} spells: {@code process} (this one), {@code system}, {@code
   * thread:TID}, {@code pid:PID} or a bare PID.
   *
   * @throws IllegalArgumentException if it spells none
   */
  public static ProcessScope parse(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (word.equals("process") || word.equals("this")) {
      return own();
    }
    if (word.equals("system") || word.equals("all")) {
      return SYSTEM;
    }
    String digits = word.substring(word.indexOf(':') + 1);
    boolean number = digits.matches("[1-9][0-9]{0,9}") && Long.parseLong(digits) < 1L << 31;
    if (number && (word.equals(digits) || word.startsWith("pid:"))) {
      return process(Integer.parseInt(digits));
    }
    if (number && (word.startsWith("thread:") || word.startsWith("tid:"))) {
      return thread(Integer.parseInt(digits));
    }
    throw new IllegalArgumentException(
        "scope: got \"%s\", want process, system, pid:PID or thread:TID".formatted(text));
  }

  @Override
  public String toString() {
    return kind == Kind.SYSTEM ? "system" : (kind == Kind.THREAD ? "thread:" : "pid:") + id;
  }
}
