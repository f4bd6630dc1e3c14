package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/**
 * Dynptrs: 16 bytes on the program's stack that say where memory is and how large.
 *
 * <pre>
 * 0 u64 address of the memory, or of the context whose packet it is; 0: none
 * 8 u32 size   12 u32 flags: 1 read-only, 2 a ring's record, 4 skb, 8 xdp, 16..31 offset in a packet
 * </pre>
 */
public final class DynptrHelpers {
  /** DYNPTR_MAX_SIZE. */
  private static final long MAX_BYTES = (1 << 24) - 1;

  private static final long MASK = 0xffffffffL;
  private static final int READ_ONLY = 1;
  private static final int RECORD = 2;
  private static final int SKB = 4;
  private static final int XDP = 8;
  private static final int OFFSET_SHIFT = 16;

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
    if (record != 0) {
      RingHelpers.ringbufSubmit(slot, record, flags);
    }
    set(dynptr, 0, 0, 0);
  }

  public static void ringbufDiscardDynptr(CarrierSlot slot, long dynptr, long flags) {
    long record = RawMemory.getLong(dynptr);
    if (record != 0) {
      RingHelpers.ringbufDiscard(slot, record, flags);
    }
    set(dynptr, 0, 0, 0);
  }

  public static long dynptrRead(long to, long sizeBytes, long dynptr, long offset, long flags) {
    if (RawMemory.getLong(dynptr) == 0 || flags != 0) {
      return -Errno.EINVAL;
    }
    if (!isInside(dynptr, offset, sizeBytes)) {
      return -Errno.E2BIG;
    }
    long context = RawMemory.getLong(dynptr);
    long at = packetOffset(dynptr) + (offset & MASK);
    if (is(dynptr, SKB)) {
      return PacketHelpers.skbLoadBytes(context, at, to, sizeBytes);
    }
    if (is(dynptr, XDP)) {
      return PacketHelpers.xdpLoadBytes(context, at, to, sizeBytes);
    }
    RawMemory.copy(context + (offset & MASK), to, sizeBytes);
    return 0;
  }

  public static long dynptrWrite(long dynptr, long offset, long from, long sizeBytes, long flags) {
    if (RawMemory.getLong(dynptr) == 0 || is(dynptr, READ_ONLY)) {
      return -Errno.EINVAL;
    }
    if (!isInside(dynptr, offset, sizeBytes)) {
      return -Errno.E2BIG;
    }
    long context = RawMemory.getLong(dynptr);
    long at = packetOffset(dynptr) + (offset & MASK);
    if (is(dynptr, SKB)) {
      return PacketHelpers.skbStoreBytes(context, at, from, sizeBytes, flags);
    }
    if (flags != 0) {
      return -Errno.EINVAL;
    }
    if (is(dynptr, XDP)) {
      return PacketHelpers.xdpStoreBytes(context, at, from, sizeBytes);
    }
    RawMemory.copy(from, context + (offset & MASK), sizeBytes);
    return 0;
  }

  /**
   * Returns the address of {@code sizeBytes} bytes that may be written, or null; none of packets.
   */
  public static long dynptrData(long dynptr, long offset, long sizeBytes) {
    boolean denied = is(dynptr, READ_ONLY | SKB | XDP);
    return denied ? 0 : at(dynptr, offset, sizeBytes);
  }

  // ---- kfuncs -----------------------------------------------------------------------------------

  public static long dynptrFromSkb(long context, long flags, long dynptr) {
    PacketContext skb = PacketContext.SKB;
    int kind = skb.isReadOnly(context) ? SKB | READ_ONLY : SKB;
    return fromPacket(skb, context, flags, dynptr, kind);
  }

  public static long dynptrFromXdp(long context, long flags, long dynptr) {
    return fromPacket(PacketContext.XDP, context, flags, dynptr, XDP);
  }

  private static long fromPacket(
      PacketContext packet, long context, long flags, long dynptr, int kind) {
    if (flags != 0) {
      set(dynptr, 0, 0, 0);
      return -Errno.EINVAL;
    }
    set(dynptr, context, packet.dataEnd(context) - packet.data(context), kind);
    return 0;
  }

  public static long dynptrClone(long dynptr, long clone) {
    long address = RawMemory.getLong(dynptr);
    set(clone, address, address == 0 ? 0 : sizeOf(dynptr), flags(dynptr));
    return address == 0 ? -Errno.EINVAL : 0;
  }

  /** Returns the address of the bytes; memory here is in one piece, so the buffer stays unused. */
  public static long dynptrSlice(long dynptr, long offset, long buffer, long sizeBytes) {
    return at(dynptr, offset, sizeBytes);
  }

  public static long dynptrSliceRdwr(long dynptr, long offset, long buffer, long sizeBytes) {
    return is(dynptr, READ_ONLY) ? 0 : at(dynptr, offset, sizeBytes);
  }

  public static long dynptrSize(long dynptr) {
    return RawMemory.getLong(dynptr) == 0 ? -Errno.EINVAL : sizeOf(dynptr);
  }

  public static long dynptrIsNull(long dynptr) {
    return RawMemory.getLong(dynptr) == 0 ? 1 : 0;
  }

  public static long dynptrIsRdonly(long dynptr) {
    return RawMemory.getLong(dynptr) != 0 && is(dynptr, READ_ONLY) ? 1 : 0;
  }

  /** Narrows to the bytes from {@code start} to before {@code end}. */
  public static long dynptrAdjust(long dynptr, long start, long end) {
    long from = start & MASK;
    long to = end & MASK;
    long address = RawMemory.getLong(dynptr);
    if (address == 0 || from > to) {
      return -Errno.EINVAL;
    }
    if (to > sizeOf(dynptr)) {
      return -Errno.ERANGE;
    }
    boolean packet = is(dynptr, SKB | XDP);
    int flags = packet ? flags(dynptr) + ((int) from << OFFSET_SHIFT) : flags(dynptr);
    set(dynptr, packet ? address : address + from, to - from, flags);
    return 0;
  }

  /** Returns where the bytes are, or 0: not inside, or the packet has become shorter. */
  private static long at(long dynptr, long offset, long sizeBytes) {
    long address = RawMemory.getLong(dynptr);
    if (address == 0 || !isInside(dynptr, offset, sizeBytes)) {
      return 0;
    }
    if (!is(dynptr, SKB | XDP)) {
      return address + (offset & MASK);
    }
    PacketContext packet = is(dynptr, SKB) ? PacketContext.SKB : PacketContext.XDP;
    long at = packet.data(address) + packetOffset(dynptr) + (offset & MASK);
    return at + (sizeBytes & MASK) <= packet.dataEnd(address) ? at : 0;
  }

  private static boolean isInside(long dynptr, long offset, long sizeBytes) {
    long size = sizeOf(dynptr);
    long start = offset & MASK;
    return start <= size && (sizeBytes & MASK) <= size - start;
  }

  private static long packetOffset(long dynptr) {
    return is(dynptr, SKB | XDP) ? flags(dynptr) >>> OFFSET_SHIFT : 0;
  }

  private static long sizeOf(long dynptr) {
    return RawMemory.getInt(dynptr + 8) & MASK;
  }

  private static int flags(long dynptr) {
    return RawMemory.getInt(dynptr + 12);
  }

  private static boolean is(long dynptr, int anyOf) {
    return (flags(dynptr) & anyOf) != 0;
  }

  private static void set(long dynptr, long address, long sizeBytes, int flags) {
    RawMemory.putLong(dynptr, address);
    RawMemory.putInt(dynptr + 8, (int) sizeBytes);
    RawMemory.putInt(dynptr + 12, flags);
  }
}
