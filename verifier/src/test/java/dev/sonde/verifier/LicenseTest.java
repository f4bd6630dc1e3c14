package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Some helpers are for programs under the GPL alone, as in the kernel. */
class LicenseTest {
  private static final String RESTRICTED =
      "mov %r1, %r10\nadd %r1, -8\nmov %r2, 8\nmov %r3, 0\ncall 113\nmov %r0, 0\nexit\n";
  private static final String FREE = "call 7\nexit\n";

  @Test
  void aProgramUnderTheGplCallsThem() {
    for (String license : List.of("GPL", "Dual BSD/GPL", "GPL v2", "Dual MIT/GPL")) {
      assertDoesNotThrow(() -> verify(license, RESTRICTED), license);
    }
  }

  @Test
  void anotherProgramDoesNot() {
    for (String license : List.of("", "MIT", "gpl", "Apache-2.0")) {
      VerificationException refused =
          assertThrows(VerificationException.class, () -> verify(license, RESTRICTED), license);
      assertTrue(refused.log().contains("cannot call GPL-restricted function"), refused.log());
      assertDoesNotThrow(() -> verify(license, FREE), license);
    }
  }

  private static void verify(String license, String code) throws VerificationException {
    ProgramSpec bare = ProgramSpec.of("licensed", ProgramType.KPROBE, Assembler.assemble(code));
    ProgramSpec program =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            bare.insns(),
            List.of(),
            List.of(),
            license,
            List.of(),
            List.of(),
            null);
    Verifier.verify(
        new ResolvedProgram(program, List.of(), List.of()), new VerifierOptions(1, false, 1000));
  }
}
