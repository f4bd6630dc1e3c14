package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.OwnProcess;
import dev.sonde.vm.memory.RawMemory;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Text from programs: the trace pipe and snprintf. These allocate; a program that prints is being
 * debugged.
 */
public final class PrintHelpers {
  /** The kernel's BPF_TRACE_PRINTK_SIZE. */
  private static final int MAX_LINE = 1024;

  private PrintHelpers() {}

  /** Prints at most three values; returns the length of the text with its NUL. */
  public static long tracePrintk(
      CarrierSlot slot, long format, long formatBytes, long first, long second, long third) {
    return print(slot, PrintFormat.copy(format, formatBytes), new long[] {first, second, third});
  }

  static long print(CarrierSlot slot, byte[] format, long[] values) {
    StringBuilder text = new StringBuilder();
    int used = PrintFormat.format(format, values, strings(slot), text);
    if (used < 0) {
      return used;
    }
    text.setLength(Math.min(text.length(), MAX_LINE - 1));
    TracePipe.PROCESS.write(line(slot, text));
    return text.length() + 1;
  }

  /**
   * Lays the line out as the kernel's: {@code comm-pid [cpu] ..... seconds: bpf_trace_printk: }.
   */
  private static String line(CarrierSlot slot, CharSequence text) {
    Event event = slot.event();
    String comm = event == null ? OwnProcess.comm() : event.comm();
    long pid = TaskHelpers.getCurrentPidTgid(slot) & 0xffffffffL;
    double seconds = TimeHelpers.ktimeGetNs(slot) / 1e9;
    return String.format(
        Locale.ROOT,
        "%16.16s-%-7d [%03d] ..... %12.6f: bpf_trace_printk: %s",
        comm,
        pid,
        slot.index(),
        seconds,
        text);
  }

  static PrintFormat.StringReader strings(CarrierSlot slot) {
    return (address, limit) -> read(slot, address, limit);
  }

  /** A negative limit asks for exactly that many bytes, a positive one for a string. */
  private static byte @Nullable [] read(CarrierSlot slot, long address, int limit) {
    int size = Math.abs(limit);
    long buffer = RawMemory.allocateZeroed(size);
    try {
      long got =
          limit < 0
              ? ProbeReadHelpers.probeRead(slot, buffer, size, address)
              : ProbeReadHelpers.probeReadStr(slot, buffer, size, address);
      if (got < 0) {
        return null;
      }
      byte[] bytes = RawMemory.read(buffer, size);
      return limit < 0 ? bytes : Arrays.copyOf(bytes, (int) Math.max(0, got - 1));
    } finally {
      RawMemory.free(buffer);
    }
  }
}
