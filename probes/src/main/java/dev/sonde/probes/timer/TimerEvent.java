package dev.sonde.probes.timer;

import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.OwnProcess;
import dev.sonde.vm.stacktrace.StackSource;

/** A tick, as helpers see it: this process, our thread, the clock, no stack. */
record TimerEvent(long cookie) implements Event {
  @Override
  @SuppressWarnings("deprecation") // threadId() is of JDK 19
  public long pidTgid() {
    return OwnProcess.pidTgid(Thread.currentThread().getId());
  }

  @Override
  public long timeNanos() {
    return System.nanoTime();
  }

  @Override
  public String comm() {
    return OwnProcess.comm();
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
