package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * How many more programs are walked than {@code walks.txt} has room for: those of the committed
 * objects, mutants of them and of the verdict cases, and the calls of every helper. {@code
 * walk-digests.txt} has a line for each program: its name, the digest of its own walk, then that of
 * its mutants' walks.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew. What changed is seen by the walks
 * themselves: {@code -Dsonde.walks=DIRECTORY} writes them, before the change and after it.
 */
class WalkDigestsTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/walk-digests.txt");
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final String WALKS = System.getProperty("sonde.walks", "");
  private static final int CASE_MUTANTS = 12;
  private static final int OBJECT_MUTANTS = 6;
  private static final int LIMIT_INSNS = 5_000;
  private static final long STATE_BYTES = 64 << 20; // wherever it runs

  private final Map<String, String> digests = new LinkedHashMap<>();

  @Test
  void everyProgramIsWalkedAndProvedAsRecorded() throws IOException {
    for (VerdictCasesTest.Case each : VerdictCasesTest.cases()) {
      add(
          each.name() + (each.strict() ? " strict" : " plain"),
          VerdictCasesTest.program(each),
          each.strict(),
          CASE_MUTANTS);
    }
    for (Path object : objects()) {
      try (PinnedMaps pinned = new PinnedMaps();
          BpfCollection collection =
              BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName)) {
        for (ResolvedProgram program : collection.programs()) {
          add(object.getFileName() + " " + program.spec().name(), program, false, OBJECT_MUTANTS);
        }
      }
    }
    addCalls();
    if (Boolean.getBoolean("sonde.record")) {
      Files.write(FILE, digests.entrySet().stream().map(e -> e.getKey() + e.getValue()).toList());
    }
    List<String> differences = new ArrayList<>();
    Map<String, String> recorded = recorded();
    digests.forEach(
        (name, digest) -> {
          if (!digest.equals(recorded.get(name))) {
            differences.add(name + digest + ", recorded" + recorded.get(name));
          }
        });
    assertEquals(
        List.of(), differences, "-Dsonde.walks=DIRECTORY writes the walks, to be compared");
    assertEquals(recorded.keySet(), digests.keySet());
  }

  private static Map<String, String> recorded() throws IOException {
    Map<String, String> recorded = new LinkedHashMap<>();
    for (String line : Files.readAllLines(FILE)) {
      int digests = line.lastIndexOf(' ', line.lastIndexOf(' ') - 1);
      recorded.put(line.substring(0, digests), line.substring(digests));
    }
    return recorded;
  }

  /** One object of each source, compiled in turn by each compiler. */
  private static List<Path> objects() throws IOException {
    Map<String, List<Path>> bySource = new LinkedHashMap<>();
    for (String directory : List.of("constructs", "programs", "tools")) {
      try (Stream<Path> files = Files.list(RESOURCES.resolve(directory))) {
        files
            .filter(file -> file.toString().endsWith(".o"))
            .sorted()
            .forEach(
                file -> bySource.computeIfAbsent(source(file), s -> new ArrayList<>()).add(file));
      }
    }
    List<Path> objects = new ArrayList<>();
    for (List<Path> compiled : bySource.values()) {
      objects.add(compiled.get(objects.size() % compiled.size()));
    }
    return objects;
  }

  private static String source(Path object) {
    String name = object.getFileName().toString();
    return name.substring(0, name.indexOf('.'));
  }

  private void add(String name, ResolvedProgram program, boolean strict, int mutants) {
    Random random = new Random(name.hashCode());
    Mutator mutator = new Mutator(random);
    String own = walk(program, strict);
    write(name, own);
    int ofMutants = 0;
    for (int i = 0; i < mutants; i++) {
      List<Insn> insns = program.insns();
      List<Insn> mutant = i % 4 == 3 ? mutator.weaken(insns) : mutator.mutate(insns);
      String walk = walk(with(program, mutant), strict || i % 6 == 5);
      write(name + " " + i, walk);
      ofMutants = 31 * ofMutants + walk.hashCode();
    }
    digests.put(name, " %08x %08x".formatted(own.hashCode(), ofMutants));
  }

  /** Those of {@link HelperTableTest}: a line for each helper, type of program and argument. */
  private void addCalls() {
    Map<String, Integer> rows = new LinkedHashMap<>();
    HelperTableTest.eachProgram(
        (name, program) -> {
          String walk = walk(program, false);
          write(name, walk);
          String row = name.substring(0, name.lastIndexOf(' '));
          rows.merge(row, walk.hashCode(), (all, one) -> 31 * all + one);
        });
    rows.forEach((row, digest) -> digests.put(row, " %08x -".formatted(digest)));
  }

  private static String walk(ResolvedProgram program, boolean strict) {
    VerifierOptions options = new VerifierOptions(2, strict, LIMIT_INSNS, STATE_BYTES);
    return Walk.of(program, options, UnaryOperator.identity());
  }

  private static void write(String name, String walk) {
    if (!WALKS.isEmpty()) {
      try {
        Path directory = Files.createDirectories(Path.of(WALKS));
        Files.writeString(directory.resolve(name.replace(' ', '.') + ".txt"), walk);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static ResolvedProgram with(ResolvedProgram program, List<Insn> insns) {
    ProgramSpec spec = program.spec();
    ProgramSpec changed = spec.withKfuncs(insns, spec.kfuncNames());
    return new ResolvedProgram(changed, program.maps(), program.kfuncs());
  }
}
