package dev.sonde.perfbuffer;

import static dev.sonde.perfbuffer.PerfLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Samples of random masks, laid out field by field as perf_event_open(2) lists them. */
class SampleMasksTest {
  private static final int ROUNDS = 20_000;

  private final ByteBuffer meta = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
  private final ByteBuffer data = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
  private final ByteBuffer record =
      ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
  private final Map<Long, Long> values = new HashMap<>(); // by SAMPLE_ bit, what was written
  private final long seed = Long.getLong("sonde.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private long mask;

  private void word(long bit) {
    if ((mask & bit) != 0) {
      values.put(bit, random.nextLong());
      record.putLong(values.get(bit));
    }
  }

  /** A count and so many words, each of which is the field's bit plus its number. */
  private void words(long bit, int count, int each) {
    values.put(bit, (long) count);
    for (int i = 0; i < count * each; i++) {
      record.putLong(bit + i);
    }
  }

  private void write(PerfFormat format) {
    record.clear();
    record.putLong(0);
    for (long bit :
        new long[] {
          SAMPLE_IDENTIFIER,
          SAMPLE_IP,
          SAMPLE_TID,
          SAMPLE_TIME,
          SAMPLE_ADDR,
          SAMPLE_ID,
          SAMPLE_STREAM_ID,
          SAMPLE_CPU,
          SAMPLE_PERIOD
        }) {
      word(bit);
    }
    if (format.has(SAMPLE_READ)) {
      writeRead(format);
    }
    if (format.has(SAMPLE_CALLCHAIN)) {
      int count = random.nextInt(20);
      record.putLong(count);
      words(SAMPLE_CALLCHAIN, count, 1);
    }
    if (format.has(SAMPLE_RAW)) {
      int count = random.nextInt(20);
      record.putInt(4 + 8 * count);
      words(SAMPLE_RAW, count, 1);
      record.putInt(0);
    }
    writeTail(format);
    int size = record.position();
    record.putInt(0, SAMPLE).putShort(4, (short) 2).putShort(6, (short) size);
  }

  private void writeRead(PerfFormat format) {
    long read = format.readFormat();
    int group = (read & FORMAT_GROUP) != 0 ? random.nextInt(4) : 1;
    if ((read & FORMAT_GROUP) != 0) {
      record.putLong(group);
      record.position(record.position() + 8 * Long.bitCount(read & 3));
      words(SAMPLE_READ, group, 1 + Long.bitCount(read & (FORMAT_ID | FORMAT_LOST)));
    } else {
      words(SAMPLE_READ, 1, 1 + Long.bitCount(read & ~FORMAT_GROUP));
    }
  }

  private void writeTail(PerfFormat format) {
    if (format.has(SAMPLE_BRANCH_STACK)) {
      int count = random.nextInt(5);
      record.putLong(count);
      if ((format.branchSampleType() & BRANCH_HW_INDEX) != 0) {
        record.putLong(-1);
      }
      words(SAMPLE_BRANCH_STACK, count, 3);
      if ((format.branchSampleType() & BRANCH_COUNTERS) != 0) {
        words(SAMPLE_BRANCH_STACK, count, 1);
      }
    }
    if (format.has(SAMPLE_REGS_USER)) {
      registers(SAMPLE_REGS_USER, format.userRegisters());
    }
    if (format.has(SAMPLE_STACK_USER)) {
      int count = random.nextInt(20);
      record.putLong(8 * count);
      words(SAMPLE_STACK_USER, count, 1);
      if (count > 0) {
        record.putLong(8 * (count / 2));
      }
    }
    word(mask & (SAMPLE_WEIGHT | SAMPLE_WEIGHT_STRUCT));
    word(SAMPLE_DATA_SRC);
    word(SAMPLE_TRANSACTION);
    if (format.has(SAMPLE_REGS_INTR)) {
      registers(SAMPLE_REGS_INTR, format.interruptRegisters());
    }
    word(SAMPLE_PHYS_ADDR);
    word(SAMPLE_CGROUP);
    word(SAMPLE_DATA_PAGE_SIZE);
    word(SAMPLE_CODE_PAGE_SIZE);
    if (format.has(SAMPLE_AUX)) {
      int count = random.nextInt(5);
      record.putLong(8 * count);
      words(SAMPLE_AUX, count, 1);
    }
  }

  private void registers(long bit, long registerMask) {
    long abi = random.nextInt(3);
    record.putLong(abi);
    words(bit, abi == 0 ? 0 : Long.bitCount(registerMask), 1);
    values.put(bit, abi);
  }

  private long want(long bit) {
    return (mask & bit) == 0 ? 0 : values.get(bit);
  }

  private void check(PerfRecord r) {
    ByteBuffer b = r.buffer();
    long id = (mask & SAMPLE_ID) != 0 ? SAMPLE_ID : SAMPLE_IDENTIFIER;
    assertEquals(want(id), r.identifier());
    assertEquals(want(SAMPLE_IP), r.ip());
    assertEquals(want(SAMPLE_TID), r.pid() & 0xffffffffL | (long) r.tid() << 32);
    assertEquals(want(SAMPLE_TIME), r.timeNanos());
    assertEquals(want(SAMPLE_ADDR), r.address());
    assertEquals(want(SAMPLE_STREAM_ID), r.streamId());
    assertEquals((int) want(SAMPLE_CPU), r.cpuIndex());
    assertEquals(want(SAMPLE_PERIOD), r.period());
    assertEquals((mask & SAMPLE_READ) != 0, r.readOffset() >= 0);
    assertEquals(want(SAMPLE_CALLCHAIN), r.callchainLength());
    for (int i = 0; i < r.callchainLength(); i++) {
      assertEquals(SAMPLE_CALLCHAIN + i, r.callchain(i));
    }
    assertEquals((mask & SAMPLE_RAW) == 0 ? 0 : 4 + 8 * want(SAMPLE_RAW), r.rawSizeBytes());
    first(b, SAMPLE_RAW, r.rawOffset(), want(SAMPLE_RAW));
    assertEquals(want(SAMPLE_BRANCH_STACK), r.branchCount());
    first(b, SAMPLE_BRANCH_STACK, r.branchOffset(), r.branchCount());
    if (r.branchCountersOffset() >= 0) {
      first(b, SAMPLE_BRANCH_STACK, r.branchCountersOffset(), r.branchCount());
    }
    assertEquals(want(SAMPLE_REGS_USER), r.userRegistersAbi());
    assertEquals(want(SAMPLE_STACK_USER) / 2 * 8, r.userStackSizeBytes());
    first(b, SAMPLE_STACK_USER, r.userStackOffset(), want(SAMPLE_STACK_USER));
    assertEquals(want(mask & (SAMPLE_WEIGHT | SAMPLE_WEIGHT_STRUCT)), r.weight());
    assertEquals(want(SAMPLE_DATA_SRC), r.dataSource());
    assertEquals(want(SAMPLE_TRANSACTION), r.transaction());
    assertEquals(want(SAMPLE_REGS_INTR), r.interruptRegistersAbi());
    assertEquals(want(SAMPLE_PHYS_ADDR), r.physicalAddress());
    assertEquals(want(SAMPLE_CGROUP), r.cgroupId());
    assertEquals(want(SAMPLE_DATA_PAGE_SIZE), r.dataPageSizeBytes());
    assertEquals(want(SAMPLE_CODE_PAGE_SIZE), r.codePageSizeBytes());
    assertEquals(want(SAMPLE_AUX) * 8, r.auxSizeBytes());
    first(b, SAMPLE_AUX, r.auxOffset(), want(SAMPLE_AUX));
  }

  private static void first(ByteBuffer b, long bit, int offset, long count) {
    if (count > 0) {
      assertEquals(bit, b.getLong(offset));
    }
  }

  /** Puts the record into the ring at {@code head}, wrapping; returns the next head. */
  private long put(long head) {
    for (int i = 0; i < record.position(); i++) {
      data.put((int) (head + i) & data.capacity() - 1, record.get(i));
    }
    long next = head + record.position();
    meta.putLong(DATA_HEAD, next);
    return next;
  }

  @Test
  void everyFieldOfEveryMaskIsFoundWrappedOrNot() {
    long head = 0;
    for (int round = 0; round < ROUNDS; round++) {
      mask = random.nextLong() & random.nextLong() & (1 << 25) - 1;
      if ((mask & SAMPLE_WEIGHT) != 0) {
        mask &= ~SAMPLE_WEIGHT_STRUCT; // the kernel allows one of them
      }
      long branches = (random.nextBoolean() ? BRANCH_HW_INDEX : 0);
      branches |= random.nextBoolean() ? BRANCH_COUNTERS : 0;
      PerfFormat format =
          new PerfFormat(
              mask, true, random.nextInt(32), branches, random.nextLong(), random.nextLong());
      write(format);
      head = put(head);
      PerfRingReader reader = new PerfRingReader(meta, data, format);
      try {
        assertEquals(1, reader.poll(this::check, 2));
      } catch (AssertionError | PerfCorruptedException e) {
        throw new AssertionError("seed %d mask 0x%x: %s".formatted(seed, mask, e.getMessage()), e);
      }
      assertEquals(head, meta.getLong(DATA_TAIL));
    }
  }
}
