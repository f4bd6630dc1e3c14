package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.program.ExecutableProgram;

/** Chooses what runs a verified program. */
public final class Engines {
  private Engines() {}

  public static ExecutableProgram executable(VerifiedProgram program, JitMode mode) {
    return switch (mode) {
      case ON, OFF, DEBUG -> new Interpreter(program);
    };
  }

  static String nameOf(ExecutableProgram program) {
    return program instanceof Interpreter ? "interpreter" : "jit";
  }
}
