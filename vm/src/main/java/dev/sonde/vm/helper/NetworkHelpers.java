package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.RedirectMap;
import dev.sonde.vm.memory.RawMemory;

/**
 * What the kernel's network stack answers to programs on packets, on a machine that has no device,
 * route, tunnel or socket but the packet at hand. A redirect gives the action that asks for it;
 * nobody carries it out.
 */
public final class NetworkHelpers {
  private static final long INGRESS = 1;
  private static final int XDP_ABORTED = 0;
  private static final long XDP_ACTIONS = 3; // what bpf_redirect_map may be told to answer
  private static final long BROADCAST = 1 << 3;
  private static final long EXCLUDE_INGRESS = 1 << 4;
  private static final int TC_SHOT = 2;
  private static final int OVERFLOW_UID = 65_534;
  private static final int INIT_NETNS_COOKIE = 1;
  private static final int FIB_LOOKUP_BYTES = 64;
  private static final int CONGESTED = 3; // INET_ECN_CE
  private static final int IPV4 = 0x0008; // ETH_P_IP in network order
  private static final int IPV6 = 0xdd86;
  private static final int IPV4_BYTES = 20;
  private static final int IPV4_CHECKSUM = 10;
  private static final int IPV6_BYTES = 40;
  private static final int PROTOCOL = 16; // of struct __sk_buff
  private static final int VLAN_PRESENT = 20;
  private static final int VLAN_TCI = 24;
  private static final int VLAN_PROTO = 28;
  private static final int TSTAMP = 152;
  private static final int TSTAMP_TYPE = 180;
  private static final int MAC_BYTES = 12;
  private static final int TAG_BYTES = 4;
  private static final int VLAN = 0x0081; // ETH_P_8021Q in network order
  private static final int PROVIDER_VLAN = 0xa888;

  private NetworkHelpers() {}

  public static long cloneRedirect(long context, long ifindex, long flags) {
    return -Errno.EINVAL; // there is no device of any index
  }

  public static long redirect(CarrierSlot slot, long ifindex, long flags) {
    boolean known =
        (flags & ~(slot.redirectAction() == CarrierSlot.TC_REDIRECT ? INGRESS : 0)) == 0;
    int refused = slot.redirectAction() == CarrierSlot.TC_REDIRECT ? TC_SHOT : 0;
    return known ? slot.redirectAction() : refused;
  }

  /**
   * The action that redirects if the map has the element, else the one that the low bits of {@code
   * flags} say; to all of a device map at once by BPF_F_BROADCAST.
   */
  public static long redirectMap(CarrierSlot slot, BpfMap map, long key, long flags) {
    if (!(map instanceof RedirectMap targets)) {
      return XDP_ABORTED;
    }
    long allowed = XDP_ACTIONS | (targets.isOfDevices() ? BROADCAST | EXCLUDE_INGRESS : 0);
    if ((flags & ~allowed) != 0) {
      return XDP_ABORTED;
    }
    boolean redirects = (flags & BROADCAST) != 0 || targets.contains(slot.index(), (int) key);
    return redirects ? CarrierSlot.XDP_REDIRECT : flags & XDP_ACTIONS;
  }

  public static long redirectNeigh(long ifindex, long neighbour, long sizeBytes, long flags) {
    return flags != 0 ? TC_SHOT : CarrierSlot.TC_REDIRECT;
  }

  public static long redirectPeer(long ifindex, long flags) {
    return flags != 0 ? TC_SHOT : CarrierSlot.TC_REDIRECT;
  }

  public static long fibLookup(long context, long parameters, long sizeBytes, long flags) {
    return sizeBytes < FIB_LOOKUP_BYTES ? -Errno.EINVAL : -Errno.ENODEV;
  }

  public static long checkMtu(long context, long ifindex, long mtu, long delta, long flags) {
    return -Errno.ENODEV;
  }

  public static long skbGetTunnelKey(long context, long to, long sizeBytes, long flags) {
    RawMemory.fill(to, sizeBytes, (byte) 0);
    return -Errno.EINVAL;
  }

  public static long skbSetTunnelKey(long context, long from, long sizeBytes, long flags) {
    return -Errno.EINVAL;
  }

  public static long skbGetTunnelOpt(long context, long to, long sizeBytes) {
    RawMemory.fill(to, sizeBytes, (byte) 0);
    return -Errno.ENOENT;
  }

  public static long skbSetTunnelOpt(long context, long from, long sizeBytes) {
    return -Errno.EINVAL;
  }

  public static long skbGetXfrmState(
      long context, long index, long to, long sizeBytes, long flags) {
    RawMemory.fill(to, sizeBytes, (byte) 0);
    return -Errno.EINVAL;
  }

  /** Headers of other protocols are not translated here. */
  public static long skbChangeProto(long context, long protocol, long flags) {
    return -Errno.ENOTSUPP;
  }

  public static long skbAdjustRoom(long context, long delta, long mode, long flags) {
    return -Errno.ENOTSUPP;
  }

  public static long getRouteRealm(long context) {
    return 0;
  }

  public static long getCgroupClassid(long context) {
    return 0;
  }

  public static long skbCgroupClassid(long context) {
    return 0;
  }

  public static long skbCgroupId(long context) {
    return 0;
  }

  public static long skbAncestorCgroupId(long context, long level) {
    return 0;
  }

  public static long skbUnderCgroup(long context, BpfMap map, long index) {
    return -Errno.ENOENT;
  }

  public static long getSocketCookie(long context) {
    return 0;
  }

  public static long getSocketUid(long context) {
    return OVERFLOW_UID;
  }

  public static long getNetnsCookie(long context) {
    return INIT_NETNS_COOKIE;
  }

  /** The tag goes beside the packet, where a device would put it; there is room for one. */
  public static long skbVlanPush(long context, long protocol, long tci) {
    if (RawMemory.getInt(context + VLAN_PRESENT) != 0) {
      return -Errno.ENOMEM;
    }
    int given = (int) protocol & 0xffff;
    RawMemory.putInt(context + VLAN_PRESENT, 1);
    RawMemory.putInt(context + VLAN_TCI, (int) tci & 0xffff);
    RawMemory.putInt(context + VLAN_PROTO, given == PROVIDER_VLAN ? given : VLAN);
    return 0;
  }

  /** Takes the tag from beside the packet, else from its header. */
  public static long skbVlanPop(long context) {
    if (RawMemory.getInt(context + VLAN_PRESENT) != 0) {
      RawMemory.putInt(context + VLAN_PRESENT, 0);
      RawMemory.putInt(context + VLAN_TCI, 0);
      RawMemory.putInt(context + VLAN_PROTO, 0);
      return 0;
    }
    PacketContext skb = PacketContext.SKB;
    long data = skb.data(context);
    if (skb.dataEnd(context) - data < MAC_BYTES + 2 + TAG_BYTES) {
      return 0;
    }
    int type = RawMemory.getShort(data + MAC_BYTES) & 0xffff;
    if (type == VLAN || type == PROVIDER_VLAN) {
      RawMemory.copy(data, data + TAG_BYTES, MAC_BYTES);
      skb.setData(context, data + TAG_BYTES);
      RawMemory.putInt(context, RawMemory.getInt(context) - TAG_BYTES); // len
    }
    return 0;
  }

  public static long skbSetTstamp(long context, long nanos, long type) {
    boolean valid = type == 0 ? nanos == 0 : (type == 1 || type == 2) && nanos != 0;
    if (!valid) {
      return -Errno.EINVAL;
    }
    RawMemory.putLong(context + TSTAMP, nanos);
    RawMemory.putByte(context + TSTAMP_TYPE, (byte) type);
    return 0;
  }

  /**
   * Marks a packet of a connection that understands it as one that met congestion (RFC 3168).
   * Returns 1 if it is marked now, 0 if its sender knows no such mark.
   */
  public static long skbEcnSetCe(long context) {
    PacketContext skb = PacketContext.SKB;
    long header = skb.networkHeader(context);
    int protocol = RawMemory.getInt(context + PROTOCOL) & 0xffff;
    boolean ipv4 = protocol == IPV4;
    int headerBytes = ipv4 ? IPV4_BYTES : IPV6_BYTES;
    if (!ipv4 && protocol != IPV6 || header + headerBytes > skb.dataEnd(context)) {
      return 0;
    }
    int shift = ipv4 ? 0 : 4; // the second byte has the mark below or above
    int before = RawMemory.getByte(header + 1);
    int mark = before >> shift & CONGESTED;
    if (mark == 0 || mark == CONGESTED) {
      return mark == 0 ? 0 : 1;
    }
    int word = RawMemory.getShort(header) & 0xffff;
    RawMemory.putByte(header + 1, (byte) (before | CONGESTED << shift));
    if (ipv4) {
      int marked = RawMemory.getShort(header) & 0xffff;
      ChecksumHelpers.replaceWord(header + IPV4_CHECKSUM, word, marked);
    }
    return 1;
  }
}
