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
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
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

  private final Supplier<Optional<CoreTarget>> target;
  private final List<UnsupportedProgram> unsupported = new ArrayList<>();

  private ObjectReader(ElfFile elf, String name, Supplier<Optional<CoreTarget>> target) {
    this.elf = elf;
    this.name = name;
    this.target = target;
  }

  /**
   * Returns what {@code file} holds; insns stay as they were compiled, against the object's own
   * types.
   *
   * @throws ObjectFormatException if it is no such object, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static CollectionSpec read(Path file) throws IOException {
    return read(file, Optional::empty);
  }

  /**
   * Returns what {@code file} holds, its CO-RE relocations resolved against {@code target}.
   *
   * @param target asked only if the object has such relocations; without one they stay as compiled
   * @throws ObjectFormatException if it is no such object, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static CollectionSpec read(Path file, Supplier<Optional<CoreTarget>> target)
      throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return read(file.getFileName().toString(), bytes, target);
  }

  /** As {@link #read(String, byte[], Supplier)}, without a target. */
  public static CollectionSpec read(String fileName, byte[] file) {
    return read(fileName, file, Optional::empty);
  }

  /**
   * Returns what the bytes of an object file hold.
   *
   * @param fileName what errors call the file; without its suffix the name of the collection
   * @param target what CO-RE relocations are resolved against, asked only if there are any
   * @throws ObjectFormatException if they are no such object, or a damaged one
   */
  public static CollectionSpec read(
      String fileName, byte[] file, Supplier<Optional<CoreTarget>> target) {
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
    BtfExt ext = ext();
    ObjectCode code = new ObjectCode(elf, maps, externs, ext, patcher(btf, ext));
    List<ProgramSpec> programs = programs(code, license, btf);
    return new CollectionSpec(
        name, maps.specs(), programs, unsupported, externs.specs(), license, btf);
  }

  private @Nullable CorePatcher patcher(@Nullable Btf btf, BtfExt ext) {
    if (btf == null || !ext.hasCores()) {
      return null;
    }
    return target.get().map(t -> new CorePatcher(new CoreRelocator(btf, t))).orElse(null);
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
      ProgramType type = type(section);
      for (FunctionSymbol function : code.functions().in(section)) {
        if (function.local()) { // a static function beside a program is a subprogram
          continue;
        }
        if (type == null) {
          unsupported.add(new UnsupportedProgram(function.name(), section.name()));
        } else {
          programs.add(ProgramLinker.link(code, section, function, type, license, btf));
          insns = total(insns, programs.get(programs.size() - 1));
        }
      }
    }
    unique("program", programs.stream().map(ProgramSpec::name).toList());
    requireOne(programs);
    return programs;
  }

  private void requireOne(List<ProgramSpec> programs) {
    if (programs.isEmpty() && !unsupported.isEmpty()) {
      List<String> known = new ArrayList<>();
      for (ProgramType type : ProgramType.values()) {
        known.addAll(type.sectionPrefixes());
      }
      throw new ObjectFormatException(
          elf.where(),
          "section of program \"" + unsupported.get(0).name() + "\"",
          "\"" + unsupported.get(0).section() + "\"",
          "one that begins with " + String.join(", ", known));
    }
  }

  private int total(int before, ProgramSpec program) {
    int insns = before + program.insns().size();
    if (insns > MAX_INSNS_IN_ALL) {
      throw new ObjectFormatException(
          elf.where(), "insns of all programs", "more", "at most " + MAX_INSNS_IN_ALL);
    }
    return insns;
  }

  private static @Nullable ProgramType type(ElfSection section) {
    // libbpf: "?" keeps a program from being loaded by default; here whoever attaches it decides
    String name = section.name();
    return ProgramType.ofSection(name.startsWith("?") ? name.substring(1) : name);
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
