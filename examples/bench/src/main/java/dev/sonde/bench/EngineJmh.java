package dev.sonde.bench;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
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
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The benchmark programs on Sonde's engines, under JMH; {@code sonde.bench.programs} is where. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 5,
    jvmArgsAppend = {
      "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
      "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED"
    })
public class EngineJmh {
  @Param({
    "bubble",
    "checksum",
    "copycmp",
    "dispatch",
    "fib",
    "hash64",
    "histogram",
    "log2",
    "matrix",
    "packet",
    "search",
    "sieve",
    "strcmp"
  })
  private String program = "";

  @Param({"jit", "interpreter"})
  private String engine = "";

  private ExecutableProgram executable;
  private CarrierSlot slot;
  private long context;

  @Setup
  public void load() throws IOException, VerificationException {
    Path directory = Path.of(System.getProperty("sonde.bench.programs", "programs"));
    BpfCollection collection =
        BpfCollection.create(
            ObjectReader.read(directory.resolve(program + ".bpf.o")),
            Map.of(),
            new PinnedMaps(),
            Kfuncs::byName);
    VerifiedProgram verified =
        Verifier.verify(collection.programs().get(0), VerifierOptions.DEFAULT);
    collection.map("data_map").orElseThrow().update(new byte[4], BenchData.bytes(), 0);
    executable =
        engine.equals("jit")
            ? new JitCompiler(JitOptions.DEFAULT).compile(verified)
            : new Interpreter(verified);
    slot = Objects.requireNonNull(CarrierSlots.current(), "no carrier slot is free");
    context = RawMemory.allocateZeroed(4096);
  }

  @Benchmark
  public long run() {
    return executable.run(slot, context);
  }
}
