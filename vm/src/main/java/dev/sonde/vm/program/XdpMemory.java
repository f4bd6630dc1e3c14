package dev.sonde.vm.program;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * {@code struct xdp_md} and its packet. A context that is given may say that the first {@code data}
 * bytes of the input are metadata, and on which interface and queue the packet came.
 */
final class XdpMemory extends RunMemory {
  private static final int STRUCT_BYTES = 24;
  private static final int INGRESS_IFINDEX = 12;
  private static final int RX_QUEUE_INDEX = 16;
  private static final int EGRESS_IFINDEX = 20;
  private static final int LOOPBACK = 1;
  private static final int MAX_META_BYTES = 252;

  private final PacketBuffer packet;
  private final byte[] given;
  private final int metaBytes;
  private final int ifindex;
  private final int queue;

  XdpMemory(TestRun.Input input) {
    super(PacketContext.XDP.sizeBytes());
    this.given = Arrays.copyOf(input.context(), STRUCT_BYTES);
    ByteBuffer given = ByteBuffer.wrap(this.given).order(ByteOrder.nativeOrder());
    boolean any = input.context().length > 0;
    this.metaBytes = any ? given.getInt(0) : 0;
    this.ifindex =
        any && given.getInt(INGRESS_IFINDEX) != 0 ? given.getInt(INGRESS_IFINDEX) : LOOPBACK;
    this.queue = given.getInt(RX_QUEUE_INDEX);
    boolean fits = isZero(input.context(), STRUCT_BYTES) && fits(given, input.data().length);
    if (!fits) {
      super.close();
      throw BpfException.of(
          Errno.EINVAL,
          "test_run: xdp_md: data %d, data_end %d, data_meta %d, want metadata of 0 to 252 B before a frame of 14 B, at most %d, 0"
              .formatted(given.getInt(0), given.getInt(4), given.getInt(8), input.data().length));
    }
    this.packet = new PacketBuffer(input.data());
    reset();
  }

  /** As bpf_prog_test_run_xdp and xdp_convert_md_to_buff check it. */
  private boolean fits(ByteBuffer given, int dataBytes) {
    int end = given.getInt(4);
    boolean sent = given.getInt(EGRESS_IFINDEX) != 0;
    boolean queueOfNone = queue != 0; // the loopback device has one
    return given.getInt(8) == 0
        && end >= 0
        && end <= dataBytes
        && metaBytes >= 0
        && metaBytes <= Math.min(end, MAX_META_BYTES)
        && metaBytes % 4 == 0
        && (metaBytes == 0 || dataBytes - metaBytes >= PacketBuffer.ETHERNET_HEADER_BYTES)
        && !sent
        && !queueOfNone;
  }

  private static boolean isZero(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  void reset() {
    packet.reset();
    PacketContext xdp = PacketContext.XDP;
    long context = contextAddress();
    RawMemory.fill(context, xdp.sizeBytes(), (byte) 0);
    RawMemory.putInt(context + INGRESS_IFINDEX, ifindex);
    RawMemory.putInt(context + RX_QUEUE_INDEX, queue);
    xdp.setDataMeta(context, packet.data());
    xdp.setData(context, packet.data() + metaBytes);
    xdp.setDataEnd(context, packet.dataEnd());
    xdp.setBuffer(context, packet.start(), packet.end());
  }

  /** The metadata comes back with the packet. */
  @Override
  byte[] data() {
    long from = PacketContext.XDP.dataMeta(contextAddress());
    long to = PacketContext.XDP.dataEnd(contextAddress());
    return RawMemory.read(from, (int) (to - from));
  }

  @Override
  byte[] context() {
    PacketContext xdp = PacketContext.XDP;
    long context = contextAddress();
    long meta = xdp.dataMeta(context);
    byte[] image = given.clone(); // the kernel changes no more of it than the two below
    ByteBuffer struct = ByteBuffer.wrap(image).order(ByteOrder.nativeOrder());
    struct.putInt(0, (int) (xdp.data(context) - meta));
    struct.putInt(4, (int) (xdp.dataEnd(context) - meta));
    return image;
  }

  @Override
  public void close() {
    packet.close();
    super.close();
  }
}
