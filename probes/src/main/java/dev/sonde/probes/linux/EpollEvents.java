package dev.sonde.probes.linux;

import dev.sonde.vm.memory.RawMemory;

/** {@code struct epoll_event}: packed to 12 bytes on x86-64 only, else 16. */
public final class EpollEvents {
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
  public static final int SIZE_BYTES = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;
  private static final int HUNG_UP = 0x10;

  private EpollEvents() {}

  static void write(long address, int events, long data) {
    RawMemory.putInt(address, events);
    RawMemory.putLong(address + DATA, data);
  }

  /** Returns the data of event {@code index} of those at {@code eventsAddress}. */
  public static long data(long eventsAddress, int index) {
    return RawMemory.getLong(eventsAddress + (long) index * SIZE_BYTES + DATA);
  }

  /** Tells whether what event {@code index} is of has ended. */
  public static boolean hasHungUp(long eventsAddress, int index) {
    return (RawMemory.getInt(eventsAddress + (long) index * SIZE_BYTES) & HUNG_UP) != 0;
  }
}
