package dev.sonde.probes.hotspot;

import dev.sonde.probes.unwind.TargetMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Typed reads of a JVM's memory, by pages that are kept until {@link #forget}. What is not there
 * ends in an {@link UnreadableException}.
 */
final class TargetView {
  private static final int PAGE_BYTES = 4096;
  private static final int MAX_PAGES = 4096;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] NO_PAGE = new byte[0];

  /** Memory that the JVM does not have: what pointed to it is stale, or never was a pointer. */
  static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(long address) {
      super("no memory at 0x" + Long.toHexString(address), null, false, false);
    }
  }

  private final TargetMemory memory;
  private final Map<Long, byte[]> pages = new HashMap<>();
  private long latestNumber = -1; // most reads are of the page of the one before
  private byte[] latest = NO_PAGE;

  TargetView(TargetMemory memory) {
    this.memory = memory;
  }

  /** Forgets what was read: the JVM may have changed it. */
  void forget() {
    pages.clear();
    latestNumber = -1;
  }

  /** Reads the pages of the addresses at once; those that cannot be read are left for later. */
  void readAhead(long[] addresses) {
    long[] starts = new long[addresses.length];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = addresses[i] & -PAGE_BYTES;
    }
    List<byte[]> copies = memory.readMany(starts, PAGE_BYTES);
    for (int i = 0; i < copies.size(); i++) {
      pages.put(starts[i] >>> 12, copies.get(i));
    }
  }

  byte[] bytes(long address, int length) {
    byte[] copy = length < 0 ? null : memory.read(address, length);
    if (copy == null) {
      throw new UnreadableException(address);
    }
    return copy;
  }

  int u8(long address) {
    return page(address)[(int) address & PAGE_BYTES - 1] & 0xff;
  }

  int u16(long address) {
    return u8(address) | u8(address + 1) << 8;
  }

  int i32(long address) {
    int at = (int) address & PAGE_BYTES - 1;
    return at <= PAGE_BYTES - 4
        ? (int) INT.get(page(address), at)
        : u16(address) | u16(address + 2) << 16;
  }

  long i64(long address) {
    int at = (int) address & PAGE_BYTES - 1;
    return at <= PAGE_BYTES - 8
        ? (long) LONG.get(page(address), at)
        : i32(address) & 0xffff_ffffL | (long) i32(address + 4) << 32;
  }

  /** Reads a NUL-terminated string of at most 256 bytes. */
  String text(long address) {
    if (address == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 256; i++) {
      int c = u8(address + i);
      if (c == 0) {
        break;
      }
      text.append((char) c);
    }
    return text.toString();
  }

  String utf8(long address, int length) {
    return new String(bytes(address, length), StandardCharsets.UTF_8);
  }

  private byte[] page(long address) {
    long number = address >>> 12;
    if (number == latestNumber) {
      return latest;
    }
    byte[] page = pages.get(number);
    if (page == null) {
      page = bytes(number << 12, PAGE_BYTES);
      if (pages.size() == MAX_PAGES) {
        pages.clear();
      }
      pages.put(number, page);
    }
    latestNumber = number;
    latest = page;
    return page;
  }
}
