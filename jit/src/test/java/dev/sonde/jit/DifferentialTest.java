package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The interpreter is the oracle: both engines must end with the same r0 and the same memory. */
class DifferentialTest {
  private static final int PROGRAMS =
      Boolean.getBoolean("sonde.long")
          ? 2_000_000
          : Integer.getInteger("sonde.random.programs", 100_000);
  private static final int INPUTS = 3;
  private static final long MAX_RUN_NANOS = 60_000_000_000L;

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  /** Makes several methods of what would be one. */
  private final JitCompiler splitting = new JitCompiler(new JitOptions(false, 100_000, 300));

  private final long memory = RawMemory.allocateZeroed(RandomProgram.MEMORY_BYTES);

  @Test
  void randomProgramsEndAsTheInterpreterEndsThem() {
    long first = Long.getLong("sonde.seed", System.nanoTime());
    System.out.println("random programs from seed " + first);
    for (long seed = first; seed < first + PROGRAMS; seed++) {
      check(seed);
    }
  }

  private void check(long seed) {
    List<Insn> insns = RandomProgram.of(seed);
    Trusted proof = Trusted.of("random", insns);
    CarrierSlot slot = Trusted.slot();
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = (seed % 4 == 0 ? splitting : compiler).compile(proof, null)) {
      for (int i = 0; i < INPUTS; i++) {
        byte[] input = input(seed, i);
        Outcome want = run(oracle, slot, input);
        Outcome got = run(program, slot, input);
        assertEquals(0, oracle.failedRuns(), () -> describe(seed, insns));
        assertEquals(failed, CompiledProgram.failedRuns(), () -> describe(seed, insns));
        assertEquals(want.r0, got.r0, () -> describe(seed, insns));
        assertArrayEquals(want.memory, got.memory, () -> describe(seed, insns));
      }
    } catch (RuntimeException | LinkageError broken) {
      throw new AssertionError(describe(seed, insns), broken);
    }
  }

  private record Outcome(long r0, byte[] memory) {}

  private Outcome run(ExecutableProgram program, CarrierSlot slot, byte[] input) {
    RawMemory.write(memory, input);
    slot.beginRun(MAX_RUN_NANOS); // bpf_loop looks at the clock
    long r0 = program.run(slot, memory);
    return new Outcome(r0, RawMemory.read(memory, input.length));
  }

  private static byte[] input(long seed, int index) {
    byte[] bytes = new byte[RandomProgram.MEMORY_BYTES];
    if (index > 0) {
      SplittableRandom random = new SplittableRandom(seed * 31 + index);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) random.nextInt();
      }
    }
    return bytes;
  }

  private static String describe(long seed, List<Insn> insns) {
    StringBuilder text = new StringBuilder("seed " + seed + "\n");
    for (int i = 0; i < insns.size(); i++) {
      text.append(i).append(": ").append(insns.get(i)).append('\n');
    }
    return text.toString();
  }
}
