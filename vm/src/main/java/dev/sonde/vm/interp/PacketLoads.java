package dev.sonde.vm.interp;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.memory.RawMemory;

/**
 * Where BPF_LD_ABS and BPF_LD_IND find their bytes: big endian, by an offset from the packet's
 * start, or from a header when it is far below zero (SKF_NET_OFF, SKF_LL_OFF).
 */
public interface PacketLoads {
  int NETWORK_OFFSET = -0x100000;
  int LINK_OFFSET = -0x200000;
  int LINK_HEADER_BYTES = 14;

  /**
   * Returns the value, zero-extended, or -1 when the packet has no such bytes.
   *
   * @param context r6
   * @param sizeBytes 1, 2 or 4
   */
  long load(long context, int offset, int sizeBytes);

  /** Loads from the packet of a {@code __sk_buff} context. */
  PacketLoads OF_CONTEXT =
      (context, offset, size) -> {
        PacketContext skb = PacketContext.SKB;
        long data = skb.data(context);
        long network = skb.networkHeader(context);
        long start = offset < 0 ? skb.bufferStart(context) : data;
        long address = place(data, network, network - LINK_HEADER_BYTES, offset);
        return within(start, skb.dataEnd(context), address, size);
      };

  /** Loads from {@code sizeBytes} bytes of memory, an Ethernet frame. */
  static PacketLoads of(long start, long sizeBytes) {
    return (context, offset, size) -> {
      long address = place(start, start + LINK_HEADER_BYTES, start, offset);
      return within(start, start + sizeBytes, address, size);
    };
  }

  private static long place(long data, long network, long link, int offset) {
    if (offset >= 0) {
      return data + offset;
    }
    if (offset >= NETWORK_OFFSET) {
      return network + (offset - NETWORK_OFFSET);
    }
    return offset >= LINK_OFFSET ? link + (offset - LINK_OFFSET) : 0;
  }

  private static long within(long start, long end, long address, int size) {
    if (address == 0 || address < start || address + size > end) {
      return -1;
    }
    return switch (size) {
      case 1 -> RawMemory.getByte(address) & 0xffL;
      case 2 -> Short.reverseBytes(RawMemory.getShort(address)) & 0xffffL;
      default -> Integer.reverseBytes(RawMemory.getInt(address)) & 0xffffffffL;
    };
  }
}
