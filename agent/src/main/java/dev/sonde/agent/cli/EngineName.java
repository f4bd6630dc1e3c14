package dev.sonde.agent.cli;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.agent.session.Engines;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.interp.ConformanceRunner;
import dev.sonde.vm.program.ExecutableProgram;

/** The values of {@code --engine}. */
enum EngineName {
  JIT,
  INTERP;

  ExecutableProgram executable(VerifiedProgram program) {
    return Engines.executable(program, this == JIT ? JitMode.ON : JitMode.OFF);
  }

  /** Returns the engine that runs programs that nobody has proved. */
  ConformanceRunner.Engine conformance() {
    return ConformanceRunner.INTERPRETER;
  }
}
