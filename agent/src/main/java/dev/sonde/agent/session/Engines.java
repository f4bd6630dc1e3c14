package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;
import java.util.Optional;

/** Chooses what runs a verified program: the compiler, unless it declines, fails or is off. */
public final class Engines {
  private Engines() {}

  /**
   * What runs a program.
   *
   * @param why why it is interpreted where it was to be compiled; "" where all is as asked for
   */
  public record Choice(ExecutableProgram program, String why) {
    /** Returns the engine's name as {@code sonde status} has it. */
    public String name() {
      return program instanceof Interpreter ? "interpreter" : "jit";
    }
  }

  public static ExecutableProgram executable(VerifiedProgram program, JitMode mode) {
    return choose(program, mode).program();
  }

  /** Returns the engines of the programs of an object, in the same order. */
  static List<Choice> choose(List<VerifiedProgram> programs, JitMode mode) {
    JitOptions options = optionsOf(mode);
    JitCompiler compiler = new JitCompiler(options);
    boolean together =
        mode != JitMode.OFF && programs.stream().allMatch(p -> compiler.declines(p).isEmpty());
    if (together) {
      try {
        return compiler.compile(programs).stream().map(program -> new Choice(program, "")).toList();
      } catch (RuntimeException | LinkageError failure) {
        // one of them has what the JIT fails at: each alone will tell which, and why
      }
    }
    return programs.stream().map(program -> choose(program, mode, options)).toList();
  }

  /** Returns the engine of {@code program}, and why it is not the one that was asked for. */
  public static Choice choose(VerifiedProgram program, JitMode mode) {
    return choose(program, mode, optionsOf(mode));
  }

  private static JitOptions optionsOf(JitMode mode) {
    return mode == JitMode.DEBUG ? JitOptions.DEBUG : JitOptions.DEFAULT;
  }

  static Choice choose(VerifiedProgram program, JitMode mode, JitOptions options) {
    if (mode == JitMode.OFF) {
      return new Choice(new Interpreter(program), "");
    }
    JitCompiler compiler = new JitCompiler(options);
    Optional<String> declined = compiler.declines(program);
    if (declined.isPresent()) {
      return new Choice(new Interpreter(program), declined.get());
    }
    try {
      return new Choice(compiler.compile(program), "");
    } catch (RuntimeException | LinkageError failure) {
      // an insn that only the interpreter has, a method or class that the JVM does not accept
      return new Choice(new Interpreter(program), failed(program, failure));
    }
  }

  private static String failed(VerifiedProgram program, Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    String line = message.lines().findFirst().orElse("");
    return "program \"%s\": the JIT failed: %s: %s; please report it"
        .formatted(program.program().spec().name(), failure.getClass().getSimpleName(), line);
  }
}
