package dev.sonde.bench;

import dev.sonde.perfbuffer.PerfFormat;
import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.perfbuffer.PerfRingReader;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.memory.RawMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Rings of 64-byte records: ours, Agrona's, JCTools', and a bare copy as the limit. */
public final class RingBench {
  private static final int RING_BYTES = 1 << 20;
  private static final int BURST = 4096;
  private static final int BATCHES = 2000;
  private static long sum;

  private RingBench() {}

  /** Runs all; no arguments. */
  public static void main(String[] args) throws InterruptedException {
    copyLimit();
    for (String name : new String[] {"sonde", "agrona", "jctools"}) {
      BenchRing ring = BenchRing.of(name, RING_BYTES);
      Batches.report(
          name + ": reserve, fill, commit",
          BURST,
          BATCHES,
          n -> produce(ring, n),
          () -> drain(ring));
      Batches.report(
          name + ": read in batches", BURST, BATCHES, n -> drain(ring), () -> produce(ring, BURST));
      drain(ring);
    }
    for (String name : new String[] {"sonde", "agrona", "jctools", "sonde", "agrona", "jctools"}) {
      twoProducers(name, BenchRing.of(name, RING_BYTES));
    }
    droppingOnAFullRing();
    perfSamples();
    wakeUp();
    idle();
    System.out.println("checksum " + sum);
  }

  private static void produce(BenchRing ring, int count) {
    for (int i = 0; i < count; i++) {
      if (!ring.put(i)) {
        throw new IllegalStateException("the ring is full");
      }
    }
  }

  private static void drain(BenchRing ring) {
    while (ring.drain(BURST) > 0) {
      continue;
    }
  }

  private static void copyLimit() {
    long from = RawMemory.allocateZeroed(64);
    long to = RawMemory.allocateZeroed(RING_BYTES);
    Batches.report(
        "copy of 64 B, the limit",
        BURST,
        BATCHES,
        n -> {
          for (int i = 0; i < n; i++) {
            long at = to + (i * 72L & RING_BYTES - 128);
            for (int j = 0; j < 64; j += 8) {
              RawMemory.putLong(at + j, RawMemory.getLong(from + j));
            }
          }
        });
    RawMemory.free(from);
    RawMemory.free(to);
  }

  /** Wall time per record of two producers and one reader; the best of some runs. */
  private static void twoProducers(String name, BenchRing ring) throws InterruptedException {
    int each = 1_000_000;
    double best = Double.MAX_VALUE;
    for (int run = 0; run < 8; run++) {
      AtomicBoolean go = new AtomicBoolean();
      Thread[] threads = new Thread[2];
      for (int i = 0; i < 2; i++) {
        threads[i] =
            new Thread(
                () -> {
                  while (!go.get()) {
                    Thread.onSpinWait();
                  }
                  for (int n = 0; n < each; n++) {
                    while (!ring.put(n)) {
                      Thread.yield();
                    }
                  }
                });
        threads[i].start();
      }
      long begin = System.nanoTime();
      go.set(true);
      for (int read = 0; read < 2 * each; ) {
        int drained = ring.drain(BURST);
        read += drained;
        if (drained == 0) {
          Thread.yield();
        }
      }
      best = Math.min(best, (System.nanoTime() - begin) / (2.0 * each));
      for (Thread thread : threads) {
        thread.join();
      }
    }
    System.out.printf("%-52s %8.2f ns%n", name + ": two producers and a reader, per record", best);
  }

  private static void droppingOnAFullRing() {
    RingbufMap map = (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096));
    while (map.reserve(64) != 0) {
      continue;
    }
    CarrierSlot slot = CarrierSlots.current();
    Batches.report(
        "sonde: drop on a full ring",
        BURST,
        BATCHES,
        n -> {
          for (int i = 0; i < n; i++) {
            sum += map.reserve(slot, 64);
          }
        });
  }

  private static void perfSamples() {
    ByteBuffer meta = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
    ByteBuffer data = ByteBuffer.allocateDirect(1 << 18).order(ByteOrder.nativeOrder());
    PerfFormat format =
        PerfFormat.of(PerfLayout.SAMPLE_TID | PerfLayout.SAMPLE_TIME | PerfLayout.SAMPLE_RAW);
    // The last record takes what is left, so that the same bytes can be read round after round.
    for (int at = 0; at < data.capacity(); at += 56) {
      int size = data.capacity() - at < 112 ? data.capacity() - at : 56;
      data.putLong(at, PerfLayout.SAMPLE | (long) size << 48);
      data.putInt(at + 24, size - 28);
      at += size - 56;
    }
    PerfRingReader reader = new PerfRingReader(meta, data, format);
    int records = data.capacity() / 56;
    long[] head = {0};
    Batches.report(
        "perf: parse of a 56-byte sample",
        records,
        BATCHES,
        n -> {
          head[0] += data.capacity();
          meta.putLong(PerfLayout.DATA_HEAD, head[0]);
          int read = reader.poll(r -> sum += r.timeNanos() + r.pid() + r.rawSizeBytes(), 1 << 20);
          if (read != n) {
            throw new IllegalStateException("read " + read + " records, want " + n);
          }
        });
  }

  private static void wakeUp() throws InterruptedException {
    RingbufMap map = (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096));
    int rounds = 2000;
    long[] latencies = new long[rounds];
    Thread reader =
        new Thread(
            () -> {
              int[] read = {0};
              while (read[0] < rounds) {
                map.reader().await(TimeUnit.SECONDS.toNanos(1));
                map.reader()
                    .poll(
                        (data, offset, length) ->
                            latencies[read[0]++] = System.nanoTime() - data.getLong(offset),
                        1);
              }
            });
    reader.start();
    for (int i = 0; i < rounds; i++) {
      LockSupport.parkNanos(3_000_000);
      long address = map.reserve(8);
      RawMemory.putLong(address, System.nanoTime());
      map.submit(address, 0);
    }
    reader.join();
    Arrays.sort(latencies);
    System.out.printf(
        "sonde: wake-up of a sleeping reader: median %.1f us, 99 %% %.1f us%n",
        latencies[rounds / 2] / 1e3, latencies[rounds * 99 / 100] / 1e3);
  }

  /** CPU time of a reader that has nothing to read, over ten seconds. */
  private static void idle() {
    RingbufMap map = (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096));
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    map.reader().await(TimeUnit.SECONDS.toNanos(1));
    long before = threads.getCurrentThreadCpuTime();
    map.reader().await(TimeUnit.SECONDS.toNanos(10));
    double share = (threads.getCurrentThreadCpuTime() - before) / 1e10;
    System.out.printf("sonde: CPU of an idle reader over 10 s: %.4f %%%n", share * 100);
  }
}
