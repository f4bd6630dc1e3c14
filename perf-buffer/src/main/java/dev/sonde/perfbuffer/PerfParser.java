package dev.sonde.perfbuffer;

import static dev.sonde.perfbuffer.PerfLayout.*;

import java.nio.ByteBuffer;

/**
 * Finds the fields of a record in the order that {@code perf_event_open(2)} gives them. Sizes that
 * a record claims are held against its own size before anything is read by them.
 */
final class PerfParser {
  /** Fields whose size is in the record, other than RAW. */
  static final long VARIABLE =
      SAMPLE_READ
          | SAMPLE_CALLCHAIN
          | SAMPLE_BRANCH_STACK
          | SAMPLE_REGS_USER
          | SAMPLE_STACK_USER
          | SAMPLE_REGS_INTR
          | SAMPLE_AUX;

  private static final long BEHIND_RAW = ~((SAMPLE_RAW << 1) - 1) & ~SAMPLE_IDENTIFIER;

  private PerfParser() {}

  static void sample(PerfRecord r, PerfFormat format) {
    ByteBuffer b = r.buffer();
    int end = r.startOffset() + r.sizeBytes();
    int at = fixed(r, format, b, r.startOffset() + HEADER_BYTES, end);
    if (format.has(SAMPLE_READ)) {
      r.readOffset = at;
      at += readBytes(format, b, at, end);
    }
    if (format.has(SAMPLE_CALLCHAIN)) {
      r.callchainLength = count(r, b.getLong(need(r, at, 8, end)), 8, at + 8, end);
      r.callchainOffset = at + 8;
      at += 8 + 8 * r.callchainLength;
    }
    if (format.has(SAMPLE_RAW)) {
      r.rawBytes = count(r, b.getInt(need(r, at, 4, end)), 1, at + 4, end);
      r.rawOffset = at + 4;
      at += 4 + r.rawBytes;
    }
    if ((format.sampleType() & BEHIND_RAW) != 0) {
      tail(r, format, b, at, end);
    }
  }

  /** Records other than samples end with the ids of sample_id_all. */
  static void trailer(PerfRecord r, PerfFormat format) {
    long ids = SAMPLE_TID | SAMPLE_TIME | SAMPLE_ID | SAMPLE_STREAM_ID | SAMPLE_CPU;
    int bytes = 8 * Long.bitCount(format.sampleType() & (ids | SAMPLE_IDENTIFIER));
    int at = r.startOffset() + r.sizeBytes() - bytes;
    if (!format.sampleIdAll() || at < r.startOffset() + HEADER_BYTES) {
      r.time = 0;
      return;
    }
    ByteBuffer b = r.buffer();
    if (format.has(SAMPLE_TID)) {
      r.pid = b.getInt(at);
      r.tid = b.getInt(at + 4);
      at += 8;
    }
    if (format.has(SAMPLE_TIME)) {
      r.time = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_ID)) {
      r.identifier = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_STREAM_ID)) {
      r.streamId = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_CPU)) {
      r.cpu = b.getInt(at);
      at += 8;
    }
    if (format.has(SAMPLE_IDENTIFIER)) {
      r.identifier = b.getLong(at);
    }
  }

  private static int fixed(PerfRecord r, PerfFormat format, ByteBuffer b, int from, int end) {
    long fixed =
        SAMPLE_IDENTIFIER
            | SAMPLE_IP
            | SAMPLE_TID
            | SAMPLE_TIME
            | SAMPLE_ADDR
            | SAMPLE_ID
            | SAMPLE_STREAM_ID
            | SAMPLE_CPU
            | SAMPLE_PERIOD;
    need(r, from, 8 * Long.bitCount(format.sampleType() & fixed), end);
    int at = from;
    if (format.has(SAMPLE_IDENTIFIER)) {
      r.identifier = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_IP)) {
      r.ip = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_TID)) {
      r.pid = b.getInt(at);
      r.tid = b.getInt(at + 4);
      at += 8;
    }
    if (format.has(SAMPLE_TIME)) {
      r.time = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_ADDR)) {
      r.address = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_ID)) {
      r.identifier = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_STREAM_ID)) {
      r.streamId = b.getLong(at);
      at += 8;
    }
    if (format.has(SAMPLE_CPU)) {
      r.cpu = b.getInt(at);
      at += 8;
    }
    if (format.has(SAMPLE_PERIOD)) {
      r.period = b.getLong(at);
      at += 8;
    }
    return at;
  }

  private static void tail(PerfRecord r, PerfFormat format, ByteBuffer b, int from, int end) {
    int at = from;
    if (format.has(SAMPLE_BRANCH_STACK)) {
      long branches = b.getLong(need(r, at, 8, end));
      at += (format.branchSampleType() & BRANCH_HW_INDEX) != 0 ? 16 : 8;
      r.branchCount = count(r, branches, 24, at, end);
      r.branchOffset = at;
      at += 24 * r.branchCount;
    }
    if (format.has(SAMPLE_REGS_USER)) {
      r.userAbi = b.getLong(need(r, at, 8, end));
      r.userRegistersOffset = at + 8;
      at = need(r, at + 8, registerBytes(r.userAbi, format.userRegisters()), end);
      at += registerBytes(r.userAbi, format.userRegisters());
    }
    if (format.has(SAMPLE_STACK_USER)) {
      at = userStack(r, b, at, end);
    }
    if (format.has(SAMPLE_WEIGHT | SAMPLE_WEIGHT_STRUCT)) {
      r.weight = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_DATA_SRC)) {
      r.dataSource = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_TRANSACTION)) {
      r.transaction = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_REGS_INTR)) {
      r.interruptAbi = b.getLong(need(r, at, 8, end));
      r.interruptRegistersOffset = at + 8;
      at = need(r, at + 8, registerBytes(r.interruptAbi, format.interruptRegisters()), end);
      at += registerBytes(r.interruptAbi, format.interruptRegisters());
    }
    last(r, format, b, at, end);
  }

  private static void last(PerfRecord r, PerfFormat format, ByteBuffer b, int from, int end) {
    int at = from;
    if (format.has(SAMPLE_PHYS_ADDR)) {
      r.physicalAddress = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_CGROUP)) {
      r.cgroup = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_DATA_PAGE_SIZE)) {
      r.dataPageSize = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_CODE_PAGE_SIZE)) {
      r.codePageSize = b.getLong(need(r, at, 8, end));
      at += 8;
    }
    if (format.has(SAMPLE_AUX)) {
      r.auxBytes = count(r, b.getLong(need(r, at, 8, end)), 1, at + 8, end);
      r.auxOffset = at + 8;
    }
  }

  /** The record carries the full size that was asked for, then how much of it was copied. */
  private static int userStack(PerfRecord r, ByteBuffer b, int at, int end) {
    int room = count(r, b.getLong(need(r, at, 8, end)), 1, at + 8, end);
    if (room == 0) {
      return at + 8;
    }
    r.userStackOffset = at + 8;
    long copied = b.getLong(need(r, at + 8 + room, 8, end));
    r.userStackBytes = (int) Math.min(room, Math.max(0, copied));
    return at + 16 + room;
  }

  private static int registerBytes(long abi, long mask) {
    return abi == 0 ? 0 : 8 * Long.bitCount(mask);
  }

  private static int readBytes(PerfFormat format, ByteBuffer b, int at, int end) {
    long read = format.readFormat();
    int times = Long.bitCount(read & (FORMAT_TOTAL_TIME_ENABLED | FORMAT_TOTAL_TIME_RUNNING));
    int each = 1 + Long.bitCount(read & (FORMAT_ID | FORMAT_LOST));
    if ((read & FORMAT_GROUP) == 0) {
      return 8 * (times + each);
    }
    if (at + 8 > end) {
      throw new PerfCorruptedException(at, "READ group past the end of its record");
    }
    long values = b.getLong(at);
    if (values < 0 || values > (end - at) / 8) {
      throw new PerfCorruptedException(at, "READ group of " + values + " values");
    }
    return 8 * (1 + times + (int) values * each);
  }

  private static int need(PerfRecord r, int at, int bytes, int end) {
    if (at + bytes > end) {
      throw new PerfCorruptedException(
          r.startOffset(),
          "sample of %d B ends %d B before its fields do"
              .formatted(r.sizeBytes(), at + bytes - end));
    }
    return at;
  }

  private static int count(PerfRecord r, long count, int eachBytes, int at, int end) {
    if (count < 0 || at > end || count > (end - at) / eachBytes) {
      throw new PerfCorruptedException(
          r.startOffset(),
          "sample of %d B claims %d entries of %d B".formatted(r.sizeBytes(), count, eachBytes));
    }
    return (int) count;
  }
}
