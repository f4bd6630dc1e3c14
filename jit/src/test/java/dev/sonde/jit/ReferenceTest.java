package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.HandleTable;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Java references that travel as arguments of compiled programs, without a handle. */
class ReferenceTest {
  private static final int FIRST = MethodContext.argumentOffset(0);
  private static final int SECOND = MethodContext.argumentOffset(1);
  private static final int EINVAL = -22;
  private static final List<HelperProto> KFUNCS =
      Stream.of(
              "sonde_java_string",
              "sonde_java_class_name",
              "sonde_java_identity_hash",
              "sonde_java_array_length",
              "sonde_java_exception_message",
              "sonde_java_array_get")
          .map(name -> assertNotNullRow(Kfuncs.byName(name)))
          .toList();

  private final CarrierSlot slot = Trusted.slot();
  private final long context = RawMemory.allocateZeroed(MethodContext.SIZE_BYTES);

  private static HelperProto assertNotNullRow(HelperProto row) {
    assertNotNull(row);
    return row;
  }

  private static Insn insn(int opcode, int dst, int src, int off, int imm) {
    return new Insn(opcode, dst, src, off, imm);
  }

  private static VerifiedProgram verified(List<Insn> insns) throws VerificationException {
    ProgramSpec spec =
        new ProgramSpec(
            "reference",
            "",
            ProgramType.KPROBE,
            insns,
            List.of(),
            KFUNCS.stream().map(HelperProto::name).toList(),
            "GPL",
            List.of(new SubprogramSpec(0, "reference", 0, false)),
            List.of(),
            null);
    return Verifier.verify(new ResolvedProgram(spec, List.of(), KFUNCS), VerifierOptions.DEFAULT);
  }

  private static CompiledProgram compile(List<Insn> insns) throws VerificationException {
    return new JitCompiler(JitOptions.DEFAULT).compile(verified(insns));
  }

  /** {@code r1 = handle in r6; call the kfunc on 64 bytes of stack}. */
  private static List<Insn> call(int kfunc) {
    return List.of(
        insn(0xbf, 1, 6, 0, 0),
        insn(0xbf, 2, 10, 0, 0),
        insn(0x07, 2, 0, 0, -64),
        insn(0xb7, 3, 0, 0, 64),
        insn(0x85, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, kfunc));
  }

  /** {@code if (!argument 0) return 77; return the kfunc's answer}. */
  private static List<Insn> nullChecked(int kfunc) {
    List<Insn> insns = new ArrayList<>();
    insns.add(insn(0x79, 6, 1, FIRST, 0));
    insns.add(insn(0x55, 6, 0, 2, 0));
    insns.add(insn(0xb7, 0, 0, 0, 77));
    insns.add(insn(0x95, 0, 0, 0, 0));
    insns.addAll(call(kfunc));
    insns.add(insn(0x95, 0, 0, 0, 0));
    return insns;
  }

  @Test
  void aHandleThatIsOnlyHandedOnIsTheObject() throws Throwable {
    try (CompiledProgram program = compile(nullChecked(0))) {
      assertEquals(List.of(new ContextField(FIRST, 8, true)), program.scalarFields());
      var entry = program.scalarEntry().orElseThrow();
      assertEquals(5L, (long) entry.invokeExact(slot, (Object) "hello"));
      assertEquals(77L, (long) entry.invokeExact(slot, (Object) null));
      assertEquals((long) EINVAL, (long) entry.invokeExact(slot, HandleTable.NONE));
      long first = slot.handles().add("first");
      slot.handles().clear();
      assertEquals(1, first & 0xff, "no handle was made for the argument");
    }
  }

  static Stream<Integer> kfuncs() {
    return IntStream.range(0, KFUNCS.size() - 1).boxed();
  }

  @ParameterizedTest
  @MethodSource("kfuncs")
  void everyObjectIsAnsweredAsItsHandleIsInterpreted(int kfunc) throws Throwable {
    Object[] objects = {"text", new int[3], new Object[2], new IllegalStateException("why"), this};
    VerifiedProgram verified = verified(nullChecked(kfunc));
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = new JitCompiler(JitOptions.DEFAULT).compile(verified)) {
      var entry = program.scalarEntry().orElseThrow();
      for (Object object : objects) {
        RawMemory.putLong(context + FIRST, slot.handles().add(object));
        long want = oracle.run(slot, context);
        assertEquals(want, program.run(slot, context), () -> "by handle of " + object);
        assertEquals(want, (long) entry.invokeExact(slot, object), () -> "reference " + object);
        slot.handles().clear();
      }
      for (long number : new long[] {0, 1, -1, 1L << 40 | 1}) {
        RawMemory.putLong(context + FIRST, number);
        long want = oracle.run(slot, context);
        assertEquals(want, program.run(slot, context), () -> "handle " + number);
        Object none = number == 0 ? null : HandleTable.NONE;
        assertEquals(want, (long) entry.invokeExact(slot, none), () -> "no handle " + number);
      }
    }
  }

  /** What else a program may do with the number: add it, store it, keep it, compare it. */
  private static List<List<Insn>> othersUses() {
    return List.of(
        List.of(insn(0xbf, 0, 6, 0, 0)),
        List.of(insn(0x0f, 0, 6, 0, 0)),
        List.of(insn(0x7b, 10, 6, -72, 0), insn(0x71, 0, 10, -72, 0)),
        List.of(insn(0x25, 6, 0, 1, 7), insn(0xb7, 0, 0, 0, 5)),
        List.of(insn(0x15, 6, 0, 1, 7), insn(0xb7, 0, 0, 0, 5)),
        List.of(insn(0x16, 6, 0, 1, 0), insn(0xb7, 0, 0, 0, 5)),
        List.of(insn(0xbc, 0, 6, 0, 0)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
  void aHandleWhoseNumberIsSeenStaysANumber(int use) throws Throwable {
    List<Insn> insns = new ArrayList<>();
    insns.add(insn(0x79, 6, 1, FIRST, 0));
    insns.addAll(call(2));
    insns.addAll(othersUses().get(use));
    insns.add(insn(0x95, 0, 0, 0, 0));
    VerifiedProgram verified = verified(insns);
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = new JitCompiler(JitOptions.DEFAULT).compile(verified)) {
      assertEquals(List.of(new ContextField(FIRST, 8)), program.scalarFields());
      for (long number : new long[] {0, 7, 8, 1L << 32, slot.handles().add("seen")}) {
        RawMemory.putLong(context + FIRST, number);
        assertEquals(oracle.run(slot, context), program.run(slot, context));
      }
      slot.handles().clear();
    }
  }

  /** Spilled, moved, chosen: the same field is a reference, one of two is none. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneOfTwoHandlesStaysANumber(boolean same) throws Throwable {
    List<Insn> insns = new ArrayList<>();
    insns.add(insn(0x79, 6, 1, FIRST, 0));
    insns.add(insn(0x7b, 10, 6, -80, 0));
    insns.add(insn(0x79, 7, 1, SECOND, 0));
    insns.add(insn(0x61, 8, 1, MethodContext.KIND, 0));
    insns.add(insn(0x79, 6, 10, -80, 0));
    insns.add(insn(0x15, 8, 0, 1, 0));
    insns.add(same ? insn(0x79, 6, 1, FIRST, 0) : insn(0xbf, 6, 7, 0, 0));
    insns.addAll(call(0));
    insns.add(insn(0x95, 0, 0, 0, 0));
    VerifiedProgram verified = verified(insns);
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = new JitCompiler(JitOptions.DEFAULT).compile(verified)) {
      assertEquals(same, program.scalarFields().contains(new ContextField(FIRST, 8, true)));
      RawMemory.putLong(context + FIRST, slot.handles().add("one"));
      RawMemory.putLong(context + SECOND, slot.handles().add("second"));
      for (int kind = 0; kind < 2; kind++) {
        RawMemory.putInt(context + MethodContext.KIND, kind);
        assertEquals(oracle.run(slot, context), program.run(slot, context));
      }
      slot.handles().clear();
    }
  }

  /** Regions have the fields behind the frame and the window. */
  @Test
  void fieldsAndReferencesReachEveryRegionOfASplitFunction() throws Throwable {
    List<Insn> insns = new ArrayList<>();
    insns.add(insn(0xbf, 9, 1, 0, 0));
    insns.add(insn(0xb7, 7, 0, 0, 0));
    for (int i = 0; i < 30; i++) {
      insns.add(insn(0x79, 6, 9, FIRST, 0));
      insns.addAll(call(i % 2));
      insns.add(insn(0x0f, 7, 0, 0, 0));
      insns.add(insn(0x79, 8, 9, SECOND, 0));
      insns.add(insn(0x0f, 7, 8, 0, 0));
      insns.add(insn(0x27, 7, 0, 0, 31));
      insns.add(insn(0x65, 7, 0, 1, 1 << 20));
      insns.add(insn(0x07, 7, 0, 0, 3));
    }
    insns.add(insn(0xbf, 0, 7, 0, 0));
    insns.add(insn(0x95, 0, 0, 0, 0));
    VerifiedProgram verified = verified(insns);
    JitCompiler splitting = new JitCompiler(new JitOptions(false, 100_000, 300));
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = splitting.compile(verified)) {
      long regions =
          Arrays.stream(program.writtenClass().getDeclaredMethods())
              .filter(method -> method.getName().startsWith("reference$"))
              .count();
      assertEquals(true, regions > 2, () -> regions + " regions");
      RawMemory.putLong(context + FIRST, slot.handles().add("some text"));
      RawMemory.putLong(context + SECOND, 0x123456789abL);
      long want = oracle.run(slot, context);
      assertEquals(want, program.run(slot, context));
      var entry = program.scalarEntry().orElseThrow();
      assertEquals(want, (long) entry.invokeExact(slot, 0x123456789abL, (Object) "some text"));
      slot.handles().clear();
    }
  }
}
