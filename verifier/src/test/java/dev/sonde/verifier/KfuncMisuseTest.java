package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kfunc about the JVM, called rightly and with each of its arguments wrong in each way. */
class KfuncMisuseTest {
  private static final String TEXT_OF_MAP = "lddw %rN, map_value 0 0";

  static Stream<HelperProto> jvmKfuncs() {
    return Kfuncs.all().stream().filter(row -> row.name().startsWith("sonde_"));
  }

  static Stream<Arguments> wrongUses() {
    List<Arguments> all = new ArrayList<>();
    jvmKfuncs()
        .forEach(
            row -> {
              for (int i = 0; i < row.args().size(); i++) {
                for (String wrong : wrong(row.args().get(i))) {
                  all.add(arguments(row.name(), i + 1, wrong));
                }
              }
            });
    return all.stream();
  }

  /** What an argument of that kind must not be; "" leaves the register as the program began. */
  private static List<String> wrong(ArgKind kind) {
    return switch (kind) {
      case HANDLE -> List.of("", "mov %rN, %r10", "mov %rN, %r6", TEXT_OF_MAP);
      case MEM_UNINIT, FIXED_MEM8_UNINIT ->
          List.of(
              "",
              "mov %rN, 4096",
              "mov %rN, 0",
              "mov %rN, %r10", // one past the stack
              "mov %rN, %r10\nadd %rN, -4", // 4 B of it
              "mov %rN, %r10\nadd %rN, -520",
              "mov %rN, %r6", // the context is not to be written
              TEXT_OF_MAP); // nor are constants
      case CONST_SIZE ->
          List.of(
              "",
              "mov %rN, 0",
              "mov %rN, -1",
              "mov %rN, 17", // of 16 B
              "mov %rN, %r10",
              "ldxdw %rN, [%r6+0]"); // anything
      case CONST_STR -> List.of("", "mov %rN, 0", "mov %rN, %r10\nadd %rN, -16", "mov %rN, %r6");
      case NUMBER -> List.of("", "mov %rN, %r10", "mov %rN, %r6");
      default -> throw new IllegalArgumentException("no kfunc about the JVM takes " + kind);
    };
  }

  private static String right(ArgKind kind) {
    return switch (kind) {
      case HANDLE -> "ldxdw %rN, [%r6+112]"; // the first argument of a method
      case MEM_UNINIT, FIXED_MEM8_UNINIT -> "mov %rN, %r10\nadd %rN, -16";
      case CONST_SIZE -> "mov %rN, 16";
      case CONST_STR -> TEXT_OF_MAP;
      case NUMBER -> "mov %rN, 1";
      default -> throw new IllegalArgumentException("no kfunc about the JVM takes " + kind);
    };
  }

  @Test
  void theTableIsNotEmpty() {
    assertTrue(jvmKfuncs().count() >= 15);
  }

  @ParameterizedTest
  @MethodSource("jvmKfuncs")
  void rightUseIsAccepted(HelperProto row) {
    try (BpfMap text = text()) {
      assertDoesNotThrow(() -> verify(row, text, 0, ""));
    }
  }

  @ParameterizedTest
  @MethodSource("wrongUses")
  void wrongUseIsRejected(String kfunc, int register, String wrong) {
    HelperProto row = Kfuncs.byName(kfunc);
    try (BpfMap text = text()) {
      VerificationException rejection =
          assertThrows(VerificationException.class, () -> verify(row, text, register, wrong));
      assertTrue(rejection.getMessage().contains("R" + register), rejection.getMessage());
    }
  }

  @Test
  void aHandleGivesNoAccess() {
    String deref = "ldxdw %r1, [%r1+112]\nldxdw %r0, [%r1+0]\nexit\n";
    ResolvedProgram program =
        new ResolvedProgram(
            ProgramSpec.of("deref", ProgramType.KPROBE, Assembler.assemble(deref)),
            List.of(),
            List.of());
    VerificationException rejection =
        assertThrows(VerificationException.class, () -> Verifier.verify(program, options()));
    assertTrue(rejection.getMessage().contains("R1"), rejection.getMessage());
  }

  private static void verify(HelperProto row, BpfMap text, int wrongRegister, String wrong)
      throws VerificationException {
    StringBuilder code = new StringBuilder("mov %r6, %r1\n");
    for (int i = 0; i < row.args().size(); i++) {
      String load = i + 1 == wrongRegister ? wrong : right(row.args().get(i));
      boolean left = load.isEmpty() && i == 0;
      String set = left ? "mov %r1, %r9" : load; // R1 is set as a program begins: nothing else is
      code.append(set.replace("%rN", "%r" + (i + 1))).append('\n');
    }
    code.append("call kfunc 0\nmov %r0, 0\nexit\n");
    ProgramSpec spec =
        ProgramSpec.of("misuse", ProgramType.KPROBE, Assembler.assemble(code.toString()));
    ProgramSpec linked =
        new ProgramSpec(
            spec.name(),
            spec.section(),
            spec.type(),
            spec.insns(),
            List.of(text.spec().name()),
            List.of(row.name()),
            "GPL",
            spec.subprograms(),
            spec.lines(),
            spec.btf());
    assertEquals(1, linked.kfuncNames().size());
    Verifier.verify(new ResolvedProgram(linked, List.of(text), List.of(row)), options());
  }

  private static VerifierOptions options() {
    return new VerifierOptions(1, false, 1_000_000);
  }

  /** Eight bytes of constants: "field". */
  private static BpfMap text() {
    MapSpec spec = MapSpec.of(".rodata", MapType.ARRAY, 4, 8, 1).withFlags(MapFlags.RDONLY_PROG);
    BpfMap map = Maps.create(spec);
    map.update(new byte[4], new byte[] {'f', 'i', 'e', 'l', 'd', 0, 0, 0}, 0);
    map.freeze();
    return map;
  }
}
