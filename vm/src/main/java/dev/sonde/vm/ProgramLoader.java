package dev.sonde.vm;

import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;

/**
 * What BPF_PROG_LOAD does with a program whose references are bound: verify it and give it an
 * engine. The verifier and the engines stand above this room; whoever composes them passes one in.
 */
@FunctionalInterface
public interface ProgramLoader {
  /**
   * Returns the program, ready to run.
   *
   * @throws RuntimeException the verifier's own, with its log, when it rejects the program
   */
  ExecutableProgram load(ResolvedProgram program);
}
