package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The kernel accepts every program of {@code tools/}: see its README. */
class TracingToolsTest {
  private static final Path TOOLS = Path.of("src/test/resources/tools");

  /** What the states of a typical program may take. */
  private static final VerifierOptions TYPICAL =
      new VerifierOptions(0, false, VerifierOptions.KERNEL_LIMIT_INSNS, 16 << 20);

  @Test
  void everyToolIsAcceptedAsTheKernelAcceptsIt() throws IOException {
    List<String> rejected = new ArrayList<>();
    int programs = 0;
    try (Stream<Path> files = Files.list(TOOLS)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".o")).sorted().toList()) {
        programs += verifyAll(file, rejected);
      }
    }
    assertEquals(List.of(), rejected, "rejected, of " + programs);
    assertEquals(true, programs > 350, "programs: " + programs);
  }

  private static int verifyAll(Path file, List<String> rejected) throws IOException {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(file), Map.of(), pinned, Kfuncs::byName)) {
      for (ResolvedProgram program : collection.programs()) {
        try {
          Verifier.verify(program, TYPICAL);
        } catch (VerificationException e) {
          rejected.add(file.getFileName() + ": " + e.getMessage());
        }
      }
      return collection.programs().size();
    }
  }
}
