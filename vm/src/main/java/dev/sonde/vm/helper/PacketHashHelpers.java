package dev.sonde.vm.helper;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.memory.RawMemory;

/**
 * The hash of a packet's flow: the same for all packets between two ports of two hosts, in this
 * direction. The kernel's is keyed at random, so no program can expect certain values.
 */
public final class PacketHashHelpers {
  private static final int HASH = 68; // of struct __sk_buff
  private static final int PROTOCOL = 16;
  private static final int IPV4 = 0x0008; // ETH_P_IP in network order
  private static final int IPV6 = 0xdd86;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private PacketHashHelpers() {}

  public static long getHashRecalc(long context) {
    PacketContext skb = PacketContext.SKB;
    if (!skb.hasHash(context)) {
      int hash = flowHash(context);
      RawMemory.putInt(context + HASH, hash == 0 ? 1 : hash); // 0 says that there is none
      skb.setHasHash(context, true);
    }
    return RawMemory.getInt(context + HASH) & 0xffffffffL;
  }

  public static long setHash(long context, long hash) {
    RawMemory.putInt(context + HASH, (int) hash);
    PacketContext.SKB.setHasHash(context, true);
    return 0;
  }

  public static void setHashInvalid(long context) {
    RawMemory.putInt(context + HASH, 0);
    PacketContext.SKB.setHasHash(context, false);
  }

  private static int flowHash(long context) {
    PacketContext skb = PacketContext.SKB;
    long header = skb.networkHeader(context);
    long end = skb.dataEnd(context);
    int protocol = RawMemory.getInt(context + PROTOCOL);
    if (protocol == IPV4 && header + 20 <= end) {
      int headerBytes = (RawMemory.getByte(header) & 0xf) * 4;
      int transport = RawMemory.getByte(header + 9) & 0xff;
      int addresses =
          mix(mix(transport, RawMemory.getInt(header + 12)), RawMemory.getInt(header + 16));
      return ports(addresses, transport, header + headerBytes, end);
    }
    if (protocol == IPV6 && header + 40 <= end) {
      int transport = RawMemory.getByte(header + 6) & 0xff;
      int addresses = transport;
      for (int i = 8; i < 40; i += 4) {
        addresses = mix(addresses, RawMemory.getInt(header + i));
      }
      return ports(addresses, transport, header + 40, end);
    }
    return mix(protocol, (int) (end - header));
  }

  private static int ports(int hash, int transport, long at, long end) {
    boolean hasPorts = (transport == TCP || transport == UDP) && at + 4 <= end;
    return hasPorts ? mix(hash, RawMemory.getInt(at)) : hash;
  }

  private static int mix(int hash, int word) {
    int mixed = (hash ^ word) * 0x9e3779b1;
    return mixed ^ mixed >>> 15;
  }
}
