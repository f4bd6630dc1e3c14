package dev.sonde.vm.interp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapTimers;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timers in the values of a map: {@code struct { u64 fired; struct bpf_timer t; u64 key; }}. */
class TimerTest {
  private static final int VALUE_BYTES = 32;
  private static final long MILLISECOND = 1_000_000;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private BpfMap map(MapType type) {
    MapSpec spec =
        MapSpec.of("timers", type, 4, VALUE_BYTES, 8)
            .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.TIMER, 8)));
    BpfMap map = Maps.create(spec);
    open.add(map);
    if (type != MapType.ARRAY) {
      map.update(key(3), new byte[VALUE_BYTES], 0);
    }
    return map;
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(key).array();
  }

  /** What a program does to the timer of key 3; r7 is the value, r6 the timer, r0 the result. */
  private Interpreter program(BpfMap map, String body, String callback) {
    String asm =
        """
        stw [%r10-4], 3
        lddw %r1, map 0
        mov %r2, %r10
        add %r2, -4
        call 1
        jne %r0, 0, +2
        mov %r0, 99
        exit
        mov %r7, %r0
        mov %r6, %r0
        add %r6, 8
        mov %r0, 0
        """;
    Proof proof =
        TestProof.of(ProgramType.SCHED_CLS, asm + body + "exit\ncallback:\n" + callback, map);
    Interpreter program = new Interpreter(proof);
    open.add(0, program);
    return program;
  }

  private static final String INIT = "mov %r1, %r6\nlddw %r2, map 0\nmov %r3, 1\ncall 169\n";
  private static final String CALLBACK = "mov %r1, %r6\nlddw %r2, func callback\ncall 170\n";

  private static String start(long nanos) {
    return "mov %r1, %r6\nlddw %r2, " + nanos + "\nmov %r3, 0\ncall 171\n";
  }

  /** Counts in the value and notes the key. */
  private static final String COUNT =
      "mov %r4, 1\nlock add [%r3+0], %r4\nldxw %r5, [%r2+0]\nstxdw [%r3+24], %r5\nmov %r0, 0\nexit";

  private static int run(Interpreter program) {
    int result = TestRun.run(program, TestRun.Input.standard()).retval();
    assertEquals(0, program.failedRuns());
    return result;
  }

  private static long word(BpfMap map, int offset) {
    byte[] value = map.lookup(key(3));
    assertNotNull(value);
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong(offset);
  }

  private static void await(BpfMap map, long fired) throws InterruptedException {
    long deadline = System.nanoTime() + 60_000 * MILLISECOND;
    while (word(map, 0) < fired && System.nanoTime() - deadline < 0) {
      Thread.sleep(1);
    }
    assertEquals(fired, word(map, 0));
    MapTimers timers = map.timers();
    assertNotNull(timers);
    assertEquals(0, timers.failedRuns());
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "LRU_HASH", "ARRAY"})
  void aTimerCallsBackWithMapKeyAndValue(MapType type) throws InterruptedException {
    BpfMap map = map(type);
    long before = System.nanoTime();
    assertEquals(0, run(program(map, INIT + CALLBACK + start(5 * MILLISECOND), COUNT)));
    await(map, 1);
    assertTrue(System.nanoTime() - before >= 5 * MILLISECOND, "fired too early");
    assertEquals(3, word(map, 24));
    assertEquals(0, word(map, 8), "user space does not see the timer");
  }

  @Test
  void aCallbackMayStartItsTimerAnew() throws InterruptedException {
    BpfMap map = map(MapType.HASH);
    String again =
        """
        ldxdw %r4, [%r3+0]
        add %r4, 1
        stxdw [%r3+0], %r4
        mov %r0, 0
        jge %r4, 5, done
        mov %r1, %r3
        add %r1, 8
        mov %r2, 100000
        mov %r3, 0
        call 171
        mov %r0, 0
        done:
        exit
        """;
    assertEquals(0, run(program(map, INIT + CALLBACK + start(1), again)));
    await(map, 5);
    Thread.sleep(20);
    assertEquals(5, word(map, 0));
  }

  @Test
  void aCancelledTimerStaysSilentAndNeedsItsCallbackAgain() throws InterruptedException {
    String cancel = "mov %r1, %r6\ncall 172\n";
    BpfMap map =
        beforeItIsDue(
            (fresh, nanos) -> {
              int pending = run(program(fresh, INIT + CALLBACK + start(nanos) + cancel, COUNT));
              return () -> assertEquals(1, pending);
            });
    assertEquals(0, run(program(map, cancel, COUNT)));
    assertEquals(-22, run(program(map, start(1), COUNT)));
    assertEquals(0, word(map, 0));
    assertEquals(0, run(program(map, CALLBACK + start(1), COUNT)));
    await(map, 1);
  }

  /** Starts a timer and does something to it; what is returned holds if that came in time. */
  private interface Attempt {
    Runnable on(BpfMap fresh, long nanos);
  }

  /**
   * Lets {@code attempt} end a timer before it is due, which on a busy machine takes more than one
   * attempt, waits until it would have been due, and returns the map.
   */
  private BpfMap beforeItIsDue(Attempt attempt) throws InterruptedException {
    for (long nanos = 20 * MILLISECOND; ; nanos *= 4) {
      BpfMap map = map(MapType.HASH);
      long begin = System.nanoTime();
      Runnable holds = attempt.on(map, nanos);
      if (System.nanoTime() - begin < nanos) {
        holds.run();
        Thread.sleep(nanos / MILLISECOND + 30);
        return map;
      }
    }
  }

  @Test
  void misuseIsAnsweredAsTheKernelAnswers() {
    BpfMap map = map(MapType.HASH);
    assertEquals(-22, run(program(map, start(1), COUNT)), "start before init");
    assertEquals(-22, run(program(map, CALLBACK, COUNT)), "callback before init");
    assertEquals(-22, run(program(map, INIT.replace("%r3, 1", "%r3, 5"), COUNT)), "clock");
    assertEquals(0, run(program(map, INIT, COUNT)));
    assertEquals(-16, run(program(map, INIT, COUNT)), "init twice");
    assertEquals(-22, run(program(map, start(1), COUNT)), "no callback");
    String flags = start(1).replace("mov %r3, 0", "mov %r3, 4");
    assertEquals(-22, run(program(map, CALLBACK + flags, COUNT)), "unknown flags");
  }

  @Test
  void aTimerEndsWithItsElement() throws InterruptedException {
    BpfMap map =
        beforeItIsDue(
            (fresh, nanos) -> {
              assertEquals(0, run(program(fresh, INIT + CALLBACK + start(nanos), COUNT)));
              fresh.delete(key(3));
              fresh.update(key(3), new byte[VALUE_BYTES], 0);
              return () -> {};
            });
    assertEquals(0, word(map, 0));
    assertEquals(0, run(program(map, INIT, COUNT)), "the new element has none yet");
  }

  @Test
  void aTimerEndsWithItsProgram() throws InterruptedException {
    BpfMap map =
        beforeItIsDue(
            (fresh, nanos) -> {
              Interpreter program = program(fresh, INIT + CALLBACK + start(nanos), COUNT);
              assertEquals(0, run(program));
              program.close();
              open.remove(program);
              return () -> {};
            });
    assertEquals(0, word(map, 0));
  }

  @Test
  void theThreadEndsWithTheMap() throws InterruptedException {
    BpfMap map = map(MapType.HASH);
    assertEquals(0, run(program(map, INIT + CALLBACK + start(1), COUNT)));
    await(map, 1);
    Thread thread =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().equals("sonde-timers-timers") && t.isAlive())
            .findFirst()
            .orElseThrow();
    assertTrue(thread.isDaemon());
    open.remove(map);
    map.close();
    thread.join(60_000);
    long alive = Thread.getAllStackTraces().keySet().stream().filter(t -> t == thread).count();
    assertEquals(0, alive);
  }
}
