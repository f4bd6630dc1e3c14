package dev.sonde.vm.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.CoreKind;
import dev.sonde.vm.btf.CoreRelocator;
import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.btf.KernelBtf;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.btf.PoisonedInsn;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CoreRelocationTest {
  private static final Btf TARGET = btf(TestObjects.read("coretarget.clang22.v3.o"));

  /** What each program of core.bpf.c returns on the machine of coretarget.bpf.c. */
  private static final Map<String, Long> ANSWERS =
      Map.ofEntries(
          Map.entry("offset_first", 36L),
          Map.entry("offset_second", 24L),
          Map.entry("offset_inner_b", 48L),
          Map.entry("offset_number_2", 60L),
          Map.entry("offset_unnamed", 8L),
          Map.entry("size_narrow", 8L),
          Map.entry("size_numbers", 16L),
          Map.entry("exists_second", 1L),
          Map.entry("exists_gone", 0L),
          Map.entry("exists_flavored", 0L),
          Map.entry("exists_absent", 0L),
          Map.entry("signed_negative", 1L),
          Map.entry("signed_flags", 0L),
          Map.entry("lshift_flags", 40L),
          Map.entry("rshift_flags", 54L),
          Map.entry("offset_flags", 80L),
          Map.entry("size_flags", 4L),
          Map.entry("type_exists", 1L),
          Map.entry("type_absent", 0L),
          Map.entry("type_size", 96L),
          Map.entry("type_size_absent", 0L),
          Map.entry(
              "type_id_target", (long) TARGET.find("moved", BtfType.Struct.class).orElseThrow()),
          Map.entry("enum_green", 11L),
          Map.entry("enum_green_exists", 1L),
          Map.entry("enum_gone_exists", 0L),
          Map.entry("enum_huge", 0x123456789abL),
          Map.entry("matches_same", 1L),
          Map.entry("matches_other", 0L));

  static Stream<String> coreObjects() throws IOException {
    return TestObjects.all().stream()
        .map(p -> p.getFileName().toString())
        .filter(n -> n.startsWith("core."));
  }

  private static Btf btf(CollectionSpec spec) {
    assertNotNull(spec.btf());
    return spec.btf();
  }

  private static List<ProgramSpec> relocated(String object) {
    return ObjectReader.read(
            object, TestObjects.bytes(object), () -> Optional.of(new CoreTarget(TARGET)))
        .programs();
  }

  private static ProgramSpec program(String object, String name) {
    return relocated(object).stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  /** Returns what a program of one mov or lddw and an exit returns. */
  private static long constant(List<Insn> insns) {
    Insn first = insns.get(0);
    return first.isLdImm64()
        ? first.imm() & 0xffffffffL | (long) insns.get(1).imm() << 32
        : first.imm();
  }

  @ParameterizedTest
  @MethodSource("coreObjects")
  void everyQuestionIsAnsweredByTheTargetsTypes(String object) {
    Map<String, Long> got = new TreeMap<>();
    Map<String, Long> want = new TreeMap<>();
    for (ProgramSpec program : relocated(object)) {
      if (ANSWERS.containsKey(program.name())) {
        got.put(program.name(), constant(program.insns()));
        want.put(program.name(), ANSWERS.get(program.name()));
      }
    }
    assertEquals(want, got);
    assertTrue(got.size() >= 26, "answers: " + got.size());
  }

  @ParameterizedTest
  @MethodSource("coreObjects")
  void whatTheTargetLacksBecomesACallThatNoVerifierAccepts(String object) {
    for (String name : List.of("offset_gone", "enum_gone", "load_gone")) {
      ProgramSpec program = program(object, name);
      Insn poisoned = program.insns().stream().filter(PoisonedInsn::is).findFirst().orElseThrow();
      assertEquals(195_896_080, poisoned.imm(), "as libbpf has it");
      assertFalse(PoisonedInsn.typeName(poisoned, program.btf()).isEmpty(), name);
    }
  }

  @ParameterizedTest
  @MethodSource("coreObjects")
  void loadsMoveAndTakeTheTargetsSize(String object) {
    Insn narrow = program(object, "load_narrow").insns().get(0);
    assertEquals(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, narrow.opcode());
    assertEquals(72, narrow.off());
    Insn text = program(object, "load_text").insns().get(0);
    assertEquals(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, text.opcode());
    assertEquals(88, text.off());
  }

  @Test
  void withoutATargetInsnsStayAsCompiled() {
    Map<String, Long> got = new TreeMap<>();
    for (ProgramSpec program : TestObjects.read("core.clang22.v3.o").programs()) {
      got.put(program.name(), constant(program.insns()));
    }
    assertEquals(8, got.get("offset_second"));
    assertEquals(1, got.get("exists_gone"));
    assertEquals(2, got.get("enum_gone"));
  }

  @Test
  void aTargetThatAnswersInTwoWaysIsRefused() {
    List<BtfType> types = new java.util.ArrayList<>(TARGET.types());
    BtfType.Struct moved =
        (BtfType.Struct) TARGET.type(TARGET.find("moved", BtfType.Struct.class).orElseThrow());
    BtfType.Member second = moved.members().get(1);
    types.add(
        new BtfType.Struct(
            "moved", false, 8, List.of(new BtfType.Member("second", second.type(), 0, 0))));
    CoreTarget ambiguous = new CoreTarget(new Btf(types));
    String object = "core.clang14.v3.o";
    byte[] bytes = TestObjects.bytes(object);
    ObjectFormatException e =
        assertThrows(
            ObjectFormatException.class,
            () -> ObjectReader.read(object, bytes, () -> Optional.of(ambiguous)));
    assertTrue(e.getMessage().contains("moved"), e.getMessage());
  }

  @Test
  void flavorsOfANameAreOneType() {
    Btf local =
        new Btf(
            List.of(
                new BtfType.Void(),
                new BtfType.Int("int", 4, 32, 0, true, false, false),
                new BtfType.Struct(
                    "moved___v2_6", false, 4, List.of(new BtfType.Member("first", 1, 0, 0)))));
    CoreRelocator relocator = new CoreRelocator(local, new CoreTarget(TARGET));
    assertEquals(36, relocator.answer(CoreKind.FIELD_BYTE_OFFSET, 2, "0:0").value());
  }

  @Test
  void theKernelsOwnTypesAnswer() {
    assumeTrue(Files.isReadable(KernelBtf.FILE), "no " + KernelBtf.FILE + " here");
    CoreTarget kernel = TargetBtf.kernel().orElseThrow();
    Btf local =
        new Btf(
            List.of(
                new BtfType.Void(),
                new BtfType.Int("int", 4, 32, 0, true, false, false),
                new BtfType.Struct(
                    "task_struct",
                    false,
                    8,
                    List.of(
                        new BtfType.Member("pid", 1, 0, 0),
                        new BtfType.Member("no_such_member", 1, 32, 0)))));
    CoreRelocator relocator = new CoreRelocator(local, kernel);
    assertEquals(1, relocator.answer(CoreKind.FIELD_EXISTS, 2, "0:0").value());
    assertEquals(0, relocator.answer(CoreKind.FIELD_EXISTS, 2, "0:1").value());
    assertTrue(relocator.answer(CoreKind.FIELD_BYTE_OFFSET, 2, "0:0").value() > 0);
    assertTrue(relocator.answer(CoreKind.TYPE_SIZE, 2, "0").value() > 1000);
  }
}
