package dev.sonde.vm.context;

import dev.sonde.vm.memory.RawMemory;

/**
 * What stands behind the C struct of a packet context. The struct shows {@code data} and {@code
 * data_end} as 4 bytes, so the real addresses are kept after it, where no program reaches:
 *
 * <pre>
 *  0  struct __sk_buff or struct xdp_md, rounded up to 8
 * +0  u64 data          +8  u64 data_end     +16 u64 data_meta
 * +24 u64 buffer start  +32 u64 buffer end   +40 u64 network header
 * +48 u32 flags: 1 the program may not write the packet, 2 it has a hash
 * +52 u32 checksums that are known to be right, 0: none
 * </pre>
 *
 * Bytes between the buffer's start and {@code data} are headroom, those behind {@code data_end}
 * tailroom.
 *
 * @param structBytes size of the C struct, rounded up to 8
 */
public record PacketContext(int structBytes) {
  public static final PacketContext SKB = new PacketContext(192);
  public static final PacketContext XDP = new PacketContext(24);

  private static final int READ_ONLY = 1;
  private static final int HASH = 2;

  public int dataOffset() {
    return structBytes;
  }

  public int dataEndOffset() {
    return structBytes + 8;
  }

  public int dataMetaOffset() {
    return structBytes + 16;
  }

  public int sizeBytes() {
    return structBytes + 56;
  }

  public long data(long context) {
    return RawMemory.getLong(context + structBytes);
  }

  public long dataEnd(long context) {
    return RawMemory.getLong(context + structBytes + 8);
  }

  public long dataMeta(long context) {
    return RawMemory.getLong(context + structBytes + 16);
  }

  public long bufferStart(long context) {
    return RawMemory.getLong(context + structBytes + 24);
  }

  public long bufferEnd(long context) {
    return RawMemory.getLong(context + structBytes + 32);
  }

  public long networkHeader(long context) {
    return RawMemory.getLong(context + structBytes + 40);
  }

  /** Tells whether the program may only read the packet: a socket filter. */
  public boolean isReadOnly(long context) {
    return (RawMemory.getInt(context + structBytes + 48) & READ_ONLY) != 0;
  }

  public void setReadOnly(long context) {
    setFlag(context, READ_ONLY, true);
  }

  /** Tells whether the hash field of the struct holds the packet's hash. */
  public boolean hasHash(long context) {
    return (RawMemory.getInt(context + structBytes + 48) & HASH) != 0;
  }

  public void setHasHash(long context, boolean has) {
    setFlag(context, HASH, has);
  }

  /** Returns how many checksums, from the outside in, are known to be right. */
  public int goodChecksums(long context) {
    return RawMemory.getInt(context + structBytes + 52);
  }

  public void setGoodChecksums(long context, int count) {
    RawMemory.putInt(context + structBytes + 52, count);
  }

  private void setFlag(long context, int flag, boolean on) {
    long at = context + structBytes + 48;
    int flags = RawMemory.getInt(at);
    RawMemory.putInt(at, on ? flags | flag : flags & ~flag);
  }

  public void setData(long context, long address) {
    RawMemory.putLong(context + structBytes, address);
  }

  public void setDataEnd(long context, long address) {
    RawMemory.putLong(context + structBytes + 8, address);
  }

  public void setDataMeta(long context, long address) {
    RawMemory.putLong(context + structBytes + 16, address);
  }

  public void setBuffer(long context, long startAddress, long endAddress) {
    RawMemory.putLong(context + structBytes + 24, startAddress);
    RawMemory.putLong(context + structBytes + 32, endAddress);
  }

  public void setNetworkHeader(long context, long address) {
    RawMemory.putLong(context + structBytes + 40, address);
  }
}
