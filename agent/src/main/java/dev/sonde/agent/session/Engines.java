package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.program.ExecutableProgram;

/** Chooses what runs a verified program: the compiler, unless it declines or is off. */
public final class Engines {
  private Engines() {}

  public static ExecutableProgram executable(VerifiedProgram program, JitMode mode) {
    JitCompiler compiler =
        new JitCompiler(mode == JitMode.DEBUG ? JitOptions.DEBUG : JitOptions.DEFAULT);
    if (mode == JitMode.OFF || compiler.declines(program).isPresent()) {
      return new Interpreter(program);
    }
    try {
      return compiler.compile(program);
    } catch (InvalidInsnException | VerifyError unknown) { // what only the interpreter has
      return new Interpreter(program);
    }
  }

  /** Returns which engine {@code program} runs on, and why if that was not asked for. */
  static String nameOf(VerifiedProgram verified, ExecutableProgram program) {
    if (!(program instanceof Interpreter)) {
      return "jit";
    }
    return new JitCompiler(JitOptions.DEFAULT)
        .declines(verified)
        .map(why -> "interpreter (" + why + ")")
        .orElse("interpreter");
  }
}
