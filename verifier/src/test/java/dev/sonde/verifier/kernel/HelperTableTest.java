package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.kernel.CallSketch.Kind;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every helper with every kind of register in the place of each of its arguments, and with every
 * type of map: Linux 6.18 was asked once about each program, its answers are the table. A row is a
 * helper, a program type, what is varied, and a letter for each column: a and r are what the kernel
 * accepts and rejects as we do, R what only we reject, A what only we accept, - no such program.
 * Below the rows stands why each A is safe.
 *
 * <p>{@code -Dsonde.record=true} asks the running kernel anew; look at what changed.
 */
class HelperTableTest {
  private static final Path FILE = Path.of("src/test/resources/tables/helper-arguments.txt");
  private static final String HEADER =
      "# What Linux 6.18 (x86-64) says of a call whose one argument is of each of these kinds, or\n"
          + "# whose map is of each of these types; HelperTableTest has the meaning and the programs.\n";

  /** They need BTF for the map: the objects of {@code constructs} have them. */
  private static final Set<Integer> OF_FIELDS =
      Set.of(93, 94, 107, 108, 156, 157, 169, 170, 171, 172);

  private static final List<ProgramType> TRACING =
      List.of(ProgramType.KPROBE, ProgramType.PERF_EVENT, ProgramType.SYSCALL);
  private static final List<ProgramType> NETWORK =
      List.of(ProgramType.SCHED_CLS, ProgramType.XDP, ProgramType.SOCKET_FILTER);

  /** The others need an inner map or BTF. */
  private static final List<MapType> MAP_TYPES =
      List.of(
          MapType.HASH,
          MapType.ARRAY,
          MapType.PROG_ARRAY,
          MapType.PERF_EVENT_ARRAY,
          MapType.PERCPU_HASH,
          MapType.PERCPU_ARRAY,
          MapType.STACK_TRACE,
          MapType.CGROUP_ARRAY,
          MapType.LRU_HASH,
          MapType.LRU_PERCPU_HASH,
          MapType.LPM_TRIE,
          MapType.QUEUE,
          MapType.STACK,
          MapType.RINGBUF,
          MapType.BLOOM_FILTER,
          MapType.USER_RINGBUF,
          MapType.DEVMAP,
          MapType.DEVMAP_HASH,
          MapType.CPUMAP,
          MapType.XSKMAP);

  private static final MapSpec VALUE = MapSpec.of("value", MapType.ARRAY, 4, 64, 1);
  private static final MapSpec RING = MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096);
  private static final MapSpec HASH = MapSpec.of("hash", MapType.HASH, 4, 64, 4);

  @Test
  void everyArgumentAndMapIsJudgedAsByTheKernel() throws IOException {
    boolean records = Boolean.getBoolean("sonde.record");
    List<String> before = Files.readAllLines(FILE);
    List<String> rows = new ArrayList<>();
    try (Judge judge = new Judge(records, null)) {
      rows(judge, rows);
      if (records) {
        record(rows, before);
        judge.examples.forEach(System.out::println);
      }
    }
    List<String> lines = Files.readAllLines(FILE);
    List<String> recorded = lines.stream().filter(line -> line.startsWith("bpf_")).toList();
    assertEquals(recorded.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(ours(recorded.get(i)), ours(rows.get(i)));
      requireExplained(recorded.get(i), lines);
    }
    assertTrue(rows.size() > 300, "rows: " + rows.size());
  }

  /** Hands over each program, with its name. */
  static void eachProgram(BiConsumer<String, ResolvedProgram> visitor) {
    try (Judge judge = new Judge(false, visitor)) {
      rows(judge, new ArrayList<>());
    }
  }

  private static void rows(Judge judge, List<String> rows) {
    for (HelperProto helper : Helpers.all()) {
      for (List<ProgramType> types : List.of(TRACING, NETWORK)) {
        types.stream()
            .filter(type -> type.allows(helper) && !OF_FIELDS.contains(helper.id()))
            .findFirst()
            .ifPresent(type -> rows(helper, type, judge, rows));
      }
    }
  }

  private static void record(List<String> rows, List<String> before) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEADER.split("\n")));
    lines.add("# kinds: " + names(Kind.values()));
    lines.add("# maps: " + names(MAP_TYPES.toArray()));
    lines.addAll(rows);
    before.stream().filter(line -> line.startsWith("why ")).forEach(lines::add);
    Files.write(FILE, lines);
  }

  private static String names(Object[] values) {
    return Arrays.stream(values).map(Object::toString).collect(Collectors.joining(" "));
  }

  /** What only we accept has its reason. */
  private static void requireExplained(String row, List<String> lines) {
    String why = "why " + row.substring(0, row.indexOf(' ')) + ":";
    boolean explained = lines.stream().anyMatch(line -> line.startsWith(why));
    boolean differs = row.substring(row.lastIndexOf(' ')).contains("A");
    assertTrue(explained || !differs, () -> "only we accept some of this, and no reason: " + row);
  }

  private static String ours(String row) {
    int letters = row.lastIndexOf(' ');
    return row.substring(0, letters) + row.substring(letters).replace('A', 'a').replace('R', 'r');
  }

  private static void rows(HelperProto helper, ProgramType type, Judge judge, List<String> rows) {
    String name = helper.name() + " " + type.name().toLowerCase(Locale.ROOT) + " ";
    MapSpec own = map(mapTypeOf(helper));
    judge.forgetOwn();
    for (int argument = 0; argument < helper.args().size(); argument++) {
      if (helper.arg(argument) == ArgKind.DONTCARE) {
        continue;
      }
      StringBuilder letters = new StringBuilder();
      for (Kind kind : Kind.values()) {
        String text = CallSketch.of(helper, type, argument, kind);
        letters.append(judge.letter(type, own, text, name + "R" + (argument + 1) + " " + kind));
      }
      rows.add(name + "R" + (argument + 1) + " " + letters);
    }
    if (helper.args().contains(ArgKind.CONST_MAP_PTR)) {
      StringBuilder letters = new StringBuilder();
      for (MapType of : MAP_TYPES) {
        String text = CallSketch.of(helper, type, -1, Kind.ZERO);
        letters.append(judge.letter(type, map(of), text, name + of));
      }
      rows.add(name + "maps " + letters);
    }
  }

  private static MapType mapTypeOf(HelperProto helper) {
    return switch (helper.id()) {
      case 1, 2, 3 -> MapType.HASH;
      case 12 -> MapType.PROG_ARRAY;
      case 22, 25, 55 -> MapType.PERF_EVENT_ARRAY;
      case 27 -> MapType.STACK_TRACE;
      case 51 -> MapType.DEVMAP;
      case 33, 37 -> MapType.CGROUP_ARRAY;
      case 87, 88, 89 -> MapType.QUEUE;
      case 130, 131, 134, 198 -> MapType.RINGBUF;
      case 195 -> MapType.PERCPU_HASH;
      case 209 -> MapType.USER_RINGBUF;
      default -> MapType.ARRAY;
    };
  }

  private static MapSpec map(MapType type) {
    return switch (type) {
      case RINGBUF, USER_RINGBUF -> MapSpec.of("own", type, 0, 0, 4096);
      case PROG_ARRAY, PERF_EVENT_ARRAY, CGROUP_ARRAY -> MapSpec.of("own", type, 4, 4, 2);
      case DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP -> MapSpec.of("own", type, 4, 4, 2);
      case QUEUE, STACK, BLOOM_FILTER -> MapSpec.of("own", type, 0, 64, 4);
      case LPM_TRIE -> MapSpec.of("own", type, 8, 64, 4).withFlags(MapFlags.NO_PREALLOC);
      default -> MapSpec.of("own", type, 4, 64, 4);
    };
  }

  /** Our verdict, and the kernel's where it is asked. */
  private static final class Judge implements AutoCloseable {
    private final @Nullable KernelOracle kernel;
    private final @Nullable BiConsumer<String, ResolvedProgram> visitor; // who judges instead
    private final BpfMap value = Maps.create(VALUE);
    private final BpfMap ring = Maps.create(RING);
    private final BpfMap constants = constants();
    private final BpfMap hash = Maps.create(HASH);
    private final Map<MapType, BpfMap> own = new EnumMap<>(MapType.class);
    private final List<String> examples = new ArrayList<>();

    Judge(boolean records, @Nullable BiConsumer<String, ResolvedProgram> visitor) {
      this.visitor = visitor;
      kernel = records ? new KernelOracle() : null;
      assumeTrue(
          kernel == null || kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
    }

    private static BpfMap constants() {
      MapSpec spec = MapSpec.of(".rodata", MapType.ARRAY, 4, 8, 1).withFlags(MapFlags.RDONLY_PROG);
      BpfMap map = Maps.create(spec);
      map.update(new byte[4], new byte[] {'%', 'd', 0, 0, 0, 0, 0, 0}, 0);
      map.freeze();
      return map;
    }

    /** An array of programs is of the type of the first that uses it. */
    void forgetOwn() {
      own.values().forEach(BpfMap::close);
      own.clear();
    }

    char letter(ProgramType type, MapSpec ownSpec, @Nullable String text, String what) {
      if (text == null) {
        return '-';
      }
      BpfMap helpersMap = own.computeIfAbsent(ownSpec.type(), t -> Maps.create(ownSpec));
      List<Insn> insns = Assembler.assemble(text);
      ProgramSpec bare = ProgramSpec.of("call", type, insns);
      ProgramSpec spec =
          new ProgramSpec(
              bare.name(),
              bare.section(),
              type,
              insns,
              List.of("own", "value", "ring", ".rodata", "hash"),
              List.of(),
              "GPL",
              List.of(),
              List.of(),
              null);
      ResolvedProgram program =
          new ResolvedProgram(spec, List.of(helpersMap, value, ring, constants, hash), List.of());
      if (visitor != null) {
        visitor.accept(what, program);
        return '-';
      }
      String ours = reason(program);
      if (kernel == null) {
        return ours.isEmpty() ? 'a' : 'r';
      }
      KernelOracle.Verdict verdict = kernel.ask(program, insns);
      if (verdict == null) {
        examples.add(what + ": the kernel cannot be asked");
        return '-';
      }
      if (verdict.accepted() != ours.isEmpty()) {
        examples.add(what + ": ours \"" + ours + "\", kernel \"" + verdict.message() + "\"");
      }
      return verdict.accepted() ? (ours.isEmpty() ? 'a' : 'R') : ours.isEmpty() ? 'A' : 'r';
    }

    private static String reason(ResolvedProgram program) {
      try {
        Verifier.verify(program, VerifierOptions.DEFAULT);
        return "";
      } catch (VerificationException e) {
        return KernelOracle.reason(e.log());
      }
    }

    @Override
    public void close() {
      forgetOwn();
      List.of(value, ring, constants, hash).forEach(BpfMap::close);
      if (kernel != null) {
        kernel.close();
      }
    }
  }
}
