package dev.sonde.perfbuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PerfRingTest {
  private final ByteBuffer meta = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
  private final ByteBuffer data = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());

  private boolean put(PerfRingWriter writer, long time, int rawBytes) {
    int at = writer.begin(time, rawBytes);
    if (at < 0) {
      return false;
    }
    for (int i = 0; i < rawBytes; i++) {
      data.put(at + i & 4095, (byte) (time + i));
    }
    writer.commit();
    return true;
  }

  private static void check(PerfRecord r, int rawBytes) {
    for (int i = 0; i < rawBytes; i++) {
      assertEquals((byte) (r.timeNanos() + i), r.buffer().get(r.rawOffset() + i));
    }
  }

  @Test
  void samplesOfAnySizeSurviveWrappingAndLossesAreToldExactly() {
    PerfRingWriter writer = new PerfRingWriter(meta, data, false);
    PerfRingReader reader = new PerfRingReader(meta, data, PerfRingWriter.FORMAT);
    Random random = new Random(3);
    List<Integer> sizes = new ArrayList<>();
    long[] counts = new long[3]; // written, refused, read
    long[] last = {-1};
    PerfHandler handler =
        r -> {
          if (r.type() == PerfLayout.SAMPLE) {
            check(r, sizes.get((int) r.timeNanos()));
            assertTrue(r.timeNanos() > last[0]);
            last[0] = r.timeNanos();
            counts[2]++;
          }
        };
    for (int i = 0; i < 50_000; i++) {
      int size = random.nextInt(700);
      sizes.add(size);
      counts[put(writer, i, size) ? 0 : 1]++;
      if (random.nextInt(4) == 0) {
        reader.poll(handler, random.nextInt(6));
      }
    }
    reader.poll(handler, Integer.MAX_VALUE);
    sizes.add(0);
    assertTrue(put(writer, 50_000, 0));
    reader.poll(handler, Integer.MAX_VALUE);
    assertTrue(counts[1] > 100, "the ring was never full");
    assertEquals(counts[0] + 1, counts[2]);
    assertEquals(counts[1], reader.lost());
  }

  @Test
  void readingAllocatesNothing() {
    PerfRingWriter writer = new PerfRingWriter(meta, data, false);
    PerfRingReader reader = new PerfRingReader(meta, data, PerfRingWriter.FORMAT);
    long[] sum = new long[2];
    PerfHandler handler =
        r -> {
          sum[0] += r.timeNanos() + r.rawSizeBytes();
          sum[1]++;
        };
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long least = Long.MAX_VALUE; // of several rounds: the first one loads classes
    for (int round = 0; round < 5; round++) {
      long before = threads.getThreadAllocatedBytes(self);
      for (int i = 0; i < 10_000; i++) {
        put(writer, i, 36); // 56 bytes a record
        put(writer, i, 36);
        reader.poll(handler, 2);
      }
      least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
    }
    assertEquals(100_000, sum[1]);
    assertTrue(least < 1000, "20,000 records took " + least + " B of heap");
  }

  @Test
  void anOverwriteRingKeepsTheNewestInOrder() {
    PerfRingWriter writer = new PerfRingWriter(meta, data, true);
    for (int i = 0; i < 1000; i++) {
      assertTrue(put(writer, i, 44)); // 64 bytes a record
    }
    assertTrue(writer.pause(1_000_000_000));
    assertFalse(put(writer, 1000, 44));
    PerfSnapshot snapshot = new PerfSnapshot(meta, data, PerfRingWriter.FORMAT);
    writer.resume();
    assertEquals(64, snapshot.size());
    for (long time = 936; time < 1000; time++) {
      assertTrue(snapshot.next());
      assertEquals(time, snapshot.record().timeNanos());
      check(snapshot.record(), 44);
    }
    assertFalse(snapshot.next());
  }

  @Test
  void everyFieldOfALargeMaskIsFound() {
    long type =
        PerfLayout.SAMPLE_IDENTIFIER
            | PerfLayout.SAMPLE_IP
            | PerfLayout.SAMPLE_TID
            | PerfLayout.SAMPLE_TIME
            | PerfLayout.SAMPLE_CPU
            | PerfLayout.SAMPLE_PERIOD
            | PerfLayout.SAMPLE_READ
            | PerfLayout.SAMPLE_CALLCHAIN
            | PerfLayout.SAMPLE_RAW
            | PerfLayout.SAMPLE_REGS_USER
            | PerfLayout.SAMPLE_STACK_USER
            | PerfLayout.SAMPLE_CGROUP;
    PerfFormat format = new PerfFormat(type, true, PerfLayout.FORMAT_ID, 0, 0b101, 0);
    ByteBuffer b = data;
    b.position(8);
    b.putLong(11).putLong(12).putInt(13).putInt(14).putLong(15).putInt(16).putInt(0).putLong(17);
    b.putLong(100).putLong(101); // read: value, id
    b.putLong(2).putLong(201).putLong(202);
    b.putInt(12).putLong(301).putInt(302);
    b.putLong(2).putLong(401).putLong(402);
    b.putLong(16).putLong(501).putLong(502).putLong(8);
    b.putLong(601);
    int size = b.position();
    b.putLong(0, PerfLayout.SAMPLE | (long) size << 48);
    meta.putLong(PerfLayout.DATA_HEAD, size);
    PerfRingReader reader = new PerfRingReader(meta, data, format);
    assertTrue(reader.next());
    PerfRecord r = reader.record();
    assertEquals(11, r.identifier());
    assertEquals(12, r.ip());
    assertEquals(13, r.pid());
    assertEquals(14, r.tid());
    assertEquals(15, r.timeNanos());
    assertEquals(16, r.cpuIndex());
    assertEquals(17, r.period());
    assertEquals(101, data.getLong(r.readOffset() + 8));
    assertEquals(2, r.callchainLength());
    assertEquals(202, r.callchain(1));
    assertEquals(12, r.rawSizeBytes());
    assertEquals(301, data.getLong(r.rawOffset()));
    assertEquals(2, r.userRegistersAbi());
    assertEquals(402, data.getLong(r.userRegistersOffset() + 8));
    assertEquals(8, r.userStackSizeBytes());
    assertEquals(501, data.getLong(r.userStackOffset()));
    assertEquals(601, r.cgroupId());
  }

  @Test
  void randomBytesNeverReadOutsideTheRing() {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      byte[] noise = new byte[256];
      random.nextBytes(noise);
      data.put(0, noise);
      int size = 8 + 8 * random.nextInt(31);
      data.putLong(0, (random.nextBoolean() ? 9 : random.nextInt(17)) | (long) size << 48);
      meta.putLong(PerfLayout.DATA_TAIL, 0);
      meta.putLong(PerfLayout.DATA_HEAD, size);
      PerfFormat format =
          new PerfFormat(
              random.nextLong() & (1 << 25) - 1,
              random.nextBoolean(),
              random.nextInt(32),
              random.nextBoolean() ? PerfLayout.BRANCH_HW_INDEX : 0,
              random.nextLong(),
              random.nextLong());
      PerfRingReader reader = new PerfRingReader(meta, data, format);
      try {
        assertEquals(1, reader.poll(PerfRingTest::readAll, 2), "seed " + seed);
      } catch (PerfCorruptedException refused) {
        assertTrue(refused.position() >= 0);
      }
    }
  }

  /** What a record says of itself lies within its bytes. */
  private static void readAll(PerfRecord r) {
    if (r.type() != PerfLayout.SAMPLE) {
      return;
    }
    long sum = r.identifier() + r.pid() + r.tid() + r.timeNanos() + r.cpuIndex() + r.ip();
    for (int i = 0; i < r.callchainLength(); i++) {
      sum += r.callchain(i);
    }
    if (r.rawSizeBytes() > 0) {
      sum += r.buffer().get(r.rawOffset()) + r.buffer().get(r.rawOffset() + r.rawSizeBytes() - 1);
    }
    if (r.userStackSizeBytes() > 0) {
      int end = r.userStackOffset() + r.userStackSizeBytes();
      sum += r.buffer().get(r.userStackOffset()) + r.buffer().get(end - 1);
    }
    if (r.userRegistersAbi() != 0) {
      sum += r.buffer().get(r.userRegistersOffset());
    }
    assertTrue(sum != Long.MIN_VALUE || r.type() > 0);
  }

  @Test
  void impossibleSizesAreCorruption() {
    for (int size : new int[] {0, 4, 12, 4096}) {
      data.putLong(0, PerfLayout.SAMPLE | (long) size << 48);
      meta.putLong(PerfLayout.DATA_TAIL, 0);
      meta.putLong(PerfLayout.DATA_HEAD, 64);
      PerfRingReader reader = new PerfRingReader(meta, data, PerfRingWriter.FORMAT);
      assertThrows(PerfCorruptedException.class, () -> reader.poll(r -> {}, 1));
    }
  }

  @Test
  void lanesAreMergedByTime() {
    List<PerfRingReader> readers = new ArrayList<>();
    Random random = new Random(5);
    List<PerfRingWriter> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ByteBuffer page = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
      ByteBuffer area = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
      writers.add(new PerfRingWriter(page, area, false));
      readers.add(new PerfRingReader(page, area, PerfRingWriter.FORMAT));
    }
    for (int time = 0; time < 2000; time++) {
      PerfRingWriter writer = writers.get(random.nextInt(4));
      assertTrue(writer.begin(time, 0) >= 0);
      writer.commit();
    }
    long[] next = {0};
    PerfMerger merger = new PerfMerger(readers);
    assertEquals(1501, merger.poll(r -> assertEquals(next[0]++, r.timeNanos()), 9999, 1500));
    assertEquals(499, merger.poll(r -> assertEquals(next[0]++, r.timeNanos()), 9999, 9999));
  }
}
