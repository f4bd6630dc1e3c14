package dev.sonde.vm.helper;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** What programs may do with the packet of a {@code __sk_buff} or {@code xdp_md} context. */
public final class PacketHelpers {
  private static final int ETHERNET_HEADER_BYTES = 14;
  private static final long MAX_OFFSET = 0xffff;
  private static final int MAX_META_BYTES = 255;
  private static final int XDP_FRAME_BYTES = 40;
  private static final long STORE_FLAGS = 3; // BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH
  private static final int START_MAC = 0;
  private static final int START_NET = 1;

  // struct __sk_buff
  private static final int LEN = 0;
  private static final int PKT_TYPE = 4;
  private static final int OTHER_HOST = 3;

  /** What the loopback device takes: 65,536 bytes and an Ethernet header. */
  private static final int MAX_SKB_BYTES = 65_536 + ETHERNET_HEADER_BYTES;

  private PacketHelpers() {}

  public static long skbLoadBytes(long context, long offset, long to, long sizeBytes) {
    PacketContext skb = PacketContext.SKB;
    return load(skb.data(context), skb.dataEnd(context), offset, to, sizeBytes);
  }

  public static long skbLoadBytesRelative(
      long context, long offset, long to, long sizeBytes, long start) {
    PacketContext skb = PacketContext.SKB;
    long network = skb.networkHeader(context);
    if (start != START_MAC && start != START_NET) {
      return fault(to, sizeBytes);
    }
    long from = start == START_NET ? network : network - ETHERNET_HEADER_BYTES;
    return load(from, skb.dataEnd(context), offset, to, sizeBytes);
  }

  /** Leaves {@code to} as it is when it fails, as the kernel does. */
  public static long xdpLoadBytes(long context, long offset, long to, long sizeBytes) {
    long error = checkXdp(context, offset, sizeBytes);
    if (error == 0) {
      RawMemory.copy(PacketContext.XDP.data(context) + (offset & 0xffffffffL), to, sizeBytes);
    }
    return error;
  }

  public static long xdpStoreBytes(long context, long offset, long from, long sizeBytes) {
    long error = checkXdp(context, offset, sizeBytes);
    if (error == 0) {
      RawMemory.copy(from, PacketContext.XDP.data(context) + (offset & 0xffffffffL), sizeBytes);
    }
    return error;
  }

  private static long checkXdp(long context, long offset, long sizeBytes) {
    PacketContext xdp = PacketContext.XDP;
    if ((offset & 0xffffffffL) > MAX_OFFSET) {
      return -Errno.EFAULT;
    }
    boolean inside = within(xdp.data(context), xdp.dataEnd(context), offset, sizeBytes);
    return inside ? 0 : -Errno.EINVAL;
  }

  public static long xdpGetBuffLen(long context) {
    return PacketContext.XDP.dataEnd(context) - PacketContext.XDP.data(context);
  }

  /** The hash and the checksum that the flags speak of do not exist here. */
  public static long skbStoreBytes(
      long context, long offset, long from, long sizeBytes, long flags) {
    PacketContext skb = PacketContext.SKB;
    if ((flags & ~STORE_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    if (!within(skb.data(context), skb.dataEnd(context), offset, sizeBytes)) {
      return -Errno.EFAULT;
    }
    RawMemory.copy(from, skb.data(context) + (offset & 0xffffffffL), sizeBytes);
    return 0;
  }

  /** A packet is always in one piece here; more than there is cannot be pulled. */
  public static long skbPullData(long context, long sizeBytes) {
    long length = PacketContext.SKB.dataEnd(context) - PacketContext.SKB.data(context);
    return (sizeBytes & 0xffffffffL) > length ? -Errno.ENOMEM : 0;
  }

  /** Says for whom the packet is: 0 host, 1 broadcast, 2 multicast, 3 somebody else. */
  public static long skbChangeType(long context, long type) {
    boolean known = (type & 0xffffffffL) <= OTHER_HOST;
    if (!known || RawMemory.getInt(context + PKT_TYPE) > OTHER_HOST) {
      return -Errno.EINVAL;
    }
    RawMemory.putInt(context + PKT_TYPE, (int) type);
    return 0;
  }

  /** Cuts the packet's end off, or adds zeros there. */
  public static long skbChangeTail(long context, long newLength, long flags) {
    PacketContext skb = PacketContext.SKB;
    long length = newLength & 0xffffffffL;
    long data = skb.data(context);
    long least = skb.networkHeader(context) - data;
    if (flags != 0 || length < least || length > MAX_SKB_BYTES) {
      return -Errno.EINVAL;
    }
    long end = skb.dataEnd(context);
    if (data + length > skb.bufferEnd(context)) {
      return -Errno.ENOMEM;
    }
    if (data + length > end) {
      RawMemory.fill(end, data + length - end, (byte) 0);
    }
    skb.setDataEnd(context, data + length);
    RawMemory.putInt(context + LEN, (int) length);
    return 0;
  }

  /** Adds {@code headroom} zeros before the packet's first byte. */
  public static long skbChangeHead(long context, long headroom, long flags) {
    PacketContext skb = PacketContext.SKB;
    int more = (int) headroom;
    long length = skb.dataEnd(context) - skb.data(context) + more;
    if (flags != 0 || more < 0 || length > MAX_SKB_BYTES) {
      return -Errno.EINVAL;
    }
    long data = skb.data(context) - more;
    if (data < skb.bufferStart(context)) {
      return -Errno.ENOMEM;
    }
    RawMemory.fill(data, more, (byte) 0);
    skb.setData(context, data);
    skb.setDataMeta(context, data);
    RawMemory.putInt(context + LEN, (int) length);
    return 0;
  }

  public static long xdpAdjustHead(long context, long delta) {
    PacketContext xdp = PacketContext.XDP;
    long meta = xdp.dataMeta(context);
    long metaBytes = xdp.data(context) - meta;
    long data = xdp.data(context) + (int) delta;
    boolean fits =
        data >= xdp.bufferStart(context) + XDP_FRAME_BYTES + metaBytes
            && data <= xdp.dataEnd(context) - ETHERNET_HEADER_BYTES;
    if (!fits) {
      return -Errno.EINVAL;
    }
    RawMemory.copy(meta, meta + (int) delta, metaBytes);
    xdp.setDataMeta(context, meta + (int) delta);
    xdp.setData(context, data);
    return 0;
  }

  public static long xdpAdjustTail(long context, long delta) {
    PacketContext xdp = PacketContext.XDP;
    long end = xdp.dataEnd(context) + (int) delta;
    if (end > xdp.bufferEnd(context) || end < xdp.data(context) + ETHERNET_HEADER_BYTES) {
      return -Errno.EINVAL;
    }
    if ((int) delta > 0) {
      RawMemory.fill(xdp.dataEnd(context), (int) delta, (byte) 0);
    }
    xdp.setDataEnd(context, end);
    return 0;
  }

  public static long xdpAdjustMeta(long context, long delta) {
    PacketContext xdp = PacketContext.XDP;
    long meta = xdp.dataMeta(context) + (int) delta;
    long data = xdp.data(context);
    if (meta < xdp.bufferStart(context) + XDP_FRAME_BYTES || meta > data) {
      return -Errno.EINVAL;
    }
    if ((data - meta & 3) != 0 || data - meta > MAX_META_BYTES) {
      return -Errno.EACCES;
    }
    xdp.setDataMeta(context, meta);
    return 0;
  }

  private static long load(long start, long end, long offset, long to, long sizeBytes) {
    if (!within(start, end, offset, sizeBytes)) {
      return fault(to, sizeBytes);
    }
    RawMemory.copy(start + (offset & 0xffffffffL), to, sizeBytes);
    return 0;
  }

  private static boolean within(long start, long end, long offset, long sizeBytes) {
    long at = offset & 0xffffffffL; // a u32
    return at <= MAX_OFFSET && at + sizeBytes <= end - start;
  }

  private static long fault(long to, long sizeBytes) {
    RawMemory.fill(to, sizeBytes, (byte) 0);
    return -Errno.EFAULT;
  }
}
