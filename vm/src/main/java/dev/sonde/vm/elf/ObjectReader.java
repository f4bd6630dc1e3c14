package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfReader;
import dev.sonde.vm.btf.CoreRelocator;
import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads object files of {@code clang -target bpf} (ELF64, little endian) into pure data: programs
 * linked with their subprograms, maps, types. The same file gives the same spec on any machine.
 */
public final class ObjectReader {
  private static final String TEXT = ".text";
  private static final int MAX_INSNS_IN_ALL = 4_000_000; // subprograms are copied to each program
  private static final int LICENSE_LIMIT_BYTES = 128; // as bpf(2) copies it

  private final ElfFile elf;
  private final String name;

  private final @Nullable CoreTarget target;

  private ObjectReader(ElfFile elf, String name, @Nullable CoreTarget target) {
    this.elf = elf;
    this.name = name;
    this.target = target;
  }

  /**
   * Returns what {@code file} holds.
   *
   * @throws ObjectFormatException if it is no such object, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static CollectionSpec read(Path file) throws IOException {
    return read(file, null);
  }

  /**
   * Returns what {@code file} holds, its CO-RE relocations resolved against {@code target}.
   *
   * @param target null: insns stay as they were compiled, against the object's own types
   * @throws ObjectFormatException if it is no such object, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static CollectionSpec read(Path file, @Nullable CoreTarget target) throws IOException {
    return read(file.getFileName().toString(), Files.readAllBytes(file), target);
  }

  /** As {@link #read(String, byte[], CoreTarget)}, without a target. */
  public static CollectionSpec read(String fileName, byte[] file) {
    return read(fileName, file, null);
  }

  /**
   * Returns what the bytes of an object file hold.
   *
   * @param fileName what errors call the file; without its suffix the name of the collection
   * @throws ObjectFormatException if they are no such object, or a damaged one
   */
  public static CollectionSpec read(String fileName, byte[] file, @Nullable CoreTarget target) {
    ElfFile elf = ElfFile.read(ObjectBytes.of(file, fileName));
    return new ObjectReader(elf, withoutSuffix(fileName), target).read();
  }

  private CollectionSpec read() {
    Btf raw = elf.section(".BTF").map(s -> BtfReader.read(s.bytes())).orElse(null);
    Btf sized = raw == null ? null : DataSectionTypes.complete(raw, elf);
    ExternTable externs = ExternTable.of(elf, sized);
    Btf btf = sized == null ? null : externs.withPlaces(sized);
    ObjectMaps maps = MapReader.read(elf, btf);
    MapSpec kconfig = externs.kconfigMap();
    if (kconfig != null) {
      maps.add(kconfig);
    }
    unique("map", maps.specs().stream().map(MapSpec::name).toList());
    String license = license();
    ObjectCode code = new ObjectCode(elf, maps, externs, ext(), patcher(btf));
    return new CollectionSpec(
        name, maps.specs(), programs(code, license, btf), externs.specs(), license, btf);
  }

  private @Nullable CorePatcher patcher(@Nullable Btf btf) {
    return btf == null || target == null ? null : new CorePatcher(new CoreRelocator(btf, target));
  }

  private BtfExt ext() {
    ElfSection btf = elf.section(".BTF").orElse(null);
    ElfSection ext = elf.section(".BTF.ext").orElse(null);
    return btf == null || ext == null
        ? BtfExt.empty()
        : BtfExt.read(ext.bytes(), BtfReader.strings(btf.bytes()));
  }

  private String license() {
    return elf.section("license")
        .filter(s -> s.bytes().size() > 0)
        .map(s -> s.bytes().text(0, LICENSE_LIMIT_BYTES))
        .orElse("");
  }

  private List<ProgramSpec> programs(ObjectCode code, String license, @Nullable Btf btf) {
    List<ProgramSpec> programs = new ArrayList<>();
    int insns = 0;
    for (ElfSection section : elf.sections()) {
      if (!section.isCode() || section.name().equals(TEXT)) {
        continue;
      }
      for (FunctionSymbol function : code.functions().in(section)) {
        if (!function.local()) { // a static function beside a program is a subprogram
          ProgramType type = type(section);
          programs.add(ProgramLinker.link(code, section, function, type, license, btf));
          insns = total(insns, programs.get(programs.size() - 1));
        }
      }
    }
    unique("program", programs.stream().map(ProgramSpec::name).toList());
    return programs;
  }

  private int total(int before, ProgramSpec program) {
    int insns = before + program.insns().size();
    if (insns > MAX_INSNS_IN_ALL) {
      throw new ObjectFormatException(
          elf.where(), "insns of all programs", "more", "at most " + MAX_INSNS_IN_ALL);
    }
    return insns;
  }

  private static ProgramType type(ElfSection section) {
    // libbpf: "?" keeps a program from being loaded by default; here whoever attaches it decides
    String plain = section.name().startsWith("?") ? section.name().substring(1) : section.name();
    ProgramType type = ProgramType.ofSection(plain);
    if (type == null) {
      List<String> known = new ArrayList<>();
      for (ProgramType t : ProgramType.values()) {
        known.addAll(t.sectionPrefixes());
      }
      throw new ObjectFormatException(
          section.bytes().where(),
          "program type",
          "section name \"" + section.name() + "\"",
          "one that begins with " + String.join(", ", known));
    }
    return type;
  }

  private void unique(String what, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String each : names) {
      if (!seen.add(each)) {
        throw new ObjectFormatException(elf.where(), what, "a second \"" + each + "\"", "one");
      }
    }
  }

  private static String withoutSuffix(String fileName) {
    int dot = fileName.indexOf('.');
    return dot > 0 ? fileName.substring(0, dot) : fileName;
  }
}
