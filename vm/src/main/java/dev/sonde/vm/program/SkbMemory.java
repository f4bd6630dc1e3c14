package dev.sonde.vm.program;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * {@code struct __sk_buff} and its packet, as Linux 6.18 makes one for BPF_PROG_TEST_RUN: a frame
 * that came in on the loopback device. A classifier sees the whole frame; a socket filter sees what
 * follows the Ethernet header, and its output has zeros in the header's place.
 */
final class SkbMemory extends RunMemory {
  private static final int STRUCT_BYTES = 192;
  private static final int LEN = 0;
  private static final int PKT_TYPE = 4;
  private static final int MARK = 8;
  private static final int PROTOCOL = 16;
  private static final int PRIORITY = 32;
  private static final int INGRESS_IFINDEX = 36;
  private static final int IFINDEX = 40;
  private static final int CB = 48;
  private static final int CB_END = 68;
  private static final int TSTAMP = 152;
  private static final int WIRE_LEN = 160;
  private static final int GSO_SEGS = 164;
  private static final int GSO_SIZE = 176;
  private static final int HWTSTAMP = 184;
  private static final int LOOPBACK = 1;

  /** The runs of bytes that a given context may set; everything else must be zero. */
  private static final List<int[]> SETTABLE =
      List.of(
          new int[] {MARK, MARK + 4},
          new int[] {PRIORITY, IFINDEX + 4},
          new int[] {CB, CB_END},
          new int[] {TSTAMP, GSO_SEGS + 4},
          new int[] {GSO_SIZE, GSO_SIZE + 4},
          new int[] {HWTSTAMP, HWTSTAMP + 8});

  private final PacketBuffer packet;
  private final byte[] given;
  private final boolean wholeFrame;

  SkbMemory(TestRun.Input input, boolean wholeFrame) {
    super(PacketContext.SKB.sizeBytes());
    this.wholeFrame = wholeFrame;
    this.given = Arrays.copyOf(input.context(), STRUCT_BYTES);
    checkGiven(input.context());
    this.packet = new PacketBuffer(input.data());
    reset();
  }

  private void checkGiven(byte[] context) {
    for (int i = 0; i < context.length; i++) {
      int at = i;
      boolean settable = SETTABLE.stream().anyMatch(run -> at >= run[0] && at < run[1]);
      if (context[i] != 0 && !settable) {
        super.close();
        throw BpfException.of(
            Errno.EINVAL,
            "test_run: __sk_buff byte %d is %d, want 0: only mark, priority, ifindex, cb, tstamp, wire_len, gso and hwtstamp can be set"
                .formatted(i, context[i]));
      }
    }
  }

  @Override
  void reset() {
    packet.reset();
    PacketContext skb = PacketContext.SKB;
    long context = contextAddress();
    long network = packet.data() + PacketBuffer.ETHERNET_HEADER_BYTES;
    long data = wholeFrame ? packet.data() : network;
    int length = (int) (packet.dataEnd() - data);
    ByteBuffer given = ByteBuffer.wrap(this.given).order(ByteOrder.nativeOrder());
    RawMemory.fill(context, skb.sizeBytes(), (byte) 0);
    RawMemory.write(context, this.given);
    RawMemory.putInt(context + LEN, length);
    RawMemory.putInt(context + PKT_TYPE, packetType());
    RawMemory.putInt(context + PROTOCOL, protocol());
    if (given.getInt(IFINDEX) == 0) {
      RawMemory.putInt(context + IFINDEX, LOOPBACK);
    }
    if (given.getInt(WIRE_LEN) == 0) {
      RawMemory.putInt(context + WIRE_LEN, length);
    }
    skb.setData(context, data);
    skb.setDataMeta(context, data);
    skb.setDataEnd(context, packet.dataEnd());
    skb.setBuffer(context, packet.start(), packet.end());
    skb.setNetworkHeader(context, network);
    if (!wholeFrame) {
      skb.setReadOnly(context);
    }
  }

  /** As eth_type_trans decides for a device whose address is all zero. */
  private int packetType() {
    long destination = RawMemory.getLong(packet.data()) & 0xffff_ffff_ffffL;
    if (destination == 0) {
      return 0; // PACKET_HOST
    }
    boolean multicast = (destination & 1) != 0;
    return destination == 0xffff_ffff_ffffL ? 1 : multicast ? 2 : 3;
  }

  /** The EtherType in network order, or what stands for the older framings. */
  private int protocol() {
    int type = RawMemory.getShort(packet.data() + 12) & 0xffff;
    boolean ethernet2 = (Short.reverseBytes((short) type) & 0xffff) >= 0x600;
    if (ethernet2) {
      return type;
    }
    boolean raw = RawMemory.getShort(packet.data() + 14) == -1;
    return (raw ? 0x0001 : 0x0004) << 8; // ETH_P_802_3, ETH_P_802_2 in network order
  }

  @Override
  byte[] data() {
    PacketContext skb = PacketContext.SKB;
    long from = skb.data(contextAddress());
    byte[] bytes = RawMemory.read(from, (int) (skb.dataEnd(contextAddress()) - from));
    if (wholeFrame) {
      return bytes;
    }
    byte[] frame = new byte[PacketBuffer.ETHERNET_HEADER_BYTES + bytes.length];
    System.arraycopy(bytes, 0, frame, PacketBuffer.ETHERNET_HEADER_BYTES, bytes.length);
    return frame;
  }

  /** What was given, with what a context may set as it is now: the kernel copies no more back. */
  @Override
  byte[] context() {
    byte[] now = RawMemory.read(contextAddress(), STRUCT_BYTES);
    byte[] image = given.clone();
    for (int[] run : SETTABLE) {
      System.arraycopy(now, run[0], image, run[0], run[1] - run[0]);
    }
    return image;
  }

  @Override
  public void close() {
    packet.close();
    super.close();
  }
}
