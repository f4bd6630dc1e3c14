package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** Numbers from text, text from numbers, and comparing strings. */
public final class StringHelpers {
  private static final long BASE_MASK = 0x1f;
  private static final int MAX_VALUES = 12; // MAX_BPRINTF_VARARGS
  private static final int MAX_FORMAT = 4096;

  private StringHelpers() {}

  /** Returns how many bytes made the number, or -EINVAL, -ERANGE; a number is always written. */
  public static long strtol(long text, long sizeBytes, long flags, long toAddress) {
    RawMemory.putLong(toAddress, 0);
    NumberText number = NumberText.parse(text, sizeBytes, flags & BASE_MASK);
    if ((flags & ~BASE_MASK) != 0 || number == null) {
      return -Errno.EINVAL;
    }
    boolean tooSmall = number.negative() && -number.magnitude() > 0;
    boolean tooLarge = !number.negative() && number.magnitude() < 0;
    if (number.overflow() || tooSmall || tooLarge) {
      return -Errno.ERANGE;
    }
    RawMemory.putLong(toAddress, number.negative() ? -number.magnitude() : number.magnitude());
    return number.consumedBytes();
  }

  /** As {@link #strtol}, but a minus is -EINVAL. */
  public static long strtoul(long text, long sizeBytes, long flags, long toAddress) {
    RawMemory.putLong(toAddress, 0);
    NumberText number = NumberText.parse(text, sizeBytes, flags & BASE_MASK);
    if ((flags & ~BASE_MASK) != 0 || number == null) {
      return -Errno.EINVAL;
    }
    if (number.overflow() || number.negative()) {
      return number.overflow() ? -Errno.ERANGE : -Errno.EINVAL;
    }
    RawMemory.putLong(toAddress, number.magnitude());
    return number.consumedBytes();
  }

  public static long strncmp(long first, long sizeBytes, long second) {
    for (long i = 0; i < sizeBytes; i++) {
      int a = RawMemory.getByte(first + i) & 0xff;
      int b = RawMemory.getByte(second + i) & 0xff;
      if (a != b) {
        return a < b ? -1 : 1;
      }
      if (a == 0) {
        return 0;
      }
    }
    return 0;
  }

  /**
   * Formats at most 12 values of 8 bytes; returns the length that the whole text has with its NUL,
   * which may be more than was written.
   */
  public static long snprintf(
      CarrierSlot slot, long toAddress, long roomBytes, long format, long data, long dataBytes) {
    long[] values = values(data, dataBytes);
    if (values == null) {
      return -Errno.EINVAL;
    }
    StringBuilder text = new StringBuilder();
    int used = PrintFormat.format(terminated(format), values, PrintHelpers.strings(slot), text);
    if (used < 0) {
      return used;
    }
    if (roomBytes > 0) {
      int length = Utf8.write(text, toAddress, (int) roomBytes - 1);
      RawMemory.putByte(toAddress + length, (byte) 0);
    }
    return text.length() + 1;
  }

  /** Prints to the trace pipe, as bpf_trace_printk, with up to 12 values. */
  public static long traceVprintk(
      CarrierSlot slot, long format, long formatBytes, long data, long dataBytes) {
    long[] values = values(data, dataBytes);
    return values == null
        ? -Errno.EINVAL
        : PrintHelpers.print(slot, PrintFormat.copy(format, formatBytes), values);
  }

  private static long @org.jspecify.annotations.Nullable [] values(long data, long dataBytes) {
    if (dataBytes % 8 != 0 || dataBytes > 8 * MAX_VALUES || dataBytes != 0 && data == 0) {
      return null;
    }
    long[] values = new long[(int) dataBytes / 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = RawMemory.getLong(data + 8L * i);
    }
    return values;
  }

  private static byte[] terminated(long address) {
    int length = 0;
    while (length < MAX_FORMAT && RawMemory.getByte(address + length) != 0) {
      length++;
    }
    return RawMemory.read(address, length + 1);
  }
}
