package dev.sonde.probes.timer;

import dev.sonde.vm.context.Event;
import dev.sonde.vm.stacktrace.StackSource;

/** A tick, as helpers see it: this process, our thread, the clock, no stack. */
record TimerEvent(long cookie) implements Event {
  private static final long PID = ProcessHandle.current().pid() << 32;

  @Override
  @SuppressWarnings("deprecation") // threadId() is of JDK 19
  public long pidTgid() {
    return PID | Thread.currentThread().getId() & 0xffff_ffffL;
  }

  @Override
  public long timeNanos() {
    return System.nanoTime();
  }

  @Override
  public String comm() {
    return Thread.currentThread().getName();
  }

  @Override
  public long attachCookie() {
    return cookie;
  }

  @Override
  public long functionId() {
    return 0;
  }

  @Override
  public StackSource stackSource() {
    return StackSource.NONE;
  }
}
