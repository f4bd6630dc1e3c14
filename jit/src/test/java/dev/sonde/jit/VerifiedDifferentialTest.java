package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.RandomProgram.Source;
import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the compiler makes of programs with all that the verifier knows of them: r0, map and packet
 * are the interpreter's.
 */
class VerifiedDifferentialTest {
  private static final int PROGRAMS =
      Boolean.getBoolean("sonde.long")
          ? 2_000_000
          : Integer.getInteger("sonde.random.programs", 100_000);
  private static final int THREADS = 2;
  private static final int INPUTS = 2;
  private static final Source[] SOURCES = {Source.MAP, Source.PACKET, Source.FIELDS};

  /** Enough for what is made here; a few with many branches in a loop would take seconds. */
  private static final VerifierOptions OPTIONS = new VerifierOptions(0, false, 6_000);

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final JitCompiler splitting = new JitCompiler(new JitOptions(false, 100_000, 300));
  private final AtomicInteger accepted = new AtomicInteger();

  @Test
  void verifiedProgramsEndAsTheInterpreterEndsThem() {
    long first = Long.getLong("sonde.seed", System.nanoTime());
    System.out.println("verified programs from seed " + first);
    AtomicInteger next = new AtomicInteger();
    IntStream.range(0, THREADS)
        .parallel()
        .forEach(
            thread -> {
              try (BpfMap map = Maps.create(MapSpec.of("memory", MapType.ARRAY, 4, 64, 4))) {
                while (accepted.get() < PROGRAMS) {
                  check(first + next.getAndIncrement(), map);
                }
              }
            });
    int tried = next.get();
    assertTrue(tried < 3 * PROGRAMS, () -> tried + " programs for " + PROGRAMS + " accepted");
  }

  private void check(long seed, BpfMap map) {
    Source source = SOURCES[(int) Math.floorMod(seed, 3L)];
    boolean fields = source == Source.FIELDS;
    List<Insn> insns = RandomProgram.of(seed, source);
    ProgramType type = fields ? ProgramType.KPROBE : ProgramType.SCHED_CLS;
    ResolvedProgram resolved = Trusted.of("random", type, insns, map).program();
    VerifiedProgram verified;
    try {
      verified = Verifier.verify(resolved, OPTIONS);
    } catch (VerificationException tooComplex) {
      return;
    }
    accepted.incrementAndGet();
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = (seed % 5 == 0 ? splitting : compiler).compile(verified)) {
      for (int i = 0; i < INPUTS; i++) {
        byte[] input = new byte[64];
        new SplittableRandom(seed * 31 + i).nextBytes(input);
        Outcome want = run(oracle, map, input, fields);
        Outcome got = run(program, map, input, fields);
        assertEquals(failed, CompiledProgram.failedRuns(), () -> describe(seed, insns));
        assertEquals(want.r0, got.r0, () -> describe(seed, insns));
        assertArrayEquals(want.packet, got.packet, () -> describe(seed, insns));
        assertArrayEquals(want.value, got.value, () -> describe(seed, insns));
      }
    } catch (RuntimeException | LinkageError broken) {
      throw new AssertionError(describe(seed, insns), broken);
    }
  }

  private record Outcome(int r0, byte[] packet, byte[] value) {}

  private static Outcome run(ExecutableProgram program, BpfMap map, byte[] input, boolean fields) {
    byte[] key = new byte[4];
    map.update(key, input, 0);
    TestRun.Input given =
        fields ? TestRun.Input.context(context(input)) : TestRun.Input.packet(input);
    TestRun.Result result = TestRun.run(program, given);
    return new Outcome(result.retval(), result.data(), map.lookup(key));
  }

  private static byte[] context(byte[] input) {
    byte[] context = new byte[MethodContext.SIZE_BYTES];
    System.arraycopy(input, 0, context, 80, input.length);
    return context;
  }

  private static String describe(long seed, List<Insn> insns) {
    StringBuilder text = new StringBuilder("seed " + seed + "\n");
    for (int i = 0; i < insns.size(); i++) {
      text.append(i).append(": ").append(insns.get(i)).append('\n');
    }
    return text.toString();
  }
}
