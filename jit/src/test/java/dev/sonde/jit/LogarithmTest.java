package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** The highest bit of a word, which is known to have one where the insn before has set it. */
class LogarithmTest {
  private static final HelperProto FLS64 = Objects.requireNonNull(Kfuncs.byName("bpf_fls64"));
  private static final Insn LOAD = insn(0x79, 1, 1, MethodContext.argumentOffset(0), 0);
  private static final Insn OR_ONE = insn(0x47, 1, 0, 0, 1);
  private static final Insn CALL = insn(0x85, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 0);
  private static final Insn LESS_ONE = insn(0x04, 0, 0, 0, -1); // w0 += -1
  private static final Insn EXIT = insn(0x95, 0, 0, 0, 0);

  private final CarrierSlot slot = Trusted.slot();
  private final long context = RawMemory.allocateZeroed(MethodContext.SIZE_BYTES);

  private static Insn insn(int opcode, int dst, int src, int off, int imm) {
    return new Insn(opcode, dst, src, off, imm);
  }

  private static VerifiedProgram verified(Insn... insns) throws VerificationException {
    ProgramSpec spec =
        new ProgramSpec(
            "log",
            "",
            ProgramType.KPROBE,
            List.of(insns),
            List.of(),
            List.of(FLS64.name()),
            "GPL",
            List.of(new SubprogramSpec(0, "log", 0, false)),
            List.of(),
            null);
    return Verifier.verify(
        new ResolvedProgram(spec, List.of(), List.of(FLS64)), VerifierOptions.DEFAULT);
  }

  /** Returns the class as text, once both engines gave for all words what they should. */
  private String check(LongUnaryOperator want, Insn... insns) throws VerificationException {
    VerifiedProgram verified = verified(insns);
    JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = compiler.compile(verified)) {
      for (int bit = -1; bit < Long.SIZE; bit++) {
        for (long low = -1; low <= 1; low++) {
          long word = (bit < 0 ? 0 : 1L << bit) + low;
          RawMemory.putLong(context + MethodContext.argumentOffset(0), word);
          assertEquals(want.applyAsLong(word), oracle.run(slot, context), () -> "of " + word);
          assertEquals(want.applyAsLong(word), program.run(slot, context), () -> "of " + word);
        }
      }
    }
    return compiler.listing(verified, verified.facts());
  }

  private static long fls64(long word) {
    return 64 - Long.numberOfLeadingZeros(word);
  }

  @Test
  void whereABitHasBeenSetThereIsOne() throws VerificationException {
    String text = check(word -> fls64(word | 1) - 1, LOAD, OR_ONE, CALL, LESS_ONE, EXIT);
    assertTrue(text.contains("fls64OfNonZero"), text);
    assertFalse(text.contains("4294967295"), text); // from 0 to 63: nothing to be cut off
  }

  @Test
  void aJumpToTheCallHasSetNone() throws VerificationException {
    Insn overOr = insn(0xb5, 1, 0, 1, 100); // if r1 <= 100 goto the call
    String text =
        check(
            word -> fls64(Long.compareUnsigned(word, 100) <= 0 ? word : word | 1),
            LOAD,
            overOr,
            OR_ONE,
            CALL,
            EXIT);
    assertFalse(text.contains("fls64OfNonZero"), text);
  }

  @Test
  void aBitOfAnotherRegisterIsNone() throws VerificationException {
    Insn otherOr = insn(0x47, 2, 0, 0, 1);
    Insn other = insn(0xb7, 2, 0, 0, 0);
    String text = check(LogarithmTest::fls64, LOAD, other, otherOr, CALL, EXIT);
    assertFalse(text.contains("fls64OfNonZero"), text);
  }
}
