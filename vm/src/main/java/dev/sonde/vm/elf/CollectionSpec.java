package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.program.ProgramSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an object file holds: pure data, the same for the same file on any machine.
 *
 * @param name the file's name without its directory and suffix
 * @param maps in the order of the file, data sections (.rodata, .data, .bss) included
 * @param programs in the order of the file
 * @param unsupported programs of sections that mean nothing here; the others load without them
 * @param externs what the object declares and somebody else defines
 * @param license "" if the object has none
 * @param btf null without a .BTF section
 */
public record CollectionSpec(
    String name,
    List<MapSpec> maps,
    List<ProgramSpec> programs,
    List<UnsupportedProgram> unsupported,
    List<ExternSpec> externs,
    String license,
    @Nullable Btf btf) {
  public CollectionSpec {
    maps = List.copyOf(maps);
    programs = List.copyOf(programs);
    unsupported = List.copyOf(unsupported);
    externs = List.copyOf(externs);
  }

  /** Returns the same with other maps, such as of the sizes that a user wants. */
  public CollectionSpec withMaps(List<MapSpec> newMaps) {
    return new CollectionSpec(name, newMaps, programs, unsupported, externs, license, btf);
  }
}
