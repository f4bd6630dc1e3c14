package dev.sonde.bench;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Times each program of a directory: native, in the kernel, compiled and interpreted by Sonde, one
 * after the other in one process. Prints a line {@code name native kernel jit interpreter} in ns
 * for each; {@code engines.sh} makes the table of several such processes.
 */
public final class EngineBench {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int DATA_BYTES = 4096;
  private static final long WARM_NANOS = 1_200_000_000L;
  private static final long INTERPRETER_WARM_NANOS = 500_000_000L;
  private static final long WINDOW_NANOS = 4_000_000L;
  private static final int WINDOWS = 60;

  private final Path programs;
  private final Path built;

  /** Keeps the JVM's compiler from dropping a program whose result nobody wants. */
  private long results;

  private final long context = RawMemory.allocateZeroed(DATA_BYTES);

  private EngineBench(Path programs, Path built) {
    this.programs = programs;
    this.built = built;
  }

  /** Arguments: the directory of the objects, and that of the built native programs. */
  public static void main(String[] args) throws Exception {
    new EngineBench(Path.of(args[0]), Path.of(args[1])).run();
  }

  private void run() throws Exception {
    Path data = Files.write(built.resolve("data.bin"), BenchData.bytes());
    try (Stream<Path> files = Files.list(programs)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".bpf.o")).sorted().toList()) {
        time(file, data);
      }
    }
  }

  private void time(Path file, Path data) throws Exception {
    String name = file.getFileName().toString().replace(".bpf.o", "");
    try (BpfCollection collection =
        BpfCollection.create(ObjectReader.read(file), Map.of(), new PinnedMaps(), Kfuncs::byName)) {
      VerifiedProgram program =
          Verifier.verify(collection.programs().get(0), VerifierOptions.DEFAULT);
      CompiledProgram compiled = new JitCompiler(JitOptions.DEFAULT).compile(program);
      BpfMap map = collection.map("data_map").orElseThrow();
      Path insns = Files.write(built.resolve(name + ".insns"), bytes(program.program().insns()));
      Result host = external(List.of(built.resolve(name).toString(), data.toString()));
      Result kernel =
          external(List.of(built.resolve("kernel").toString(), insns.toString(), data.toString()));
      Result jit = measure(compiled, map, WINDOWS, WARM_NANOS);
      Result interpreted;
      try (Interpreter interpreter = new Interpreter(program)) {
        interpreted = measure(interpreter, map, WINDOWS / 3, INTERPRETER_WARM_NANOS);
      }
      check(name, host, jit);
      check(name, host, interpreted);
      if (!Double.isNaN(kernel.nanos)) {
        check(name, host, kernel);
      }
      System.out.printf(
          "%s %.2f %.2f %.2f %.2f%n", name, host.nanos, kernel.nanos, jit.nanos, interpreted.nanos);
    }
  }

  private record Result(long r0, double nanos) {}

  private static void check(String name, Result want, Result got) {
    if (want.r0 != got.r0) {
      throw new IllegalStateException("%s: r0 %d, native %d".formatted(name, got.r0, want.r0));
    }
  }

  private static byte[] bytes(List<Insn> insns) {
    ByteBuffer buffer = ByteBuffer.allocate(insns.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    insns.forEach(insn -> buffer.putLong(insn.toLong()));
    return buffer.array();
  }

  /** Runs a program that prints r0 and ns; NaN where it says why it cannot. */
  private static Result external(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8).trim();
      if (process.waitFor() != 0) {
        System.err.println(command.get(0) + ": " + text);
        return new Result(0, Double.NaN);
      }
      String[] fields = text.split(" ");
      return new Result(Long.parseLong(fields[0]), Double.parseDouble(fields[1]));
    }
  }

  private Result measure(ExecutableProgram program, BpfMap map, int windows, long warmNanos)
      throws IOException {
    map.update(new byte[4], BenchData.bytes(), 0);
    CarrierSlot slot = Objects.requireNonNull(CarrierSlots.current(), "no carrier slot is free");
    long r0 = program.run(slot, context) & 0xffffffffL;
    long turns = 100;
    long warm = System.nanoTime();
    while (System.nanoTime() - warm < warmNanos) {
      turns = next(turns, spin(program, slot, turns));
    }
    double best = Double.MAX_VALUE;
    for (int i = 0; i < windows; i++) {
      double took = spin(program, slot, turns);
      best = Math.min(best, took);
      turns = next(turns, took);
    }
    return new Result(r0, best);
  }

  private static long next(long turns, double nanos) {
    return Math.max(1, (long) (WINDOW_NANOS / Math.max(1, nanos)));
  }

  private double spin(ExecutableProgram program, CarrierSlot slot, long turns) {
    long start = THREADS.getCurrentThreadCpuTime();
    long sum = 0;
    for (long i = 0; i < turns; i++) {
      sum += program.run(slot, context);
    }
    results += sum;
    return (THREADS.getCurrentThreadCpuTime() - start) / (double) turns;
  }
}
