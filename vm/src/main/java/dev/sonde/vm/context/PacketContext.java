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
    return structBytes + 48;
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
