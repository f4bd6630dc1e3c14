package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.OwnProcess;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.stacktrace.StackSource;
import org.jspecify.annotations.Nullable;

/**
 * The event of a method probe, as helpers see it: the running thread, the clock, this thread's
 * stack. Each slot keeps one, so that an event stores two longs and no reference.
 */
final class MethodEvent implements Event {
  private static final long THREAD_ID = RawMemory.fieldOffset(Thread.class, "tid");

  private final EventSources sources;
  private long functionId;
  private long cookie;

  private MethodEvent(EventSources sources) {
    this.sources = sources;
  }

  /** Makes the slot's event that of {@code functionId}. */
  static void begin(CarrierSlot slot, EventSources sources, long functionId, long cookie) {
    MethodEvent event =
        slot.event() instanceof MethodEvent last && last.sources == sources
            ? last
            : install(slot, sources);
    event.functionId = functionId;
    event.cookie = cookie;
  }

  private static MethodEvent install(CarrierSlot slot, EventSources sources) {
    MethodEvent event = new MethodEvent(sources);
    slot.setEvent(event);
    return event;
  }

  /** The process's id and the id of the thread, virtual or not, that {@link Thread} shows. */
  @Override
  public long pidTgid() {
    return OwnProcess.pidTgid(RawMemory.getLong(Thread.currentThread(), THREAD_ID));
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
    return sources.stacks();
  }

  @Override
  public long objectSizeBytes(Object object) {
    return sources.instrumentation().getObjectSize(object);
  }

  @Override
  public @Nullable String requestContext(ContextWord word, String key) {
    return sources.requests().get(word, key);
  }
}
