package dev.sonde.vm;

import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.helper.BtfHelpers;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapBatch;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The commands of bpf(2), in Java: an object in place of the file descriptor, a {@link
 * BpfException} with the errno in place of -1. Everything made here is freed by {@link #close}.
 *
 * <table>
 *   <caption>Where the commands of the manual page are</caption>
 *   <tr><td>MAP_CREATE</td><td>{@link #mapCreate}</td></tr>
 *   <tr><td>MAP_LOOKUP_ELEM, UPDATE, DELETE, GET_NEXT_KEY, LOOKUP_AND_DELETE, FREEZE</td>
 *       <td>{@link BpfMap}</td></tr>
 *   <tr><td>MAP_*_BATCH</td><td>{@link #mapBatch}</td></tr>
 *   <tr><td>MAP_UPDATE_ELEM of a prog array</td><td>{@link #progArrayUpdate}</td></tr>
 *   <tr><td>PROG_LOAD</td><td>{@link #progLoad}, {@link #load}</td></tr>
 *   <tr><td>PROG_TEST_RUN</td><td>{@link #progTestRun}</td></tr>
 *   <tr><td>OBJ_PIN, OBJ_GET</td><td>{@link PinnedMaps#pin}, {@link PinnedMaps#get}</td></tr>
 *   <tr><td>MAP_GET_NEXT_ID, PROG_GET_NEXT_ID</td>
 *       <td>{@link #mapGetNextId}, {@link #progGetNextId}</td></tr>
 *   <tr><td>MAP_GET_FD_BY_ID, PROG_GET_FD_BY_ID</td>
 *       <td>{@link #mapGetById}, {@link #progGetById}</td></tr>
 *   <tr><td>OBJ_GET_INFO_BY_FD</td>
 *       <td>{@link BpfMap#spec}, {@link ExecutableProgram#program}</td></tr>
 * </table>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
public final class Bpf implements AutoCloseable {
  private final ProgramLoader loader;
  private final PinnedMaps pinned = new PinnedMaps();
  private final Set<BpfMap> maps = new LinkedHashSet<>();
  private final List<BpfCollection> collections = new ArrayList<>();
  private final TreeMap<Integer, ExecutableProgram> programs = new TreeMap<>();

  /**
   * @param loader verifies programs and gives them an engine
   */
  public Bpf(ProgramLoader loader) {
    this.loader = loader;
  }

  /** Returns the names under which maps are shared. */
  public PinnedMaps pinned() {
    return pinned;
  }

  // ---- maps -------------------------------------------------------------------------------------

  /**
   * Creates a map, or opens the one that is pinned by its name when the spec asks for that.
   *
   * @throws BpfException EINVAL, E2BIG, EPERM and the like, as the kernel answers for such a spec
   */
  public synchronized BpfMap mapCreate(MapSpec spec) {
    if (spec.pinnedByName()) {
      return pinned.open(spec);
    }
    BpfMap map = Maps.create(spec);
    maps.add(map);
    return map;
  }

  /** Closes a map of {@link #mapCreate} before the rest; a pinned one lives on. */
  public synchronized void mapClose(BpfMap map) {
    if (maps.remove(map) && !pinned.holds(map)) {
      map.close();
    }
  }

  /** Returns the batch commands of {@code map}. */
  public MapBatch mapBatch(BpfMap map) {
    return new MapBatch(map);
  }

  /**
   * Puts a program into a slot of a prog array, at once for programs that run already.
   *
   * @throws BpfException EINVAL for a map of another type, E2BIG past its end, EBADF for a program
   *     that was not loaded here
   */
  public synchronized void progArrayUpdate(BpfMap map, int index, ExecutableProgram program) {
    if (!(map instanceof ProgArrayMap array)) {
      throw BpfException.of(
          Errno.EINVAL, "map \"%s\": a %s".formatted(map.spec().name(), map.spec().type()));
    }
    array.set(index, program, progId(program));
  }

  /**
   * Returns the least id above {@code id} that a map of this process has.
   *
   * @throws BpfException ENOENT when there is none
   */
  public int mapGetNextId(int id) {
    return MapTable.nextId(id);
  }

  /**
   * @throws BpfException ENOENT when no live map has this id
   */
  public BpfMap mapGetById(int id) {
    BpfMap map = MapTable.get(id);
    if (map == null) {
      throw BpfException.of(Errno.ENOENT, "map id " + id);
    }
    return map;
  }

  // ---- programs ---------------------------------------------------------------------------------

  /**
   * Loads a program whose map references are those of {@code maps}, in the order of its names.
   *
   * @throws IllegalArgumentException if the maps or kfuncs are not those that it names
   * @throws RuntimeException the verifier's own, with its log, when it rejects the program
   */
  public synchronized ExecutableProgram progLoad(ProgramSpec spec, List<BpfMap> maps) {
    List<HelperProto> kfuncs = spec.kfuncNames().stream().map(Bpf::kfunc).toList();
    BtfHelpers.prepare(spec.insns());
    return add(loader.load(new ResolvedProgram(spec, maps, kfuncs)));
  }

  /**
   * Loads all that an object has: creates its maps, sets its variables, loads its programs, fills
   * its prog arrays.
   *
   * @param variables initial values of .rodata, .data and .bss variables, by their names in C
   */
  public synchronized BpfCollection load(CollectionSpec spec, Map<String, ?> variables) {
    BpfCollection collection = BpfCollection.create(spec, variables, pinned, Kfuncs::byName);
    List<ExecutableProgram> loaded = new ArrayList<>();
    try {
      collection.programs().forEach(program -> loaded.add(loader.load(program)));
      collection.fillProgramArrays(loaded);
    } catch (RuntimeException | Error e) {
      loaded.forEach(ExecutableProgram::close);
      collection.close();
      throw e;
    }
    loaded.forEach(this::add);
    collections.add(collection);
    return collection;
  }

  /** Returns the program of {@code name} that was loaded last. */
  public synchronized ExecutableProgram prog(String name) {
    return programs.descendingMap().values().stream()
        .filter(p -> p.program().spec().name().equals(name))
        .findFirst()
        .orElseThrow(() -> BpfException.of(Errno.ENOENT, "program \"%s\"".formatted(name)));
  }

  /** Runs a program on given bytes, on this thread. */
  public TestRun.Result progTestRun(ExecutableProgram program, TestRun.Input input) {
    return TestRun.run(program, input);
  }

  /**
   * Returns the least id above {@code id} that a program loaded here has.
   *
   * @throws BpfException ENOENT when there is none
   */
  public synchronized int progGetNextId(int id) {
    Integer next = programs.higherKey(id);
    if (next == null) {
      throw BpfException.of(Errno.ENOENT, "program ids: none above " + id);
    }
    return next;
  }

  /**
   * @throws BpfException ENOENT when no program loaded here has this id
   */
  public synchronized ExecutableProgram progGetById(int id) {
    ExecutableProgram program = programs.get(id);
    if (program == null) {
      throw BpfException.of(Errno.ENOENT, "program id " + id);
    }
    return program;
  }

  /** Closes programs, then maps; none of the programs may be running or attached any more. */
  @Override
  public synchronized void close() {
    programs.values().forEach(ExecutableProgram::close);
    programs.clear();
    collections.forEach(BpfCollection::close);
    collections.clear();
    maps.stream().filter(map -> !pinned.holds(map)).forEach(BpfMap::close);
    maps.clear();
    pinned.close();
  }

  private ExecutableProgram add(ExecutableProgram program) {
    programs.put(programs.isEmpty() ? 1 : programs.lastKey() + 1, program);
    return program;
  }

  private int progId(ExecutableProgram program) {
    for (Map.Entry<Integer, ExecutableProgram> entry : programs.entrySet()) {
      if (entry.getValue() == program) {
        return entry.getKey();
      }
    }
    throw BpfException.of(
        Errno.EBADF, "program \"%s\": not loaded here".formatted(program.program().spec().name()));
  }

  private static HelperProto kfunc(String name) {
    HelperProto kfunc = Kfuncs.byName(name);
    if (kfunc == null) {
      throw new IllegalArgumentException(
          "kfunc \"%s\": no such one, see 'sonde feature' for those that are".formatted(name));
    }
    return kfunc;
  }
}
