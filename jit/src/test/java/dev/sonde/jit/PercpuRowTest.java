package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.PercpuArrayMap;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** More CPUs at once than have rows: each counts for itself, by a row or by the table. */
class PercpuRowTest {
  private static final int THREADS = PercpuArrayMap.rows() + 8;
  private static final String COUNT =
      """
      stw [%r10-4], 1
      lddw %r1, map 0
      mov %r2, %r10
      add %r2, -4
      call 1
      jne %r0, 0, found
      mov %r0, -1
      exit
      found:
      ldxdw %r1, [%r0+0]
      add %r1, 1
      stxdw [%r0+0], %r1
      mov %r0, %r1
      exit
      """;

  @ParameterizedTest
  @CsvSource({"8, true", "24, true", "512, true", "520, false"})
  void everyCpuHasItsOwn(int valueBytes, boolean rows) throws Exception {
    try (BpfMap map = Maps.create(MapSpec.of("counts", MapType.PERCPU_ARRAY, 4, valueBytes, 2));
        CompiledProgram program = new JitCompiler(JitOptions.DEFAULT).compile(verified(map))) {
      assertEquals(rows, ((PercpuArrayMap) map).rowsAddress() != 0);
      int highest = runInThreads(program);
      assertTrue(highest >= PercpuArrayMap.rows(), "highest CPU " + highest);
      assertEquals(THREADS * (THREADS + 1) / 2, sum(map, 1, valueBytes));
      assertEquals(0, sum(map, 0, valueBytes));
    }
  }

  private static VerifiedProgram verified(BpfMap map) throws VerificationException {
    return Verifier.verify(
        Trusted.of("count", ProgramType.SCHED_CLS, Assembler.assemble(COUNT), map).program(),
        VerifierOptions.DEFAULT);
  }

  /** Thread i runs the program i + 1 times while all others live; returns the highest CPU. */
  private static int runInThreads(CompiledProgram program)
      throws InterruptedException, ExecutionException {
    CyclicBarrier allAlive = new CyclicBarrier(THREADS);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<Integer>> cpus = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int times = i + 1;
      cpus.add(threads.submit(() -> countUpTo(times, program, allAlive)));
    }
    threads.shutdown();
    int highest = 0;
    for (Future<Integer> cpu : cpus) {
      highest = Math.max(highest, cpu.get());
    }
    return highest;
  }

  private static int countUpTo(int times, CompiledProgram program, CyclicBarrier allAlive)
      throws InterruptedException, BrokenBarrierException {
    int cpu = Objects.requireNonNull(CarrierSlots.current()).index();
    allAlive.await();
    for (int i = 1; i <= times; i++) {
      assertEquals(i, TestRun.run(program, TestRun.Input.packet(new byte[64])).retval());
    }
    return cpu;
  }

  private static long sum(BpfMap map, int key, int valueBytes) {
    byte[] keyBytes = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(key).array();
    ByteBuffer values =
        ByteBuffer.wrap(Objects.requireNonNull(map.lookup(keyBytes)))
            .order(ByteOrder.nativeOrder());
    long sum = 0;
    for (int at = 0; at < values.capacity(); at += valueBytes) {
      sum += values.getLong(at);
    }
    return sum;
  }
}
