package dev.sonde.vm.program;

import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** A packet in memory with room before and behind it, as a driver leaves. */
final class PacketBuffer implements AutoCloseable {
  /** XDP_PACKET_HEADROOM. */
  static final int HEADROOM_BYTES = 256;

  /** What the kernel keeps for skb_shared_info. */
  static final int TAILROOM_BYTES = 320;

  /** A frame's memory is a page, or more for packets that need it. */
  private static final int FRAME_BYTES = 4096;

  static final int ETHERNET_HEADER_BYTES = 14;

  /** A page less head- and tailroom is the kernel's own limit for xdp; packets here may be 64 K. */
  private static final int MAX_BYTES = 65_535;

  private final byte[] initial;
  private final int sizeBytes;
  private final long address;

  PacketBuffer(byte[] initial) {
    if (initial.length < ETHERNET_HEADER_BYTES || initial.length > MAX_BYTES) {
      throw BpfException.of(
          Errno.EINVAL,
          "test_run: packet %d B, want %d to %d B"
              .formatted(initial.length, ETHERNET_HEADER_BYTES, MAX_BYTES));
    }
    this.initial = initial.clone();
    this.sizeBytes = Math.max(FRAME_BYTES, HEADROOM_BYTES + initial.length + TAILROOM_BYTES);
    this.address = RawMemory.allocateZeroed(sizeBytes);
    reset();
  }

  void reset() {
    RawMemory.fill(address, sizeBytes, (byte) 0);
    RawMemory.write(data(), initial);
  }

  /** Returns the address of the packet's first byte, at first. */
  long data() {
    return address + HEADROOM_BYTES;
  }

  long dataEnd() {
    return data() + initial.length;
  }

  long start() {
    return address;
  }

  /** Returns how far the packet may grow. */
  long end() {
    return address + sizeBytes - TAILROOM_BYTES;
  }

  @Override
  public void close() {
    RawMemory.free(address);
  }
}
