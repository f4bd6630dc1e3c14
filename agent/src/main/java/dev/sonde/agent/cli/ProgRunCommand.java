package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.helper.TracePipe;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = "Run a program on given bytes, without attaching it (BPF_PROG_TEST_RUN).")
final class ProgRunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "OBJ", description = "An object file (.bpf.o).")
  private Path object;

  @Option(names = "--program", paramLabel = "NAME", description = "Needed if there are several.")
  private @Nullable String program;

  @Option(names = "--data-in", paramLabel = "FILE", description = "The packet; 64 zero bytes.")
  private @Nullable Path dataIn;

  @Option(names = "--data-out", paramLabel = "FILE", description = "Where the packet goes.")
  private @Nullable Path dataOut;

  @Option(names = "--ctx-in", paramLabel = "FILE", description = "The context; zero bytes.")
  private @Nullable Path contextIn;

  @Option(names = "--ctx-out", paramLabel = "FILE", description = "Where the context goes.")
  private @Nullable Path contextOut;

  @Option(names = "--repeat", defaultValue = "1", paramLabel = "N", description = "Run N times.")
  private int repeat;

  @Option(
      names = "--engine",
      defaultValue = "JIT",
      paramLabel = "jit|interp|debug",
      description = "What runs it.")
  private EngineName engine;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (repeat < 1) {
      throw new ParameterException(
          spec.commandLine(), "--repeat: got %d, want 1 or more".formatted(repeat));
    }
    TracePipe.Reader trace = TracePipe.PROCESS.reader();
    List<ExecutableProgram> loaded = new ArrayList<>();
    try (BpfCollection collection = Objects.open(object)) {
      ResolvedProgram wanted = Objects.one(collection, program);
      loaded.add(engine.executable(verified(wanted)));
      if (fillsProgramArrays(collection)) {
        for (ResolvedProgram other : collection.programs()) {
          if (other != wanted) {
            loaded.add(engine.executable(verified(other)));
          }
        }
        collection.fillProgramArrays(loaded);
      }
      print(TestRun.run(loaded.get(0), input()));
      loaded.forEach(ExecutableProgram::close);
    }
    print(trace);
    return 0;
  }

  /** Tells whether the object says which programs are in the slots of its prog arrays. */
  private static boolean fillsProgramArrays(BpfCollection collection) {
    return collection.maps().values().stream()
        .anyMatch(map -> map instanceof ProgArrayMap && !map.spec().initialValues().isEmpty());
  }

  /**
   * Prints what the program has printed (bpf_trace_printk), as the kernel's trace_pipe shows it.
   */
  private void print(TracePipe.Reader trace) {
    PrintWriter err = spec.commandLine().getErr();
    for (String line = trace.poll(); line != null; line = trace.poll()) {
      err.println(line.stripTrailing());
    }
    if (trace.lostLines() > 0) {
      err.printf("%d older lines were overwritten%n", trace.lostLines());
    }
    err.flush();
  }

  static VerifiedProgram verified(ResolvedProgram program) throws IOException {
    try {
      return Verifier.verify(
          program, new VerifierOptions(1, false, VerifierOptions.KERNEL_LIMIT_INSNS));
    } catch (VerificationException e) {
      throw new IOException(
          "program \"%s\": rejected by the verifier%n%s%n%s"
              .formatted(program.spec().name(), e.log().stripTrailing(), e.getMessage()),
          e);
    }
  }

  private TestRun.Input input() throws IOException {
    byte[] data = dataIn == null ? new byte[64] : Files.readAllBytes(dataIn);
    byte[] context = contextIn == null ? new byte[0] : Files.readAllBytes(contextIn);
    return new TestRun.Input(data, context, repeat, null);
  }

  private void print(TestRun.Result result) throws IOException {
    if (dataOut != null) {
      Files.write(dataOut, result.data());
    }
    if (contextOut != null) {
      Files.write(contextOut, result.context());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode node =
          new ObjectMapper()
              .createObjectNode()
              .put("retval", Integer.toUnsignedLong(result.retval()))
              .put("ns", Math.round(result.nanosPerRun() * 10) / 10.0)
              .put("repeat", repeat)
              .put("engine", engine.name().toLowerCase(Locale.ROOT));
      out.println(node);
    } else {
      out.printf(
          "Return value: %d, duration (average): %.1f ns%n",
          Integer.toUnsignedLong(result.retval()), result.nanosPerRun());
    }
    out.flush();
  }
}
