package dev.sonde.perfbuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * One record, parsed in place: a view that is moved from record to record. Fields that the mask
 * does not ask for read as 0, offsets as -1.
 */
public final class PerfRecord {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  /** Fields whose size is in the record. */
  private static final long VARIABLE =
      ~(PerfLayout.SAMPLE_IDENTIFIER | PerfLayout.SAMPLE_RAW - 1) // those before RAW have one size
          | PerfLayout.SAMPLE_READ
          | PerfLayout.SAMPLE_CALLCHAIN;

  private final PerfFormat format;
  private final boolean plain; // only fixed-size fields
  private final boolean onlyRaw; // and raw bytes behind them
  private final FixedFields inSample;
  private final FixedFields inTrailer;
  private FixedFields fields = FixedFields.NONE;
  private int base; // what the offsets of fields are counted from
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int start;
  private int type;
  private int misc;
  private int sizeBytes;

  long weight;
  long dataSource;
  long transaction;
  long physicalAddress;
  long cgroup;
  long dataPageSize;
  long codePageSize;
  int readOffset;
  int callchainOffset;
  int callchainLength;
  int rawOffset;
  int rawBytes;
  int branchOffset;
  int branchCount;
  int branchCountersOffset;
  long userAbi;
  int userRegistersOffset;
  int userStackOffset;
  int userStackBytes;
  long interruptAbi;
  int interruptRegistersOffset;
  int auxOffset;
  int auxBytes;

  PerfRecord(PerfFormat format) {
    this.format = format;
    long variable = format.sampleType() & VARIABLE;
    this.plain = variable == 0;
    this.onlyRaw = variable == PerfLayout.SAMPLE_RAW;
    this.inSample = FixedFields.ofSample(format);
    this.inTrailer = FixedFields.ofTrailer(format);
    clear();
  }

  /**
   * Moves to the record at {@code offset}, whose {@code size} bytes are all in {@code data}.
   *
   * @param header its first eight bytes
   */
  void moveTo(ByteBuffer data, int offset, int size, long header) {
    if (buffer != data) { // a reference that is stored costs the collector's barrier
      buffer = data;
    }
    start = offset;
    type = typeOf(header);
    misc = miscOf(header);
    sizeBytes = size;
    if (type != PerfLayout.SAMPLE) {
      moveToTrailer();
      return;
    }
    if (fields != inSample) {
      fields = inSample;
    }
    base = offset;
    if (plain && size >= inSample.bytes) {
      return;
    }
    if (!onlyRaw) {
      clear();
    }
    PerfParser.sample(this, format, inSample.bytes);
  }

  /** Records other than samples end with the ids of sample_id_all. */
  private void moveToTrailer() {
    int body = sizeBytes - inTrailer.bytes;
    fields = body >= PerfLayout.HEADER_BYTES ? inTrailer : FixedFields.NONE;
    base = start + body;
    clear();
  }

  static int typeOf(long header) {
    return (int) (LITTLE_ENDIAN ? header : header >>> 32);
  }

  static int sizeOf(long header) {
    return (int) (LITTLE_ENDIAN ? header >>> 48 : header & 0xffff);
  }

  private static int miscOf(long header) {
    return (int) (header >>> (LITTLE_ENDIAN ? 32 : 16)) & 0xffff;
  }

  /** Returns the code of the record's type, one of {@link PerfLayout}. */
  public int type() {
    return type;
  }

  public int misc() {
    return misc;
  }

  /** Returns the size with the header. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** Returns the buffer that all offsets are of, in native order. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Returns the offset of the header. */
  public int startOffset() {
    return start;
  }

  // ---- fields of samples; pid, tid, time, ids and cpu also of others, by sample_id_all

  public int pid() {
    return fields.tid < 0 ? 0 : buffer.getInt(base + fields.tid);
  }

  public int tid() {
    return fields.tid < 0 ? 0 : buffer.getInt(base + fields.tid + 4);
  }

  /** Returns ns of the clock that the event was opened with. */
  public long timeNanos() {
    return longAt(fields.time);
  }

  public int cpuIndex() {
    return fields.cpu < 0 ? 0 : buffer.getInt(base + fields.cpu);
  }

  public long ip() {
    return longAt(fields.ip);
  }

  public long address() {
    return longAt(fields.address);
  }

  /** Returns the id of the event that the record belongs to (SAMPLE_IDENTIFIER or SAMPLE_ID). */
  public long identifier() {
    return longAt(fields.identifier);
  }

  public long streamId() {
    return longAt(fields.streamId);
  }

  public long period() {
    return longAt(fields.period);
  }

  public long weight() {
    return weight;
  }

  public long dataSource() {
    return dataSource;
  }

  public long transaction() {
    return transaction;
  }

  public long physicalAddress() {
    return physicalAddress;
  }

  public long cgroupId() {
    return cgroup;
  }

  public long dataPageSizeBytes() {
    return dataPageSize;
  }

  public long codePageSizeBytes() {
    return codePageSize;
  }

  /** Returns where the read_format values begin. */
  public int readOffset() {
    return readOffset;
  }

  /** Returns how many entries the call chain has, context markers included. */
  public int callchainLength() {
    return callchainLength;
  }

  /** Returns entry {@code index} of the call chain, leaf first. */
  public long callchain(int index) {
    return buffer.getLong(callchainOffset + index * 8);
  }

  /** Returns where the raw bytes begin. */
  public int rawOffset() {
    return rawOffset;
  }

  /** Returns how many raw bytes there are, the writer's padding included. */
  public int rawSizeBytes() {
    return rawBytes;
  }

  /** Returns where the branches begin, 24 bytes each. */
  public int branchOffset() {
    return branchOffset;
  }

  public int branchCount() {
    return branchCount;
  }

  /** Returns where the branches' counters begin, 8 bytes each; -1 without BRANCH_COUNTERS. */
  public int branchCountersOffset() {
    return branchCountersOffset;
  }

  /** Returns 0 when there were no user registers, 1 for a 32-bit task, 2 for a 64-bit one. */
  public long userRegistersAbi() {
    return userAbi;
  }

  /** Returns where the user registers begin: one u64 for each bit of the mask, lowest first. */
  public int userRegistersOffset() {
    return userRegistersOffset;
  }

  /** Returns where the copy of the user stack begins: the byte at the stack pointer. */
  public int userStackOffset() {
    return userStackOffset;
  }

  /** Returns how many bytes of the user stack were really copied. */
  public int userStackSizeBytes() {
    return userStackBytes;
  }

  public long interruptRegistersAbi() {
    return interruptAbi;
  }

  public int interruptRegistersOffset() {
    return interruptRegistersOffset;
  }

  public int auxOffset() {
    return auxOffset;
  }

  public int auxSizeBytes() {
    return auxBytes;
  }

  // ---- fields of other records -----------------------------------------------------------------

  /** Returns u32 number {@code index} of the body, as FORK's pid, ppid, tid, ptid. */
  public int bodyInt(int index) {
    return buffer.getInt(body(index * 4, 4));
  }

  /** Returns u64 number {@code index} of the body, as LOST's id and count. */
  public long bodyLong(int index) {
    return buffer.getLong(body(index * 8, 8));
  }

  /** Returns the NUL-terminated string at byte {@code bodyOffset} of the body. */
  public String bodyString(int bodyOffset) {
    int from = body(bodyOffset, 0);
    int end = from;
    while (end < start + sizeBytes && buffer.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - from];
    buffer.get(from, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Returns how many events a LOST or LOST_SAMPLES record tells of, 0 for other records. */
  public long lostCount() {
    if (type == PerfLayout.LOST) {
      return bodyLong(1);
    }
    return type == PerfLayout.LOST_SAMPLES ? bodyLong(0) : 0;
  }

  /** Returns the thread's new name of a COMM record. */
  public String comm() {
    return bodyString(8);
  }

  /** Returns the file of an MMAP or MMAP2 record. */
  public String mapFile() {
    return bodyString(type == PerfLayout.MMAP2 ? 64 : 32);
  }

  /** Returns the mapping's address of an MMAP or MMAP2 record. */
  public long mapAddress() {
    return bodyLong(1);
  }

  public long mapSizeBytes() {
    return bodyLong(2);
  }

  /** Returns the mapping's offset in its file, in bytes. */
  public long mapFileOffset() {
    return bodyLong(3);
  }

  /** Returns the PROT_ bits of an MMAP2 record's mapping. */
  public int mapProtection() {
    return bodyInt(14);
  }

  /** Returns the MAP_ bits of an MMAP2 record's mapping. */
  public int mapFlags() {
    return bodyInt(15);
  }

  /**
   * Returns the inode of an MMAP2 record's file; with MISC_MMAP_BUILD_ID its place holds the id.
   */
  public long mapInode() {
    return (misc & PerfLayout.MISC_MMAP_BUILD_ID) != 0 ? 0 : bodyLong(5);
  }

  /** Returns the build id of an MMAP2 record's file as hex digits, "" where it has none. */
  public String mapBuildId() {
    if ((misc & PerfLayout.MISC_MMAP_BUILD_ID) == 0) {
      return "";
    }
    int at = body(32, 24); // u8 size, three bytes of nothing, then up to 20 bytes
    byte[] id = new byte[Math.min(buffer.get(at) & 0xff, 20)];
    buffer.get(at + 4, id);
    return HexFormat.of().formatHex(id);
  }

  /** Tells whether a SWITCH record's task goes off the CPU; otherwise it comes. */
  public boolean isSwitchOut() {
    return (misc & PerfLayout.MISC_SWITCH_OUT) != 0;
  }

  /** Tells whether a COMM record is of an exec, not of a thread that gave itself a name. */
  public boolean isExec() {
    return (misc & PerfLayout.MISC_COMM_EXEC) != 0;
  }

  private long longAt(int field) {
    return field < 0 ? 0 : buffer.getLong(base + field);
  }

  private int body(int offset, int bytes) {
    if (offset < 0 || offset + bytes > sizeBytes - PerfLayout.HEADER_BYTES) {
      throw new PerfCorruptedException(
          start, "type %d of %d B has no byte %d in its body".formatted(type, sizeBytes, offset));
    }
    return start + PerfLayout.HEADER_BYTES + offset;
  }

  /** Forgets the fields that a sample need not set. */
  private void clear() {
    readOffset = -1;
    callchainOffset = -1;
    callchainLength = 0;
    rawOffset = -1;
    rawBytes = 0;
    branchOffset = -1;
    branchCount = 0;
    branchCountersOffset = -1;
    userAbi = 0;
    userRegistersOffset = -1;
    userStackOffset = -1;
    userStackBytes = 0;
    interruptAbi = 0;
    interruptRegistersOffset = -1;
    auxOffset = -1;
    auxBytes = 0;
  }
}
