package dev.sonde.agent.cli;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.agent.session.Engines;
import dev.sonde.jit.UnprovedJitProgram;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.interp.ConformanceRunner;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;

/** The values of {@code --engine}. */
enum EngineName {
  JIT,
  INTERP,
  /** Compiled, with a check before every access. */
  DEBUG;

  ExecutableProgram executable(VerifiedProgram program) {
    return Engines.executable(
        program,
        switch (this) {
          case JIT -> JitMode.ON;
          case INTERP -> JitMode.OFF;
          case DEBUG -> JitMode.DEBUG;
        });
  }

  /** Returns the engine that runs programs that nobody has proved. */
  ConformanceRunner.Engine conformance() {
    return this == INTERP ? ConformanceRunner.INTERPRETER : EngineName::compiled;
  }

  private static long compiled(String name, List<Insn> insns, byte[] memory) {
    return new UnprovedJitProgram(name, insns).run(CarrierSlots.current(), memory);
  }
}
