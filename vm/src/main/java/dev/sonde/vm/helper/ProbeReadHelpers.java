package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.MemorySource;
import dev.sonde.vm.memory.RawMemory;

/**
 * Reads of memory that may not be there. "User" is the memory of the event's process, "kernel" that
 * of this one: programs keep no kernel pointers here, but addresses of maps and of their stack.
 */
public final class ProbeReadHelpers {
  private static final int PAGE_BYTES = 4096;

  private ProbeReadHelpers() {}

  public static long probeRead(CarrierSlot slot, long to, long size, long from) {
    return read(user(slot), to, size, from);
  }

  public static long probeReadUser(CarrierSlot slot, long to, long size, long from) {
    return read(user(slot), to, size, from);
  }

  public static long probeReadKernel(CarrierSlot slot, long to, long size, long from) {
    return read(slot.selfMemory(), to, size, from);
  }

  public static long copyFromUser(CarrierSlot slot, long to, long size, long from) {
    return read(user(slot), to, size, from);
  }

  public static long probeReadStr(CarrierSlot slot, long to, long size, long from) {
    return readString(user(slot), to, size, from);
  }

  public static long probeReadUserStr(CarrierSlot slot, long to, long size, long from) {
    return readString(user(slot), to, size, from);
  }

  public static long probeReadKernelStr(CarrierSlot slot, long to, long size, long from) {
    return readString(slot.selfMemory(), to, size, from);
  }

  private static MemorySource user(CarrierSlot slot) {
    Event event = slot.event();
    MemorySource source = event == null ? null : event.userMemory();
    return source == null ? slot.selfMemory() : source;
  }

  private static long read(MemorySource source, long to, long size, long from) {
    if (size == 0 || source.read(from, to, (int) size)) {
      return 0;
    }
    return fault(to, size);
  }

  /** Copies up to the NUL or to {@code size - 1} bytes; returns the length with the NUL. */
  private static long readString(MemorySource source, long to, long size, long from) {
    long done = 0;
    while (done < size) {
      long toPageEnd = PAGE_BYTES - (from + done & PAGE_BYTES - 1);
      int count = (int) Math.min(toPageEnd, Math.min(256, size - done));
      if (!source.read(from + done, to + done, count)) {
        return fault(to, size);
      }
      for (int i = 0; i < count; i++) {
        if (RawMemory.getByte(to + done + i) == 0) {
          return done + i + 1;
        }
      }
      done += count;
    }
    if (size > 0) {
      RawMemory.putByte(to + size - 1, (byte) 0);
    }
    return size;
  }

  /** The program gets zeros, never what was there before. */
  private static long fault(long to, long size) {
    RawMemory.fill(to, size, (byte) 0);
    return -Errno.EFAULT;
  }
}
