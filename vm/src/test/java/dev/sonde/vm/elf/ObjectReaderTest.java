package dev.sonde.vm.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.SubprogramSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectReaderTest {
  private static final String LINKING = "linking.clang14.v3.o";

  static Stream<Path> objects() throws IOException {
    return TestObjects.all().stream();
  }

  static Stream<String> linkingObjects() throws IOException {
    return objects().map(p -> p.getFileName().toString()).filter(n -> n.startsWith("linking."));
  }

  @ParameterizedTest
  @MethodSource("linkingObjects")
  void everyCompilerAndCpuGivesTheSameMapsAndPrograms(String name) {
    CollectionSpec spec = TestObjects.read(name);
    assertEquals(
        List.of("counts", "events", "shared", ".rodata", ".data", ".bss"),
        spec.maps().stream().map(MapSpec::name).toList());
    assertEquals(
        List.of("enter", "leave", "leave_too"),
        spec.programs().stream().map(ProgramSpec::name).toList());
    assertEquals("Dual BSD/GPL", spec.license());
    assertEquals("linking", spec.name());
  }

  @Test
  void btfDefinedMapsHaveTheirAttributes() {
    Map<String, MapSpec> maps =
        TestObjects.read(LINKING).maps().stream().collect(Collectors.toMap(MapSpec::name, m -> m));
    MapSpec counts = maps.get("counts");
    assertEquals(MapType.HASH, counts.type());
    assertEquals(8, counts.keySizeBytes());
    assertEquals(8, counts.valueSizeBytes());
    assertEquals(1024, counts.maxEntries());
    Btf btf = TestObjects.read(LINKING).btf();
    assertNotNull(btf);
    assertEquals("key", btf.resolved(counts.keyTypeId()).name());
    MapSpec shared = maps.get("shared");
    assertEquals(MapType.PERCPU_ARRAY, shared.type());
    assertEquals(16, shared.valueSizeBytes());
    assertEquals(MapFlags.RDONLY_PROG, shared.flags());
    assertTrue(shared.pinnedByName());
    assertFalse(counts.pinnedByName());
  }

  @Test
  void dataSectionsAreArraysWithTheirContent() {
    Map<String, MapSpec> maps =
        TestObjects.read(LINKING).maps().stream().collect(Collectors.toMap(MapSpec::name, m -> m));
    byte[] rodata = {5, 0, 0, 0, 0, 0, 0, 0, 'S', 'E', 'L', 'E', 'C', 'T', 0, 0};
    assertArrayEquals(rodata, (byte[]) maps.get(".rodata").initialValues().get(0));
    assertEquals(MapFlags.RDONLY_PROG | MapFlags.MMAPABLE, maps.get(".rodata").flags());
    assertEquals(16, maps.get(".bss").valueSizeBytes());
    assertTrue(maps.get(".bss").initialValues().isEmpty());
  }

  @Test
  void dataSectionTypesKnowEveryVariablesPlace() {
    CollectionSpec spec = TestObjects.read(LINKING);
    Btf btf = spec.btf();
    assertNotNull(btf);
    BtfType.DataSec rodata =
        (BtfType.DataSec) btf.type(btf.find(".rodata", BtfType.DataSec.class).orElseThrow());
    assertEquals(16, rodata.sizeBytes());
    Map<String, Integer> places =
        rodata.vars().stream()
            .collect(Collectors.toMap(v -> btf.type(v.var()).name(), BtfType.SecVar::offsetBytes));
    assertEquals(Map.of("threshold", 0, "word", 8), places);
  }

  @ParameterizedTest
  @MethodSource("linkingObjects")
  void everyCallAndFunctionPointerLandsOnASubprogram(String name) {
    for (ProgramSpec program : TestObjects.read(name).programs()) {
      List<Integer> starts = program.subprograms().stream().map(SubprogramSpec::firstInsn).toList();
      assertEquals(0, starts.get(0));
      for (int i = 0; i < program.insns().size(); i++) {
        Insn insn = program.insns().get(i);
        boolean pointer = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
        if (insn.isPseudoCall() || pointer) {
          assertTrue(starts.contains(i + 1 + insn.imm()), program.name() + " slot " + i);
        }
        i += insn.isLdImm64() ? 1 : 0;
      }
    }
  }

  @Test
  void subprogramsAreLinkedOnceAndKeepTheirLinkage() {
    ProgramSpec leave = TestObjects.read(LINKING).programs().get(1);
    assertEquals(
        List.of("leave true", "add false", "hidden false", "thrice true", "twice false"),
        leave.subprograms().stream().map(s -> s.name() + " " + s.global()).toList());
    assertEquals(ProgramType.KPROBE, leave.type());
    assertEquals("methodret/a.B.c", leave.section());
    assertEquals(List.of("sonde_java_string", "sonde_no_such_function"), leave.kfuncNames());
  }

  @Test
  void mapReferencesAreIndicesOfTheProgramsOwnMaps() {
    ProgramSpec enter = TestObjects.read(LINKING).programs().get(0);
    assertEquals(List.of(".rodata", "counts", ".data", ".bss"), enter.mapNames());
    Insn word = enter.insns().get(0);
    assertEquals(Opcodes.PSEUDO_MAP_VALUE, word.src());
    assertEquals(0, word.imm());
    assertEquals(8, enter.insns().get(1).imm());
  }

  @ParameterizedTest
  @MethodSource("linkingObjects")
  void sourceLinesAscendAndCoverEveryFunction(String name) {
    for (ProgramSpec program : TestObjects.read(name).programs()) {
      List<Integer> insns = program.lines().stream().map(LineInfo::insn).toList();
      assertEquals(insns.stream().sorted().toList(), insns);
      for (SubprogramSpec subprogram : program.subprograms()) {
        assertTrue(insns.contains(subprogram.firstInsn()), subprogram.name());
      }
    }
    LineInfo first = TestObjects.read(name).programs().get(2).lines().get(0);
    assertEquals("linking.bpf.c", Path.of(first.file()).getFileName().toString());
  }

  @Test
  void weakExternsAreMarked() {
    assertEquals(
        List.of("sonde_java_string false", "sonde_no_such_function true"),
        TestObjects.read(LINKING).externs().stream().map(e -> e.name() + " " + e.weak()).toList());
  }

  @Test
  void programsOfForeignSectionsAreLeftOutAndNamed() {
    CollectionSpec spec = TestObjects.read("mixed.clang14.v3.o");
    assertEquals(
        List.of("on_syscall KPROBE", "on_packet SCHED_CLS"),
        spec.programs().stream().map(p -> p.name() + " " + p.type()).toList());
    assertEquals(
        List.of(
            new UnsupportedProgram("on_entry", "fentry/vfs_read"),
            new UnsupportedProgram("on_open", "lsm/file_open")),
        spec.unsupported());
  }

  @Test
  void anObjectOfForeignSectionsOnlyIsRefused() {
    ObjectFormatException e =
        assertThrows(ObjectFormatException.class, () -> TestObjects.read("foreign.clang14.v3.o"));
    assertTrue(e.getMessage().contains("lsm/file_open"), e.getMessage());
    assertTrue(e.getMessage().contains("uprobe"), e.getMessage());
  }

  @ParameterizedTest
  @MethodSource("objects")
  void everyObjectOfTheProjectIsRead(Path file) throws IOException {
    assumeFalse(file.getFileName().toString().startsWith("foreign."), "has nothing to be read");
    CollectionSpec spec = ObjectReader.read(file);
    assertFalse(spec.programs().isEmpty());
  }

  @Test
  void anObjectCutOffAtAnyByteIsRefusedWithItsPlace() {
    byte[] whole = TestObjects.bytes(LINKING);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      ObjectFormatException e =
          assertThrows(ObjectFormatException.class, () -> ObjectReader.read("cut.o", cut));
      assertTrue(e.where().startsWith("cut.o"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not an object at all, but some text that is long enough to look"})
  void whatIsNoObjectIsRefused(String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertThrows(ObjectFormatException.class, () -> ObjectReader.read("text.o", bytes));
  }
}
