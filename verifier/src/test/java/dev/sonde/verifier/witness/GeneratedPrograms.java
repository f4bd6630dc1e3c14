package dev.sonde.verifier.witness;

import dev.sonde.vm.program.ResolvedProgram;
import java.util.SplittableRandom;

/** The programs that the witness runs, for those who ask others about them. */
public final class GeneratedPrograms {
  private static final int GREATEST_TRIPS = 20;

  private GeneratedPrograms() {}

  /** Makes a program: as many of tracing as of packets. */
  public static ResolvedProgram next(SplittableRandom random) {
    ContextLoads[] contexts = ContextLoads.values();
    int drawn = random.nextInt(contexts.length + 1);
    ContextLoads context = drawn == contexts.length ? ContextLoads.REGISTERS : contexts[drawn];
    return Resources.program(new ProgramGenerator(random, context, GREATEST_TRIPS));
  }
}
