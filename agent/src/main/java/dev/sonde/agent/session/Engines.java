package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.program.ExecutableProgram;

/** Chooses what runs a verified program: the compiler, unless it declines or is off. */
public final class Engines {
  private Engines() {}

  public static ExecutableProgram executable(VerifiedProgram program, JitMode mode) {
    JitCompiler compiler =
        new JitCompiler(mode == JitMode.DEBUG ? JitOptions.DEBUG : JitOptions.DEFAULT);
    boolean interpreted = mode == JitMode.OFF || compiler.declines(program).isPresent();
    return interpreted ? new Interpreter(program) : compiler.compile(program);
  }

  /** Returns which engine {@code program} runs on, for people. */
  static String nameOf(ExecutableProgram program) {
    return program instanceof Interpreter ? "interpreter" : "jit";
  }
}
