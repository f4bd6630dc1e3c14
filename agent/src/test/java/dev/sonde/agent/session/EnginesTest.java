package dev.sonde.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is interpreted though it was to be compiled says so. */
class EnginesTest {
  private static VerifiedProgram program(int insns) throws VerificationException {
    List<Insn> code = new ArrayList<>();
    code.add(new Insn(0x79, 0, 1, 112, 0));
    while (code.size() < insns - 1) {
      code.add(new Insn(0x07, 0, 0, 0, 3 + code.size()));
    }
    code.add(new Insn(0x95, 0, 0, 0, 0));
    ProgramSpec spec = ProgramSpec.of("long_one", ProgramType.KPROBE, code);
    return Verifier.verify(
        new ResolvedProgram(spec, List.of(), List.of()), VerifierOptions.DEFAULT);
  }

  @Test
  void aCompiledProgramHasNothingToSay() throws VerificationException {
    Engines.Choice choice = Engines.choose(program(20), JitMode.ON);
    assertEquals("jit", choice.name());
    assertEquals("", choice.why());
  }

  @Test
  void whoTurnsTheJitOffIsNotToldSo() throws VerificationException {
    Engines.Choice choice = Engines.choose(program(20), JitMode.OFF);
    assertEquals("interpreter", choice.name());
    assertEquals("", choice.why());
  }

  @Test
  void aboveTheStatedSizeTheInterpreterTakesOverAndSaysSo() throws VerificationException {
    Engines.Choice choice = Engines.choose(program(100_001), JitMode.ON);
    assertEquals("interpreter", choice.name());
    assertEquals(
        "program \"long_one\": 100001 insns, the JIT takes 100000: interpreted", choice.why());
  }

  /** A method of more than 65,535 bytes is one that no JVM accepts. */
  @Test
  void aClassThatIsNotAcceptedIsInterpretedAndSaysSo() throws VerificationException {
    JitOptions unsplit = new JitOptions(false, 100_000, 10_000_000);
    Engines.Choice choice = Engines.choose(program(20_000), JitMode.ON, unsplit);
    assertEquals("interpreter", choice.name());
    assertTrue(
        choice.why().startsWith("program \"long_one\": the JIT failed: MethodTooLargeException"),
        choice.why());
  }
}
