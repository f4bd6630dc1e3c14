package dev.sonde.bench;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What compiling and entering a program costs: CPU time of the first program of this JVM and of
 * later ones, ns of a program that returns its argument, bytes of classes. Arguments: the directory
 * of the benchmarks' objects, and that of objects of whole tools, as clang 14 makes them.
 */
public final class EngineCosts {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int TURNS = 60;
  private static final int CLASSES = 2_000;

  /** Compiled code as probes reach it: a handle that a static final field holds. */
  private static final MethodHandle[] ENTRY = new MethodHandle[1];

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  private EngineCosts() {}

  public static void main(String[] args) throws Exception {
    EngineCosts costs = new EngineCosts();
    costs.run(Path.of(args[0]));
    if (args.length > 1) {
      costs.tools(Path.of(args[1]));
    }
  }

  private void run(Path directory) throws Exception {
    Map<VerifiedProgram, String> names = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".bpf.o")).sorted().toList()) {
        names.put(verified(file), file.getFileName().toString().replace(".bpf.o", ""));
      }
    }
    List<VerifiedProgram> programs = List.copyOf(names.keySet());
    VerifiedProgram first = programs.get(0);
    System.out.printf("first program of this JVM: %.1f ms of CPU%n", compileNanos(first) / 1e6);
    for (int i = 0; i < 200; i++) {
      programs.stream().filter(p -> size(p) <= 100).forEach(this::compileNanos);
    }
    for (VerifiedProgram program : programs) {
      long[] took = new long[TURNS];
      Arrays.setAll(took, i -> compileNanos(program));
      Arrays.sort(took);
      CompiledProgram compiled = compiler.compile(program);
      System.out.printf(
          "%-10s %5d insns: %.3f ms (median), class file %.1f B/insn%n",
          names.get(program),
          size(program),
          took[TURNS / 2] / 1e6,
          (double) compiled.classBytes() / size(program));
    }
    metaspace(programs);
    entry();
  }

  private static int size(VerifiedProgram program) {
    return program.program().insns().size();
  }

  private static VerifiedProgram verified(Path file) throws IOException, VerificationException {
    return Verifier.verify(collection(file).programs().get(0), VerifierOptions.DEFAULT);
  }

  private static BpfCollection collection(Path file) throws IOException {
    return BpfCollection.create(
        ObjectReader.read(file), Map.of(), new PinnedMaps(), Kfuncs::byName);
  }

  private long compileNanos(VerifiedProgram program) {
    long start = THREADS.getCurrentThreadCpuTime();
    compiler.compile(program);
    return THREADS.getCurrentThreadCpuTime() - start;
  }

  /** All that the JVM keeps of a class that was never run, over the insns of its program. */
  private void metaspace(List<VerifiedProgram> programs) {
    for (VerifiedProgram program : programs) {
      int count = Math.max(20, CLASSES * 50 / (50 + size(program)));
      List<CompiledProgram> kept = new ArrayList<>();
      long before = metaspaceBytes();
      for (int i = 0; i < count; i++) {
        kept.add(compiler.compile(program));
      }
      double each = (double) (metaspaceBytes() - before) / kept.size();
      System.out.printf(
          "metaspace: %.0f B for a program of %d insns, %.1f B/insn%n",
          each, size(program), each / size(program));
    }
  }

  /** Programs as users have them: all of an object together, small ones in one class. */
  private void tools(Path directory) throws IOException, VerificationException {
    int objects = 0;
    int insns = 0;
    double bytes = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith("clang14.v3.o")).sorted().toList()) {
        BpfCollection collection = collection(file);
        List<VerifiedProgram> programs = new ArrayList<>();
        for (ResolvedProgram program : collection.programs()) {
          programs.add(Verifier.verify(program, VerifierOptions.DEFAULT));
        }
        List<List<CompiledProgram>> kept = new ArrayList<>(List.of(compiler.compile(programs)));
        long before = metaspaceBytes();
        for (int i = 0; i < TURNS / 3; i++) {
          kept.add(compiler.compile(programs));
        }
        bytes += (double) (metaspaceBytes() - before) / (kept.size() - 1);
        insns += programs.stream().mapToInt(EngineCosts::size).sum();
        objects++;
      }
    }
    System.out.printf(
        "metaspace of %d tools: %.0f B for %d insns, %.1f B/insn%n",
        objects, bytes, insns, bytes / insns);
  }

  private static long metaspaceBytes() {
    System.gc();
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals("Metaspace"))
        .mapToLong((MemoryPoolMXBean pool) -> pool.getUsage().getUsed())
        .sum();
  }

  private void entry() throws Exception {
    List<Insn> insns = List.of(new Insn(0x79, 0, 1, 112, 0), new Insn(0x95, 0, 0, 0, 0));
    ProgramSpec spec = ProgramSpec.of("argument", ProgramType.KPROBE, insns);
    VerifiedProgram verified =
        Verifier.verify(new ResolvedProgram(spec, List.of(), List.of()), VerifierOptions.DEFAULT);
    CompiledProgram program = compiler.compile(verified);
    CarrierSlot slot = Objects.requireNonNull(CarrierSlots.current(), "no carrier slot is free");
    long context = RawMemory.allocateZeroed(1024);
    double best = Double.MAX_VALUE;
    double bestHandle = Double.MAX_VALUE;
    ENTRY[0] = program.scalarEntry().orElseThrow();
    for (int window = 0; window < 200; window++) {
      best = Math.min(best, spin(program, slot, context));
      bestHandle = Math.min(bestHandle, spinHandle(ENTRY[0], slot));
    }
    System.out.printf(
        "entry, a program of two insns: %.2f ns by run, %.2f ns by the scalar entry, through a handle"
            + " that is no constant%n",
        best, bestHandle);
  }

  private static final int CALLS = 1_000_000;

  private static double spin(CompiledProgram program, CarrierSlot slot, long context) {
    long start = THREADS.getCurrentThreadCpuTime();
    long sum = 0;
    for (int i = 0; i < CALLS; i++) {
      RawMemory.putLong(context + 112, i);
      sum += program.run(slot, context);
    }
    return elapsed(start, sum);
  }

  private static double spinHandle(MethodHandle handle, CarrierSlot slot) {
    long start = THREADS.getCurrentThreadCpuTime();
    long sum = 0;
    try {
      for (int i = 0; i < CALLS; i++) {
        sum += (long) handle.invokeExact(slot, (long) i);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    return elapsed(start, sum);
  }

  private static double elapsed(long start, long sum) {
    if (sum != CALLS * (CALLS - 1L) / 2) {
      throw new IllegalStateException("the program did not return its argument each time");
    }
    return (THREADS.getCurrentThreadCpuTime() - start) / (double) CALLS;
  }
}
