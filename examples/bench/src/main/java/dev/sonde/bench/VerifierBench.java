package dev.sonde.bench;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.VerifierStats;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How fast the verifier is: {@code verify} DIR verifies every program of a directory and {@code
 * open} DIR only opens them; {@code warm} DIR OBJ the rates over a directory of tools, the median
 * program, a large one and a rejection at the limit. Times are CPU times of the one thread.
 */
public final class VerifierBench {
  private static final int WARM_UP = 12;
  private static final int ROUNDS = 9;

  private VerifierBench() {}

  public static void main(String[] arguments) throws IOException, VerificationException {
    switch (arguments[0]) {
      case "open", "verify" -> heap(Path.of(arguments[1]), arguments[0].equals("verify"));
      default -> warm(Path.of(arguments[1]), Path.of(arguments[2]));
    }
  }

  /**
   * Opens every object of a directory, one after the other: in how small a heap, the caller sees.
   */
  private static void heap(Path directory, boolean verifies)
      throws IOException, VerificationException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".o")).sorted().toList()) {
        try (PinnedMaps pinned = new PinnedMaps();
            BpfCollection collection = open(file, pinned)) {
          for (ResolvedProgram program : collection.programs()) {
            if (verifies) {
              Verifier.verify(program, VerifierOptions.DEFAULT);
            }
          }
        }
      }
    }
  }

  private static BpfCollection open(Path object, PinnedMaps pinned) throws IOException {
    return BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName);
  }

  private static void warm(Path directory, Path large) throws IOException, VerificationException {
    try (PinnedMaps pinned = new PinnedMaps()) {
      List<BpfCollection> collections = new ArrayList<>();
      List<ResolvedProgram> programs = new ArrayList<>();
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".o")).sorted().toList()) {
          collections.add(open(file, pinned));
          programs.addAll(collections.get(collections.size() - 1).programs());
        }
      }
      tools(programs);
      try (BpfCollection collection = open(large, pinned)) {
        large(collection.programs().get(0));
      }
      limit();
      collections.forEach(BpfCollection::close);
    }
  }

  private static void tools(List<ResolvedProgram> programs) throws VerificationException {
    double[] micros = new double[programs.size()];
    Arrays.fill(micros, Double.MAX_VALUE);
    long insns = 0;
    double best = Double.MAX_VALUE;
    double bestExplorer = Double.MAX_VALUE;
    long allocated = 0;
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      insns = 0;
      double explorer = 0;
      long start = cpu();
      for (int i = 0; i < micros.length; i++) {
        long before = cpu();
        long bytes = allocatedBytes();
        VerifierStats stats = Verifier.verify(programs.get(i), VerifierOptions.DEFAULT).stats();
        allocated = Math.max(allocated, allocatedBytes() - bytes);
        micros[i] = Math.min(micros[i], (cpu() - before) / 1e3);
        insns += stats.processedInsns();
        explorer += stats.explorerNanos();
      }
      best = Math.min(best, cpu() - start);
      bestExplorer = Math.min(bestExplorer, explorer);
    }
    Arrays.sort(micros);
    System.out.printf(
        "%d tracing programs, %d insns: explorer %.2f M insns/s, with the checker %.2f M insns/s%n",
        micros.length, insns, insns / bestExplorer * 1e3, insns / best * 1e3);
    System.out.printf(
        "a program: median %.3f ms, 99 %% %.2f ms; the largest allocates %.1f MB in all%n",
        micros[micros.length / 2] / 1e3, micros[micros.length * 99 / 100] / 1e3, allocated / 1e6);
  }

  private static void large(ResolvedProgram program) throws VerificationException {
    long best = Long.MAX_VALUE;
    VerifierStats stats = null;
    for (int i = 0; i < WARM_UP; i++) {
      long start = cpu();
      stats = Verifier.verify(program, VerifierOptions.DEFAULT).stats();
      best = Math.min(best, cpu() - start);
    }
    System.out.printf(
        "32-step loop over a branchy log2: %d insns in %.3f s, explorer alone %.3f s%n",
        stats.processedInsns(), best / 1e9, stats.explorerNanos() / 1e9);
  }

  /** Counts to a billion: rejected after a million insns. */
  private static void limit() {
    List<Insn> insns =
        List.of(
            new Insn(Opcodes.ALU64 | Opcodes.MOV, 1, 0, 0, 0),
            new Insn(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, 0),
            new Insn(Opcodes.ALU64 | Opcodes.ADD, 1, 0, 0, 1),
            new Insn(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 0, 1, 0, 0),
            new Insn(Opcodes.JMP | Opcodes.JNE, 1, 0, -3, 1_000_000_000),
            new Insn(Opcodes.EXIT, 0, 0, 0, 0));
    ResolvedProgram program =
        new ResolvedProgram(
            ProgramSpec.of("endless", ProgramType.KPROBE, insns), List.of(), List.of());
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long start = cpu();
      try {
        Verifier.verify(program, VerifierOptions.DEFAULT);
        throw new IllegalStateException("accepted");
      } catch (VerificationException e) {
        best = Math.min(best, cpu() - start);
      }
    }
    System.out.printf("rejection at the limit of 1,000,000 insns: %.2f s%n", best / 1e9);
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long allocatedBytes() {
    return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
        ? threads.getCurrentThreadAllocatedBytes()
        : 0;
  }
}
