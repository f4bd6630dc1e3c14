package dev.sonde.vm.context;

/**
 * Threads of ours in the application's JVM: daemons that keep none of its class loaders alive, take
 * over no thread-local values, and whose work is no event ({@link CarrierSlots#inOwnWork}).
 */
public final class OwnThreads {
  private OwnThreads() {}

  /** Returns a thread that does {@code work} once it is started. */
  public static Thread make(String name, Runnable work) {
    Runnable own =
        () -> {
          CarrierSlots.beginOwnWork();
          work.run();
        };
    Thread thread = new Thread(null, own, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    return thread;
  }

  /** Returns a thread that does {@code work} from now on. */
  public static Thread start(String name, Runnable work) {
    Thread thread = make(name, work);
    thread.start();
    return thread;
  }

  /** Returns once {@code thread} has ended; an interrupt meanwhile is kept for the caller. */
  public static void awaitEnd(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
