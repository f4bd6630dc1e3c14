package dev.sonde.vm.context;

/**
 * {@code Thread.stop}, which throws into a thread wherever it is: within a program, too. That is
 * the application's exception, and who swallows it has a thread live on that somebody waits for.
 */
public final class ThreadStop {
  /** Since 20 nothing can be thrown into a thread. */
  private static final boolean POSSIBLE = Runtime.version().feature() < 20;

  private ThreadStop() {}

  /** Tells whether this JVM can throw into a thread at all. */
  public static boolean isPossible() {
    return POSSIBLE;
  }

  /** Throws {@code what} if it stops the thread; else returns. */
  public static void passOn(Throwable what) {
    if (POSSIBLE && what instanceof ThreadDeath death) {
      throw death;
    }
  }
}
