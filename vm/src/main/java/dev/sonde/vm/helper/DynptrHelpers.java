package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.RingMap;
import dev.sonde.vm.memory.RawMemory;

/**
 * Dynptrs: 16 bytes on the program's stack that say where memory is and how large.
 *
 * <pre>
 * 0 u64 address of the memory, 0: none   8 u32 size   12 u32 flags: 1 read-only, 2 a ring's record
 * </pre>
 */
public final class DynptrHelpers {
  /** DYNPTR_MAX_SIZE. */
  private static final long MAX_BYTES = (1 << 24) - 1;

  private static final int READ_ONLY = 1;
  private static final int RECORD = 2;

  private DynptrHelpers() {}

  /** Makes a dynptr for a callback that may only read. */
  public static void readOnly(long dynptr, long address, long sizeBytes) {
    set(dynptr, address, sizeBytes, READ_ONLY);
  }

  public static long dynptrFromMem(long address, long sizeBytes, long flags, long dynptr) {
    if (flags != 0 || sizeBytes > MAX_BYTES) {
      set(dynptr, 0, 0, 0);
      return flags != 0 ? -Errno.EINVAL : -Errno.E2BIG;
    }
    set(dynptr, address, sizeBytes, 0);
    return 0;
  }

  public static long ringbufReserveDynptr(
      CarrierSlot slot, BpfMap map, long size, long flags, long dynptr) {
    long sizeBytes = size & 0xffffffffL;
    set(dynptr, 0, 0, 0);
    if (flags != 0) {
      return -Errno.EINVAL;
    }
    if (sizeBytes > MAX_BYTES) {
      return -Errno.E2BIG;
    }
    long record = RingHelpers.ringbufReserve(slot, map, sizeBytes, 0);
    if (record == 0) {
      return -Errno.EINVAL;
    }
    set(dynptr, record, sizeBytes, RECORD);
    return 0;
  }

  public static void ringbufSubmitDynptr(CarrierSlot slot, long dynptr, long flags) {
    long record = RawMemory.getLong(dynptr);
    if (record != 0 && MapTable.get(slot.release(record)) instanceof RingMap ring) {
      ring.submit(record, flags);
    }
    set(dynptr, 0, 0, 0);
  }

  public static void ringbufDiscardDynptr(CarrierSlot slot, long dynptr, long flags) {
    long record = RawMemory.getLong(dynptr);
    if (record != 0 && MapTable.get(slot.release(record)) instanceof RingMap ring) {
      ring.discard(record, flags);
    }
    set(dynptr, 0, 0, 0);
  }

  public static long dynptrRead(long to, long sizeBytes, long dynptr, long offset, long flags) {
    if (RawMemory.getLong(dynptr) == 0 || flags != 0) {
      return -Errno.EINVAL;
    }
    long from = at(dynptr, offset, sizeBytes);
    if (from == 0) {
      return -Errno.E2BIG;
    }
    RawMemory.copy(from, to, sizeBytes);
    return 0;
  }

  public static long dynptrWrite(long dynptr, long offset, long from, long sizeBytes, long flags) {
    if (RawMemory.getLong(dynptr) == 0 || isReadOnly(dynptr) || flags != 0) {
      return -Errno.EINVAL;
    }
    long to = at(dynptr, offset, sizeBytes);
    if (to == 0) {
      return -Errno.E2BIG;
    }
    RawMemory.copy(from, to, sizeBytes);
    return 0;
  }

  /** Returns the address of {@code sizeBytes} bytes that may be written, or null. */
  public static long dynptrData(long dynptr, long offset, long sizeBytes) {
    return isReadOnly(dynptr) ? 0 : at(dynptr, offset, sizeBytes);
  }

  // ---- kfuncs -----------------------------------------------------------------------------------

  /** Returns the address of the bytes; memory here is in one piece, so the buffer stays unused. */
  public static long dynptrSlice(long dynptr, long offset, long buffer, long sizeBytes) {
    return at(dynptr, offset, sizeBytes);
  }

  public static long dynptrSliceRdwr(long dynptr, long offset, long buffer, long sizeBytes) {
    return dynptrData(dynptr, offset, sizeBytes);
  }

  public static long dynptrSize(long dynptr) {
    return RawMemory.getLong(dynptr) == 0 ? -Errno.EINVAL : sizeOf(dynptr);
  }

  public static long dynptrIsNull(long dynptr) {
    return RawMemory.getLong(dynptr) == 0 ? 1 : 0;
  }

  public static long dynptrIsRdonly(long dynptr) {
    return RawMemory.getLong(dynptr) != 0 && isReadOnly(dynptr) ? 1 : 0;
  }

  /** Narrows to the bytes from {@code start} to before {@code end}. */
  public static long dynptrAdjust(long dynptr, long start, long end) {
    long from = start & 0xffffffffL;
    long to = end & 0xffffffffL;
    long address = RawMemory.getLong(dynptr);
    if (address == 0 || from > to) {
      return -Errno.EINVAL;
    }
    if (to > sizeOf(dynptr)) {
      return -Errno.ERANGE;
    }
    set(dynptr, address + from, to - from, RawMemory.getInt(dynptr + 12));
    return 0;
  }

  private static long at(long dynptr, long offset, long sizeBytes) {
    long address = RawMemory.getLong(dynptr);
    long start = offset & 0xffffffffL;
    long length = sizeBytes & 0xffffffffL;
    long size = sizeOf(dynptr);
    return address == 0 || start > size || length > size - start ? 0 : address + start;
  }

  private static long sizeOf(long dynptr) {
    return RawMemory.getInt(dynptr + 8) & 0xffffffffL;
  }

  private static boolean isReadOnly(long dynptr) {
    return (RawMemory.getInt(dynptr + 12) & READ_ONLY) != 0;
  }

  private static void set(long dynptr, long address, long sizeBytes, int flags) {
    RawMemory.putLong(dynptr, address);
    RawMemory.putInt(dynptr + 8, (int) sizeBytes);
    RawMemory.putInt(dynptr + 12, flags);
  }
}
