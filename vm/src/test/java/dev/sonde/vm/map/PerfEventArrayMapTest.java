package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PerfEventArrayMapTest {
  private static PerfEventArrayMap map() {
    MapSpec spec = MapSpec.of("p", MapType.PERF_EVENT_ARRAY, 4, 4, 0);
    return (PerfEventArrayMap) Maps.create(Maps.adapted(spec));
  }

  @Test
  void errnosAreTheKernels() {
    long data = RawMemory.allocateZeroed(16);
    CarrierSlot slot = CarrierSlots.current();
    try (PerfEventArrayMap map = map()) {
      assertEquals(-Errno.ENOENT, map.output(slot, PerfEventArrayMap.CURRENT_CPU, data, 16));
      map.open(4096, false);
      assertEquals(0, map.output(slot, PerfEventArrayMap.CURRENT_CPU, data, 16));
      assertEquals(0, map.output(slot, slot.index(), data, 16));
      assertEquals(-Errno.EOPNOTSUPP, map.output(slot, slot.index() + 1, data, 16));
      assertEquals(-Errno.E2BIG, map.output(slot, 100_000, data, 16));
      assertEquals(-Errno.EINVAL, map.output(slot, 1L << 40, data, 16));
      assertThrows(BpfException.class, () -> map.open(4096, false));
      assertEquals(3, map.lost());
    } finally {
      RawMemory.free(data);
    }
  }

  @Test
  void lanesOfManyThreadsAreOneStreamAndEverySampleIsReadOrCounted() throws Exception {
    int producers = 4;
    int each = 20_000;
    try (PerfEventArrayMap map = map()) {
      map.open(1 << 14, false);
      AtomicInteger running = new AtomicInteger(producers);
      AtomicLong refused = new AtomicLong();
      for (int i = 0; i < producers; i++) {
        int number = i;
        new Thread(
                () -> {
                  CarrierSlot slot = CarrierSlots.current();
                  long data = RawMemory.allocateZeroed(64);
                  for (int n = 0; n < each; n++) {
                    RawMemory.putLong(data, number);
                    RawMemory.putLong(data + 8, n);
                    long size = 16 + n % 48;
                    if (map.output(slot, PerfEventArrayMap.CURRENT_CPU, data, size) != 0) {
                      refused.incrementAndGet();
                    }
                  }
                  RawMemory.free(data);
                  running.decrementAndGet();
                })
            .start();
      }
      long[] last = {-1, -1, -1, -1};
      long[] read = {0};
      while (running.get() > 0 || map.await(0)) {
        map.await(TimeUnit.MILLISECONDS.toNanos(5));
        map.poll(
            r -> {
              if (r.type() == PerfLayout.SAMPLE) {
                int producer = (int) r.buffer().getLong(r.rawOffset());
                long n = r.buffer().getLong(r.rawOffset() + 8);
                assertTrue(n > last[producer]);
                last[producer] = n;
                read[0]++;
              }
            },
            1000);
      }
      assertEquals(producers * each, read[0] + refused.get());
      assertEquals(refused.get(), map.lost());
    }
  }

  @Test
  void aFlightRecorderDumpsTheNewestOfAllLanesByTime() throws Exception {
    try (PerfEventArrayMap map = map()) {
      map.open(4096, true);
      CountDownLatch owned =
          new CountDownLatch(3); // the slot of a thread that ended is another's next
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread thread =
            new Thread(
                () -> {
                  long data = RawMemory.allocateZeroed(64);
                  CarrierSlot slot = CarrierSlots.current();
                  owned.countDown();
                  while (owned.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                  for (int n = 0; n < 5_000; n++) {
                    RawMemory.putLong(data, n);
                    assertEquals(0, map.output(slot, PerfEventArrayMap.CURRENT_CPU, data, 44));
                  }
                  RawMemory.free(data);
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      long[] last = {0};
      long[] newest = {0};
      int dumped =
          map.dump(
              r -> {
                assertTrue(r.timeNanos() >= last[0], "not by time");
                last[0] = r.timeNanos();
                newest[0] += r.buffer().getLong(r.rawOffset()) == 4_999 ? 1 : 0;
              });
      assertEquals(3 * 64, dumped);
      assertEquals(3, newest[0]);
    }
  }
}
