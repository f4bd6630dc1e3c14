package dev.sonde.vm;

import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.helper.BtfHelpers;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A live collection: the maps of an object created and filled, its programs bound to them, ready to
 * be verified. Closing frees the maps that are its own; those pinned by name are the session's.
 */
public final class BpfCollection implements AutoCloseable {
  private final CollectionSpec spec;
  private final Map<String, BpfMap> maps;
  private final List<BpfMap> owned;
  private final List<ResolvedProgram> programs;
  private final List<UnboundProgram> unbound;

  private BpfCollection(
      CollectionSpec spec,
      Map<String, BpfMap> maps,
      List<BpfMap> owned,
      List<ResolvedProgram> programs,
      List<UnboundProgram> unbound) {
    this.spec = spec;
    this.maps = maps;
    this.owned = owned;
    this.programs = programs;
    this.unbound = unbound;
  }

  /**
   * Creates the maps of {@code spec} and binds its programs to them. A map that there is nothing of
   * here costs the programs that use it: they are {@link #unbound}.
   *
   * @param variables initial values of .rodata, .data and .bss variables, by their names in C
   * @param pinned where maps that are pinned by name live
   * @param kfuncs the kfunc of a name, null where there is none
   * @throws BpfException if a map cannot be created; nothing is left behind
   * @throws IllegalArgumentException if a variable is unknown or a value does not fit
   */
  public static BpfCollection create(
      CollectionSpec spec,
      Map<String, ?> variables,
      PinnedMaps pinned,
      Function<String, @Nullable HelperProto> kfuncs) {
    return create(spec, variables, Map.of(), pinned, kfuncs);
  }

  /**
   * As {@link #create(CollectionSpec, Map, PinnedMaps, Function)}, for a later build of an object
   * that is live: its programs go on with the maps of {@code kept} that they have by name, content
   * and all. Constants are the new build's own.
   *
   * @throws BpfException EINVAL if a map of that name is of another type, size or flags
   */
  public static BpfCollection create(
      CollectionSpec spec,
      Map<String, ?> variables,
      Map<String, BpfMap> kept,
      PinnedMaps pinned,
      Function<String, @Nullable HelperProto> kfuncs) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (KernelConfig.isAskedFor(spec)) {
      values.putAll(KernelConfig.running().valuesFor(spec));
    }
    values.putAll(variables);
    List<MapSpec> specs = DataVariables.set(spec, values);
    OpenMaps open = new OpenMaps(kept, pinned);
    try {
      open.open(specs);
      freezeConstants(open.owned());
      ProgramBinder binder = new ProgramBinder(spec, open, kfuncs);
      List<ResolvedProgram> programs = new ArrayList<>();
      List<UnboundProgram> unbound = new ArrayList<>();
      for (ProgramSpec program : spec.programs()) {
        UnboundProgram missing = binder.unbound(program);
        if (missing == null) {
          programs.add(binder.bind(program));
        } else {
          unbound.add(missing);
        }
      }
      programs.forEach(program -> BtfHelpers.prepare(program.insns()));
      return new BpfCollection(
          spec, open.maps(), open.owned(), List.copyOf(programs), List.copyOf(unbound));
    } catch (RuntimeException | Error e) {
      closeAll(open.owned());
      throw e;
    }
  }

  public CollectionSpec spec() {
    return spec;
  }

  /** Returns the maps by name, in the order of the object, pinned ones included. */
  public Map<String, BpfMap> maps() {
    return Collections.unmodifiableMap(maps);
  }

  public Optional<BpfMap> map(String name) {
    return Optional.ofNullable(maps.get(name));
  }

  /** Returns the programs in the order of the object, without those that are {@link #unbound}. */
  public List<ResolvedProgram> programs() {
    return programs;
  }

  /** Returns the programs that want what is not here, in the order of the object. */
  public List<UnboundProgram> unbound() {
    return unbound;
  }

  /** Returns the one of them that is called {@code name}. */
  public Optional<UnboundProgram> unbound(@Nullable String name) {
    return unbound.stream().filter(p -> p.spec().name().equals(name)).findFirst();
  }

  public Optional<ResolvedProgram> program(String name) {
    return programs.stream().filter(p -> p.spec().name().equals(name)).findFirst();
  }

  /**
   * Puts programs into the slots of prog arrays that the object has initial values for; call it
   * once they can run.
   *
   * @throws IllegalArgumentException if a slot names a program that is not among them
   */
  public void fillProgramArrays(List<? extends ExecutableProgram> executables) {
    Map<String, ExecutableProgram> byName = new LinkedHashMap<>();
    executables.forEach(e -> byName.put(e.program().spec().name(), e));
    for (BpfMap map : maps.values()) {
      if (map instanceof ProgArrayMap array) {
        map.spec().initialValues().forEach((slot, name) -> put(array, slot, name, byName));
      }
    }
  }

  private static void put(
      ProgArrayMap array, int slot, Object name, Map<String, ExecutableProgram> byName) {
    ExecutableProgram program = byName.get(name.toString());
    if (program == null) {
      throw new IllegalArgumentException(
          "map \"%s\": slot %d: program \"%s\": not loaded, want one of %s"
              .formatted(array.spec().name(), slot, name, byName.keySet()));
    }
    array.set(slot, program, slot + 1); // programs have no ids of their own here
  }

  /** Frees the maps; no program of this collection may run any more. */
  @Override
  public void close() {
    closeAll(owned);
  }

  /** What a program may only read and nobody can write any more, the verifier takes as constant. */
  private static void freezeConstants(List<BpfMap> maps) {
    for (BpfMap map : maps) {
      if (isConstant(map.spec()) && (map.spec().flags() & MapFlags.RDONLY_PROG) != 0) {
        map.freeze();
      }
    }
  }

  static boolean isConstant(MapSpec map) {
    return map.name().startsWith(".rodata") || map.name().equals(".kconfig");
  }

  private static void closeAll(List<BpfMap> maps) {
    maps.forEach(BpfMap::close);
    maps.clear();
  }
}
