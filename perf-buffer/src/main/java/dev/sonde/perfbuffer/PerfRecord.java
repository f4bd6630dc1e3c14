package dev.sonde.perfbuffer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One record, parsed in place: a view that is moved from record to record. Fields that the mask
 * does not ask for read as 0, offsets as -1.
 */
public final class PerfRecord {
  private final PerfFormat format;
  private final boolean plain; // only fixed-size fields and raw bytes
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int start;
  private int type;
  private int misc;
  private int sizeBytes;

  int pid;
  int tid;
  int cpu;
  long time;
  long identifier;
  long ip;
  long address;
  long streamId;
  long period;
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
    this.plain = (format.sampleType() & PerfParser.VARIABLE) == 0;
    clear();
  }

  /** Moves to the record at {@code offset}, whose {@code size} bytes are all in {@code data}. */
  void moveTo(ByteBuffer data, int offset, int size) {
    buffer = data;
    start = offset;
    type = data.getInt(offset);
    misc = data.getShort(offset + 4) & 0xffff;
    sizeBytes = size;
    if (type == PerfLayout.SAMPLE) {
      if (!plain) {
        clear();
      }
      PerfParser.sample(this, format);
    } else {
      PerfParser.trailer(this, format);
    }
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

  // ---- fields of samples; pid, tid, time and cpu also of others, by sample_id_all
  // ------------------

  public int pid() {
    return pid;
  }

  public int tid() {
    return tid;
  }

  /** Returns ns of the clock that the event was opened with. */
  public long timeNanos() {
    return time;
  }

  public int cpuIndex() {
    return cpu;
  }

  public long ip() {
    return ip;
  }

  public long address() {
    return address;
  }

  /** Returns the id of the event that the record belongs to (SAMPLE_IDENTIFIER or SAMPLE_ID). */
  public long identifier() {
    return identifier;
  }

  public long streamId() {
    return streamId;
  }

  public long period() {
    return period;
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
