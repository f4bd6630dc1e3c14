package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What programs may ask of the running thread, its request and the heap. Of an event that comes as
 * a record (native probes, JFR), the running thread is Sonde's: these are for method probes.
 */
public final class JavaThreadKfuncs {
  private static final @Nullable Class<?> VIRTUAL = virtualThreads();

  private JavaThreadKfuncs() {}

  /** Writes the whole name of the thread; bpf_get_current_comm has 15 bytes of it. */
  public static long sondeJavaThreadName(long toAddress, long sizeBytes) {
    return JavaKfuncs.string(Thread.currentThread().getName(), toAddress, sizeBytes);
  }

  /** Returns 1 in a virtual thread, else 0. */
  public static long sondeJavaThreadIsVirtual() {
    return VIRTUAL != null && VIRTUAL.isInstance(Thread.currentThread()) ? 1 : 0;
  }

  /** Returns the id of the platform thread that carries this one, or of this one itself. */
  public static long sondeJavaCarrierId() {
    return CarrierSlots.carrierId();
  }

  /**
   * Returns the kernel's id of the thread, or of the carrier of a virtual one: what
   * bpf_get_current_pid_tgid answers in a native probe; -1 where there is no procfs.
   */
  public static long sondeOsThreadId(CarrierSlot slot) {
    return slot.osThreadId();
  }

  /** Returns the bytes of heap in use, garbage included. */
  public static long sondeJavaHeapUsed() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Writes the OpenTelemetry trace id of the running request, 32 hex digits, or "". */
  public static long sondeTraceId(CarrierSlot slot, long toAddress, long sizeBytes) {
    return word(slot, Event.ContextWord.TRACE_ID, "", toAddress, sizeBytes);
  }

  /** Writes the OpenTelemetry span id of the running request, 16 hex digits, or "". */
  public static long sondeSpanId(CarrierSlot slot, long toAddress, long sizeBytes) {
    return word(slot, Event.ContextWord.SPAN_ID, "", toAddress, sizeBytes);
  }

  /** Writes a value of SLF4J's MDC, or ""; {@code keyAddress} is a constant string. */
  public static long sondeMdc(CarrierSlot slot, long keyAddress, long toAddress, long sizeBytes) {
    int length = 0;
    while (length < 128 && RawMemory.getByte(keyAddress + length) != 0) {
      length++;
    }
    String key = new String(RawMemory.read(keyAddress, length), StandardCharsets.UTF_8);
    return word(slot, Event.ContextWord.MDC, key, toAddress, sizeBytes);
  }

  private static long word(
      CarrierSlot slot, Event.ContextWord word, String key, long toAddress, long sizeBytes) {
    Event event = slot.event();
    String value = event == null ? null : event.requestContext(word, key);
    return JavaKfuncs.string(value == null ? "" : value, toAddress, sizeBytes);
  }

  private static @Nullable Class<?> virtualThreads() {
    try {
      return Class.forName("java.lang.BaseVirtualThread");
    } catch (ClassNotFoundException before21) {
      return null;
    }
  }
}
