package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.stacktrace.StackSource;

/**
 * The event of a method probe, as helpers see it: the running thread, the clock, this thread's
 * stack. Each slot keeps one, so that an event stores two longs and no reference.
 */
final class MethodEvent implements Event {
  private static final long PID = ProcessHandle.current().pid() << 32;
  private static final long THREAD_ID = RawMemory.fieldOffset(Thread.class, "tid");

  private final StackSource stacks;
  private long functionId;
  private long cookie;

  private MethodEvent(StackSource stacks) {
    this.stacks = stacks;
  }

  /** Makes the slot's event that of {@code functionId}. */
  static void begin(CarrierSlot slot, StackSource stacks, long functionId, long cookie) {
    MethodEvent event =
        slot.event() instanceof MethodEvent last && last.stacks == stacks
            ? last
            : install(slot, stacks);
    event.functionId = functionId;
    event.cookie = cookie;
  }

  private static MethodEvent install(CarrierSlot slot, StackSource stacks) {
    MethodEvent event = new MethodEvent(stacks);
    slot.setEvent(event);
    return event;
  }

  /** The process's id and the id of the thread, virtual or not, that {@link Thread} shows. */
  @Override
  public long pidTgid() {
    return PID | RawMemory.getLong(Thread.currentThread(), THREAD_ID) & 0xffff_ffffL;
  }

  @Override
  public long timeNanos() {
    return System.nanoTime(); // CLOCK_MONOTONIC on Linux
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
    return functionId;
  }

  @Override
  public StackSource stackSource() {
    return stacks;
  }
}
