package dev.sonde.perfbuffer;

import static dev.sonde.perfbuffer.PerfLayout.*;

import java.nio.ByteBuffer;

/**
 * Finds the fields of a sample whose size is in the sample, in the order that {@code
 * perf_event_open(2)} gives them. Sizes that a record claims are held against its own size before
 * anything is read by them.
 */
final class PerfParser {
  private static final long BEHIND_RAW = ~((SAMPLE_RAW << 1) - 1) & ~SAMPLE_IDENTIFIER;

  private PerfParser() {}

  /** Parses what follows the fixed fields, which begin {@code fixedBytes} into the sample. */
  static void sample(PerfRecord r, PerfFormat format, int fixedBytes) {
    ByteBuffer b = r.buffer();
    int end = r.startOffset() + r.sizeBytes();
    int at = need(r, r.startOffset(), fixedBytes, end) + fixedBytes;
    if (format.has(SAMPLE_READ)) {
      int bytes = readBytes(r, format, at, end);
      r.readOffset = need(r, at, bytes, end);
      at += bytes;
    }
    if (format.has(SAMPLE_CALLCHAIN)) {
      r.callchainLength = count(r, b.getLong(need(r, at, 8, end)), 8, at + 8, end);
      r.callchainOffset = at + 8;
      at += 8 + 8 * r.callchainLength;
    }
    if (format.has(SAMPLE_RAW)) {
      at = raw(r, b, at, end);
    }
    if ((format.sampleType() & BEHIND_RAW) != 0) {
      tail(r, format, b, at, end);
    }
  }

  private static int raw(PerfRecord r, ByteBuffer b, int at, int end) {
    r.rawBytes = count(r, b.getInt(need(r, at, 4, end)), 1, at + 4, end);
    r.rawOffset = at + 4;
    return at + 4 + r.rawBytes;
  }

  private static void tail(PerfRecord r, PerfFormat format, ByteBuffer b, int from, int end) {
    int at = from;
    if (format.has(SAMPLE_BRANCH_STACK)) {
      at = branches(r, format, b, at, end);
    }
    if (format.has(SAMPLE_REGS_USER)) {
      r.userAbi = b.getLong(need(r, at, 8, end));
      int bytes = registerBytes(r.userAbi, format.userRegisters());
      r.userRegistersOffset = need(r, at + 8, bytes, end);
      at += 8 + bytes;
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
      int bytes = registerBytes(r.interruptAbi, format.interruptRegisters());
      r.interruptRegistersOffset = need(r, at + 8, bytes, end);
      at += 8 + bytes;
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

  private static int branches(PerfRecord r, PerfFormat format, ByteBuffer b, int from, int end) {
    int at = from;
    long branches = b.getLong(need(r, at, 8, end));
    at += (format.branchSampleType() & BRANCH_HW_INDEX) != 0 ? 16 : 8;
    boolean counters = (format.branchSampleType() & BRANCH_COUNTERS) != 0;
    r.branchCount = count(r, branches, counters ? 32 : 24, at, end);
    r.branchOffset = at;
    at += 24 * r.branchCount;
    if (counters) {
      r.branchCountersOffset = at;
      at += 8 * r.branchCount;
    }
    return at;
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

  private static int readBytes(PerfRecord r, PerfFormat format, int at, int end) {
    long read = format.readFormat();
    int times = Long.bitCount(read & (FORMAT_TOTAL_TIME_ENABLED | FORMAT_TOTAL_TIME_RUNNING));
    int each = 1 + Long.bitCount(read & (FORMAT_ID | FORMAT_LOST));
    if ((read & FORMAT_GROUP) == 0) {
      return 8 * (times + each);
    }
    int values = count(r, r.buffer().getLong(need(r, at, 8, end)), 8 * each, at + 8, end);
    return 8 * (1 + times + values * each);
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
