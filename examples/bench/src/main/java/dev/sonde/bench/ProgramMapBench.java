package dev.sonde.bench;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Times what programs do with maps, and the entry of the interpreter. Prints lines of minimum and
 * median ns over rounds.
 */
public final class ProgramMapBench {
  private static final int ROUNDS = 90;
  private static final int WARM_ROUNDS = 30;
  private static final int RUNS = 200_000;
  private static final int KEYS = 1 << 16;
  private static final int LOOKUPS = 8;

  private final long context = RawMemory.allocateZeroed(4096);
  private final CarrierSlot slot = Objects.requireNonNull(CarrierSlots.current(), "no free slot");
  private long sink;

  private ProgramMapBench() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws VerificationException {
    new ProgramMapBench().run();
  }

  private void run() throws VerificationException {
    for (int i = 0; i < 21; i++) {
      RawMemory.putLong(context + 8 * i, i * 7L);
    }
    time("interpreter: entry (r0 = 0; exit)", 1, plain(interpreted("mov %r0, 0\nexit")));
    time("jit: entry (r0 = 0; exit)", 1, plain(compiled("mov %r0, 0\nexit")));
    try (BpfMap array = Maps.create(MapSpec.of("m", MapType.ARRAY, 4, 8, 64));
        BpfMap perCpu = Maps.create(MapSpec.of("m", MapType.PERCPU_ARRAY, 4, 8, 64));
        BpfMap hash = Maps.create(MapSpec.of("m", MapType.HASH, 16, 8, KEYS))) {
      time("jit: array lookup and load", LOOKUPS, plain(compiled(lookups(), array)));
      time("jit: per-CPU array lookup and load", LOOKUPS, plain(compiled(lookups(), perCpu)));
      long[] keys = keys(hash);
      time("jit: hash lookup+increment, 64k keys", 1, counting(compiled(increment(), hash), keys));
      time(
          "interpreter: hash lookup+increment, 64k keys",
          1,
          counting(interpreted(increment(), hash), keys));
    }
  }

  private LongSupplier plain(ExecutableProgram program) {
    return () -> {
      long start = System.nanoTime();
      for (int i = 0; i < RUNS; i++) {
        sink += program.run(slot, context);
      }
      return (System.nanoTime() - start) * 100 / RUNS;
    };
  }

  /** The keys come in random order, so that each meets a cold part of the map. */
  private LongSupplier counting(ExecutableProgram program, long[] keys) {
    return () -> {
      long start = System.nanoTime();
      for (int i = 0; i < keys.length; i += 2) {
        RawMemory.putLong(context, keys[i]);
        RawMemory.putLong(context + 8, keys[i + 1]);
        sink += program.run(slot, context);
      }
      return (System.nanoTime() - start) * 100 / (keys.length / 2);
    };
  }

  private void time(String what, int parts, LongSupplier hundredthsOfNanos) {
    long[] rounds = new long[ROUNDS];
    for (int i = -WARM_ROUNDS; i < ROUNDS; i++) {
      long took = hundredthsOfNanos.getAsLong() / parts;
      rounds[Math.max(i, 0)] = took;
    }
    Arrays.sort(rounds);
    System.out.printf(
        "%-50s min %6.2f ns, median %6.2f ns%n",
        what, rounds[0] / 100.0, rounds[ROUNDS / 2] / 100.0);
  }

  private static long[] keys(BpfMap map) {
    Random random = new Random(1);
    long[] keys = random.longs(2L * KEYS).toArray();
    long scratch = RawMemory.allocateZeroed(24);
    for (int i = 0; i < keys.length; i += 2) {
      RawMemory.putLong(scratch, keys[i]);
      RawMemory.putLong(scratch + 8, keys[i + 1]);
      map.update(0, scratch, scratch + 16, 0);
    }
    RawMemory.free(scratch);
    for (int i = KEYS - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      for (int word = 0; word < 2; word++) {
        long kept = keys[2 * i + word];
        keys[2 * i + word] = keys[2 * j + word];
        keys[2 * j + word] = kept;
      }
    }
    return keys;
  }

  private static String lookups() {
    StringBuilder asm = new StringBuilder("mov %r7, %r1\nmov %r8, 0\n");
    for (int i = 0; i < LOOKUPS; i++) {
      asm.append("ldxdw %r1, [%r7+").append(8 * i).append("]\nand %r1, 63\nstxw [%r10-4], %r1\n");
      asm.append("lddw %r1, map 0\nmov %r2, %r10\nadd %r2, -4\ncall 1\njeq %r0, 0, out\n");
      asm.append("ldxdw %r1, [%r0+0]\nadd %r8, %r1\n");
    }
    return asm + "out:\nmov %r0, %r8\nexit\n";
  }

  private static String increment() {
    return """
    ldxdw %r2, [%r1+0]
    stxdw [%r10-16], %r2
    ldxdw %r2, [%r1+8]
    stxdw [%r10-8], %r2
    lddw %r1, map 0
    mov %r2, %r10
    add %r2, -16
    call 1
    jeq %r0, 0, out
    ldxdw %r1, [%r0+0]
    add %r1, 1
    stxdw [%r0+0], %r1
    out:
    mov %r0, 0
    exit
    """;
  }

  private static ExecutableProgram compiled(String asm, BpfMap... maps)
      throws VerificationException {
    return new JitCompiler(JitOptions.DEFAULT).compile(verified(asm, maps));
  }

  private static ExecutableProgram interpreted(String asm, BpfMap... maps)
      throws VerificationException {
    return new Interpreter(verified(asm, maps));
  }

  private static VerifiedProgram verified(String asm, BpfMap... maps) throws VerificationException {
    List<String> names = Arrays.stream(maps).map(map -> map.spec().name()).toList();
    ProgramSpec spec =
        new ProgramSpec(
            "bench",
            "",
            ProgramType.KPROBE,
            Assembler.assemble(asm),
            names,
            List.of(),
            "GPL",
            List.of(new SubprogramSpec(0, "bench", 0, false)),
            List.of(),
            null);
    return Verifier.verify(
        new ResolvedProgram(spec, List.of(maps), List.of()), VerifierOptions.DEFAULT);
  }
}
