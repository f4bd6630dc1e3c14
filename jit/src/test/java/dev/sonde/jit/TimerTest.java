package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapTimers;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A compiled program's timer calls its compiled callback back, until the program is closed. */
class TimerTest {
  /** The value: {@code u64 fired; struct bpf_timer; struct bpf_spin_lock}. */
  private static final MapSpec SPEC =
      MapSpec.of("timers", MapType.HASH, 4, 32, 4)
          .withSpecialFields(
              List.of(
                  new SpecialField(SpecialField.Kind.TIMER, 8),
                  new SpecialField(SpecialField.Kind.SPIN_LOCK, 24)));

  private static final byte[] KEY = {3, 0, 0, 0};

  private static String asm(long nanos) {
    return """
    stw [%%r10-4], 3
    lddw %%r1, map 0
    mov %%r2, %%r10
    add %%r2, -4
    call 1
    jne %%r0, 0, found
    exit
    found:
    mov %%r6, %%r0
    add %%r6, 8
    mov %%r1, %%r6
    lddw %%r2, map 0
    mov %%r3, 1
    call 169
    mov %%r1, %%r6
    lddw %%r2, func fire
    call 170
    mov %%r1, %%r6
    lddw %%r2, %d
    mov %%r3, 0
    call 171
    exit
    fire:
    mov %%r7, %%r3
    ldxw %%r8, [%%r2+0]
    mov %%r1, %%r7
    add %%r1, 24
    call 93
    ldxdw %%r4, [%%r7+0]
    add %%r4, %%r8
    stxdw [%%r7+0], %%r4
    mov %%r1, %%r7
    add %%r1, 24
    call 94
    mov %%r0, 0
    exit
    """
        .formatted(nanos);
  }

  private static CompiledProgram compile(long nanos, BpfMap map) {
    Trusted proof = Trusted.of("timer", Assembler.assemble(asm(nanos)), map);
    return new JitCompiler(JitOptions.DEFAULT).compile(proof, null);
  }

  private static long fired(BpfMap map) {
    byte[] value = map.lookup(KEY);
    assertNotNull(value);
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }

  @Test
  void theCallbackGetsMapKeyAndValue() throws InterruptedException {
    try (BpfMap map = Maps.create(SPEC)) {
      map.update(KEY, new byte[32], 0);
      try (CompiledProgram program = compile(1_000_000, map)) {
        assertEquals(0, program.run(Trusted.slot(), 0));
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (fired(map) == 0 && System.nanoTime() - deadline < 0) {
          Thread.sleep(1);
        }
        assertEquals(3, fired(map));
        MapTimers timers = map.timers();
        assertNotNull(timers);
        assertEquals(0, timers.failedRuns());
      }
    }
  }

  @Test
  void aClosedProgramsTimerStaysSilent() throws InterruptedException {
    boolean inTime = false; // on a busy machine the timer may be due before the program is closed
    for (long nanos = 20_000_000; !inTime; nanos *= 4) {
      try (BpfMap map = Maps.create(SPEC)) {
        map.update(KEY, new byte[32], 0);
        CompiledProgram program = compile(nanos, map);
        long begin = System.nanoTime();
        assertEquals(0, program.run(Trusted.slot(), 0));
        program.close();
        inTime = System.nanoTime() - begin < nanos;
        if (inTime) {
          Thread.sleep(nanos / 1_000_000 + 30);
          assertEquals(0, fired(map));
        }
      }
    }
  }
}
