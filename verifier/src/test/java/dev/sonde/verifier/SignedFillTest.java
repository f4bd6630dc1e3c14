package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignedFillTest {
  /** Linux 6.18 takes both for copies of each other; one may be negative, the other may not. */
  @Test
  void aSignExtendedFillTellsNothingOfWhatWasSpilled() throws VerificationException {
    List<Insn> insns =
        List.of(
            new Insn(0x61, 4, 1, 0, 0), // r4 = *(u32 *)(r1 + 0)
            new Insn(0x7b, 10, 4, -8, 0), // *(u64 *)(r10 - 8) = r4
            new Insn(0x81, 3, 10, -8, 0), // r3 = *(s32 *)(r10 - 8)
            new Insn(0xb7, 0, 0, 0, 0),
            new Insn(0x56, 3, 0, 1, -2), // if w3 != -2 goto pc+1
            new Insn(0xb7, 0, 0, 0, 1),
            new Insn(0xbf, 5, 4, 0, 0), // r5 = r4
            new Insn(0x95, 0, 0, 0, 0));
    ProgramSpec program = ProgramSpec.of("fill", ProgramType.SCHED_CLS, insns);
    VerifiedProgram verified =
        Verifier.verify(
            new ResolvedProgram(program, List.of(), List.of()), VerifierOptions.DEFAULT);
    assertEquals(new Range(0, 0xffffffffL), verified.facts().ranges().get(6));
  }
}
