package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs observe: what would change the traced thread is refused with the reason. */
class ActingHelpersTest {
  @ParameterizedTest
  @CsvSource({"36, bpf_probe_write_user", "58, bpf_override_return"})
  void aHelperThatActsOnTheTracedThreadIsRefusedByName(int id, String name) {
    for (ProgramType type :
        List.of(ProgramType.KPROBE, ProgramType.TRACEPOINT, ProgramType.PERF_EVENT)) {
      List<Insn> insns =
          List.of(
              new Insn(0xb7, 1, 0, 0, 9), // r1 = 9
              new Insn(Opcodes.CALL, 0, 0, 0, id),
              new Insn(0xb7, 0, 0, 0, 0), // r0 = 0
              new Insn(0x95, 0, 0, 0, 0)); // exit
      ResolvedProgram program =
          new ResolvedProgram(ProgramSpec.of("acts", type, insns), List.of(), List.of());
      VerificationException refused =
          assertThrows(
              VerificationException.class,
              () -> Verifier.verify(program, new VerifierOptions(1, false, 1000)));
      String all = refused.getMessage() + refused.log();
      assertTrue(all.contains("cannot use helper " + name + "#" + id), all);
      assertTrue(all.contains("act on the traced thread"), all);
    }
  }
}
