package dev.sonde.vm.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.TestObjects;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.helper.Kfuncs;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The structs of examples/programs/sonde.h, as an object compiled with it has them in its BTF. */
class SondeHeaderTest {
  private static final Btf BTF = btf();

  private static Btf btf() {
    Btf btf = TestObjects.read("header.clang14.v3.o").btf();
    assertNotNull(btf);
    return btf;
  }

  /** Returns name to byte offset of all members, those of unnamed structs and unions included. */
  private static Map<String, Integer> offsets(String struct) {
    Map<String, Integer> offsets = new HashMap<>();
    collect(BTF.find(struct, BtfType.Struct.class).orElseThrow(), 0, offsets);
    return offsets;
  }

  private static void collect(int structId, int baseBits, Map<String, Integer> offsets) {
    for (BtfType.Member member : ((BtfType.Struct) BTF.type(structId)).members()) {
      int bits = baseBits + member.bitOffset();
      if (member.name().isEmpty()) {
        collect(BTF.resolve(member.type()), bits, offsets);
      } else {
        offsets.put(member.name(), bits / 8);
      }
    }
  }

  private static int size(String struct) {
    return BTF.sizeBytes(BTF.find(struct, BtfType.Struct.class).orElseThrow());
  }

  @Test
  void ptRegsHasEveryRegisterInItsPlace() {
    Map<String, Integer> offsets = offsets("pt_regs");
    for (PtRegs register : PtRegs.values()) {
      assertEquals(register.offsetBytes(), offsets.get(register.fieldName()), register.name());
    }
    assertEquals(offsets.get("di"), offsets.get("rdi"));
    assertEquals(PtRegs.SIZE_BYTES, size("pt_regs"));
  }

  @Test
  void theMethodContextIsTheOneOfTheProbes() {
    Map<String, Integer> want =
        Map.of(
            "regs", 0,
            "method_id", MethodContext.METHOD_ID,
            "time_ns", MethodContext.TIME_NANOS,
            "entry_time_ns", MethodContext.ENTRY_TIME_NANOS,
            "duration_ns", MethodContext.DURATION_NANOS,
            "exception", MethodContext.EXCEPTION,
            "kind", MethodContext.KIND,
            "arg_count", MethodContext.ARGUMENT_COUNT,
            "more_args", MethodContext.MORE_ARGUMENTS);
    assertEquals(want, offsets("sonde_method"));
    assertEquals(MethodContext.SIZE_BYTES, size("sonde_method"));
  }

  @Test
  void kindsAreNumberedAsInTheCode() {
    BtfType.Enum kinds =
        (BtfType.Enum) BTF.type(BTF.find("sonde_kind", BtfType.Enum.class).orElseThrow());
    Map<String, Long> want =
        Map.of(
            "SONDE_NATIVE", (long) MethodContext.KIND_NATIVE,
            "SONDE_ENTRY", (long) MethodContext.KIND_ENTRY,
            "SONDE_RETURN", (long) MethodContext.KIND_RETURN,
            "SONDE_EXCEPTION", (long) MethodContext.KIND_EXCEPTION,
            "SONDE_CALL", (long) MethodContext.KIND_CALL,
            "SONDE_LINE", (long) MethodContext.KIND_LINE,
            "SONDE_ALLOCATION", (long) MethodContext.KIND_ALLOCATION);
    Map<String, Long> got = new HashMap<>();
    kinds.values().forEach(v -> got.put(v.name(), v.value()));
    assertEquals(want, got);
  }

  @Test
  void packetContextsHaveEveryFieldOfTheirLayouts() {
    for (ContextLayout layout :
        java.util.List.of(ContextLayout.SCHED_CLS, ContextLayout.XDP, ContextLayout.PERF_EVENT)) {
      Map<String, Integer> offsets = offsets(layout.structName());
      for (ContextField field : layout.fields()) {
        boolean register = layout == ContextLayout.PERF_EVENT && field.offsetBytes() < 168;
        if (!register) {
          assertEquals(field.offsetBytes(), offsets.get(field.name()), field.name());
        }
      }
    }
  }

  @Test
  void everyHelperIsDeclaredWithTheNumberOfItsRow() {
    Map<String, Integer> numbers = HeaderHelpers.read();
    for (HelperProto row : Helpers.all()) {
      assertEquals(row.id(), numbers.get(row.name()), row.name() + " in sonde.h");
    }
  }

  @Test
  void everyKfuncIsDeclared() {
    Set<String> declared = HeaderHelpers.kfuncs();
    for (HelperProto row : Kfuncs.all()) {
      assertTrue(declared.contains(row.name()), row.name() + " in sonde.h: " + declared);
    }
  }
}
