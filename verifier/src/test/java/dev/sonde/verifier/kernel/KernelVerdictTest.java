package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Our verdicts beside the running kernel's, on mutants of real programs. With those of {@link
 * GeneratedVerdictTest} they are 50,000.
 */
class KernelVerdictTest {
  private static final Path TOOLS = Path.of("src/test/resources/tools");
  private static final Path CONSTRUCTS = Path.of("src/test/resources/constructs");
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int MUTANTS = Integer.getInteger("sonde.mutants", LONG ? 500_000 : 40_000);
  private static final int STRICT_SHARE = 20; // of the mutants, one so many

  @Test
  void mutantsOfRealProgramsGetTheKernelsVerdict() throws IOException {
    compare(objects(), MUTANTS, false);
  }

  /**
   * Tracing programs are not for those who may not see addresses: only programs on packets are
   * asked about.
   */
  @Test
  void mutantsGetTheKernelsVerdictInStrictModeToo() throws IOException {
    compare(packets().toList(), MUTANTS / STRICT_SHARE, true);
  }

  private static void compare(List<Path> objects, int mutants, boolean strict) throws IOException {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    String of = "KernelVerdictTest: seed " + seed + (strict ? ", strict" : "");
    VerdictTally tally = new VerdictTally(of, strict);
    Random random = new Random(seed);
    try (KernelOracle kernel = new KernelOracle()) {
      assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      while (tally.asked() < mutants) {
        compareAll(objects.get(random.nextInt(objects.size())), random, tally);
      }
    }
    tally.report();
    tally.judge(seed);
  }

  /** Returns the objects whose programs are mutated, in a fixed order. */
  static List<Path> objects() throws IOException {
    try (Stream<Path> tools = Files.list(TOOLS)) {
      return Stream.concat(tools.filter(f -> f.toString().endsWith(".o")), packets())
          .sorted()
          .toList();
    }
  }

  private static Stream<Path> packets() throws IOException {
    try (Stream<Path> constructs = Files.list(CONSTRUCTS)) {
      return constructs
          .filter(f -> f.toString().matches(".*packets\\..*\\.o"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static void compareAll(Path object, Random random, VerdictTally tally)
      throws IOException {
    Mutator mutator = new Mutator(random);
    try (PinnedMaps pinned = new PinnedMaps();
        KernelOracle own = new KernelOracle();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName)) {
      for (ResolvedProgram program : collection.programs()) {
        for (int i = 0; i < 40; i++) {
          List<Insn> insns = program.insns();
          List<Insn> mutant = i % 4 == 0 ? mutator.weaken(insns) : mutator.mutate(insns);
          if (!FunctionBtf.passesFunctions(mutant) || LONG) {
            // the kernel often gives up on mutated callbacks: only the long form asks
            tally.compare(own, with(program, mutant), object + " " + program.spec().name());
          }
        }
      }
    }
  }

  static ResolvedProgram with(ResolvedProgram program, List<Insn> insns) {
    ProgramSpec spec = program.spec();
    ProgramSpec changed =
        new ProgramSpec(
            spec.name(),
            spec.section(),
            spec.type(),
            insns,
            spec.mapNames(),
            spec.kfuncNames(),
            spec.license(),
            spec.subprograms(),
            List.of(),
            null);
    return new ResolvedProgram(changed, program.maps(), program.kfuncs());
  }
}
