package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.UnboundProgram;
import dev.sonde.vm.elf.UnsupportedProgram;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    description = "Verify the programs of an object, or programs in hex, a line each.")
final class ProgVerifyCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "OBJ", description = "An object file (.bpf.o).")
  private @Nullable Path object;

  @Option(names = "--program", paramLabel = "NAME", description = "Only this program.")
  private @Nullable String program;

  @Option(
      names = "--log-level",
      defaultValue = "1",
      paramLabel = "BITS",
      description = "1 the failing path, 2 every insn, 4 statistics; may be added up.")
  private int logLevel;

  @Option(names = "--strict", description = "The unprivileged pointer-leak rules, too.")
  private boolean strict;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Option(
      names = "--batch",
      description =
          "Read lines 'id=ID type=TYPE insns=HEX [maps=KIND:KEY:VALUE:MAX,...] [license=GPL]"
              + " [run=1 data=HEX ctx=HEX]' and print a JSON line for each.")
  private boolean batch;

  @Option(
      names = "--engine",
      defaultValue = "JIT",
      paramLabel = "jit|interp",
      description = "With --batch: what runs the programs of requests with run=1.")
  private EngineName engine;

  @Override
  public Integer call() throws Exception {
    if (logLevel < 0 || logLevel > 7) {
      throw new ParameterException(
          spec.commandLine(), "--log-level: got %d, want 0 to 7".formatted(logLevel));
    }
    VerifierOptions options =
        new VerifierOptions(logLevel, strict, VerifierOptions.KERNEL_LIMIT_INSNS);
    if (batch) {
      return new VerifyBatch(options, engine).run(System.in, spec.commandLine().getOut());
    }
    if (object == null) {
      throw new ParameterException(spec.commandLine(), "want an object file or --batch");
    }
    try (BpfCollection collection = Objects.open(object)) {
      return verifyAll(collection, options);
    }
  }

  private int verifyAll(BpfCollection collection, VerifierOptions options) throws IOException {
    ArrayNode results = JSON.createArrayNode();
    int failed = 0;
    for (ResolvedProgram each : Objects.chosen(collection, program)) {
      ObjectNode result = verify(each, options);
      failed += result.path("ok").asBoolean() ? 0 : 1;
      results.add(result);
    }
    if (program == null) {
      for (UnboundProgram each : collection.unbound()) {
        results.add(unbound(each));
        failed++;
      }
      collection.spec().unsupported().forEach(this::sayLeftOut);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(results.toPrettyString());
    } else {
      results.forEach(result -> print(out, (ObjectNode) result));
    }
    out.flush();
    return failed == 0 ? 0 : 1;
  }

  private static ObjectNode unbound(UnboundProgram program) {
    return JSON.createObjectNode()
        .put("program", program.spec().name())
        .put("section", program.spec().section())
        .put("ok", false)
        .put("err", Errno.name(Errno.EINVAL))
        .put("explanation", program.reason())
        .put("log", "");
  }

  /** No verdict is given of it, so it is none of the results. */
  private void sayLeftOut(UnsupportedProgram program) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf("sonde: program \"%s\": left out: %s%n", program.name(), program.reason());
    err.flush();
  }

  private static ObjectNode verify(ResolvedProgram program, VerifierOptions options) {
    ObjectNode result =
        JSON.createObjectNode()
            .put("program", program.spec().name())
            .put("section", program.spec().section());
    try {
      VerifiedProgram verified = Verifier.verify(program, options);
      return result
          .put("ok", true)
          .put("processed_insns", verified.stats().processedInsns())
          .put("total_states", verified.stats().totalStates())
          .put("peak_states", verified.stats().peakStates())
          .put("stack_bytes", verified.stats().stackDepthBytes())
          .put("time_ns", verified.stats().timeNanos())
          .put("log", verified.log());
    } catch (VerificationException e) {
      return result
          .put("ok", false)
          .put("err", Errno.name(e.errno()))
          .put("insn", e.insn())
          .put("explanation", e.getMessage())
          .put("log", e.log());
    }
  }

  private static void print(PrintWriter out, ObjectNode result) {
    String name = result.path("program").asText();
    if (!result.path("log").asText().isBlank()) {
      out.println(result.path("log").asText().stripTrailing());
    }
    if (result.path("ok").asBoolean()) {
      out.printf(
          "%s: accepted, processed %d insns, %d states, %d bytes of stack%n",
          name,
          result.path("processed_insns").asInt(),
          result.path("total_states").asInt(),
          result.path("stack_bytes").asInt());
    } else {
      out.printf(
          "%s: rejected (%s)%n%s%n",
          name, result.path("err").asText(), result.path("explanation").asText().stripTrailing());
    }
  }
}
