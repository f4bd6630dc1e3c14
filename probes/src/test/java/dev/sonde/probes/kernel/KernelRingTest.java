package dev.sonde.probes.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ring that a program in the kernel fills, read by the one reader, which sleeps in epoll. */
class KernelRingTest {
  private static final long IDLE_NANOS = 3_000_000; // of a second: one that polled would use more

  private static final int MAP_TYPE_RINGBUF = 27;
  private static final int RING_BYTES = 1 << 16;
  private static final int PROG_LOAD = 5;
  private static final int TEST_RUN = 10;
  private static final int ATTR_BYTES = 144;

  private Linux linux;
  private int map;
  private int program;
  private KernelRing ring;

  @BeforeEach
  void open() {
    try {
      linux = Linux.running();
      map = new BpfCalls(linux).createMap(MAP_TYPE_RINGBUF, 0, 0, RING_BYTES);
    } catch (LinuxException | UnsupportedOperationException e) {
      abort("bpf(2) is not permitted here: " + e.getMessage());
    }
    program = load();
    ring = new KernelRing(linux, map, RING_BYTES);
  }

  @AfterEach
  void close() {
    if (ring != null) {
      ring.close();
      linux.close(program);
      linux.close(map);
    }
  }

  /** A socket filter that writes the time into the ring. */
  private int load() {
    List<Insn> insns =
        Assembler.assemble(
            """
            call 5                  # bpf_ktime_get_ns()
            stxdw [%%r10-8], %%r0
            lddw %%r1, map 0
            mov %%r2, %%r10
            add %%r2, -8
            mov %%r3, 8
            mov %%r4, 0
            call 130                # bpf_ringbuf_output
            mov %%r0, 0
            exit
            """
                .formatted());
    try (Scratch scratch = new Scratch()) {
      long code = scratch.zeroed((long) insns.size() * Insn.SIZE_BYTES);
      for (int i = 0; i < insns.size(); i++) {
        RawMemory.putLong(code + (long) i * Insn.SIZE_BYTES, insns.get(i).toLong());
      }
      RawMemory.putInt(code + 2 * Insn.SIZE_BYTES + 4, map); // lddw's imm
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, 1); // BPF_PROG_TYPE_SOCKET_FILTER
      RawMemory.putInt(attr + 4, insns.size());
      RawMemory.putLong(attr + 8, code);
      RawMemory.putLong(attr + 16, scratch.cString("GPL"));
      long fd = linux.bpf(PROG_LOAD, attr, ATTR_BYTES);
      assertTrue(fd >= 0, () -> "load answered " + fd);
      return (int) fd;
    }
  }

  private void run(int times) {
    try (Scratch scratch = new Scratch()) {
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, program);
      RawMemory.putInt(attr + 8, 64);
      RawMemory.putLong(attr + 16, scratch.zeroed(64));
      RawMemory.putInt(attr + 32, times);
      long answer = linux.bpf(TEST_RUN, attr, ATTR_BYTES);
      assertEquals(0, answer, "test run");
    }
  }

  @Test
  void theKernelWakesASleepingReader() throws Exception {
    long[] latencies = new long[100];
    Thread sleeper =
        new Thread(
            () -> {
              int[] read = {0};
              while (read[0] < latencies.length
                  && ring.reader().await(TimeUnit.SECONDS.toNanos(20))) {
                ring.reader()
                    .poll(
                        (data, offset, length) ->
                            latencies[read[0]++] = System.nanoTime() - data.getLong(offset),
                        1);
              }
            });
    sleeper.start();
    for (int i = 0; i < latencies.length; i++) {
      Thread.sleep(3);
      run(1);
    }
    sleeper.join(30_000);
    assertFalse(sleeper.isAlive(), "the reader sleeps on");
    assertEquals(latencies.length, ring.reader().consumed());
    Arrays.sort(latencies);
    long median = latencies[latencies.length / 2];
    assertTrue(median > 0 && median < 5_000_000, () -> "median wake-up " + median + " ns");
  }

  @Test
  void everyRecordIsReadRoundAfterRound() {
    for (int round = 0; round < 10; round++) {
      run(2000);
      assertTrue(ring.reader().await(0));
      long[] last = {0};
      int read =
          ring.reader()
              .poll(
                  (data, offset, length) -> {
                    assertEquals(8, length);
                    assertTrue(data.getLong(offset) >= last[0], "time runs backwards");
                    last[0] = data.getLong(offset);
                  },
                  Integer.MAX_VALUE);
      assertEquals(2000, read);
    }
  }

  @Test
  void anIdleReaderUsesNoCpuAndIsWokenByHand() throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE; // a JVM that compiles or collects stops its threads now and then
    for (int i = 0; i < 5 && least >= IDLE_NANOS; i++) {
      long before = threads.getCurrentThreadCpuTime();
      assertFalse(ring.reader().await(TimeUnit.SECONDS.toNanos(1)));
      least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
    }
    assertTrue(least < IDLE_NANOS, least + " ns of CPU in an idle second");
    new Thread(ring::wake).start();
    long begin = System.nanoTime();
    assertFalse(ring.reader().await(TimeUnit.SECONDS.toNanos(20)));
    assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(10));
  }
}
