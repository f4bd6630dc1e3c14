package dev.sonde.verifier;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Explorer;
import dev.sonde.verifier.explore.Trail;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.ExceptionCallback;
import dev.sonde.verifier.require.Facts;
import dev.sonde.vm.program.ResolvedProgram;

/** Proves programs: the only way to a {@link VerifiedProgram}. */
public final class Verifier {
  private static final int TRAIL = 1;
  private static final int STATISTICS = 4;

  private Verifier() {}

  /**
   * Proves that no run of {@code program} can harm the JVM.
   *
   * @throws VerificationException if it cannot be proved; errno and log as bpf(2) would answer
   */
  public static VerifiedProgram verify(ResolvedProgram program, VerifierOptions options)
      throws VerificationException {
    long start = System.nanoTime();
    StackUse facts = new StackUse();
    Trail trail = new Trail(program.spec(), options.logLevel() & ~TRAIL);
    Explorer explorer = null;
    try {
      ControlFlow flow = ControlFlow.of(program);
      ExceptionCallback.check(program.spec());
      explorer =
          new Explorer(
              program,
              flow,
              options.strict(),
              options.maxProcessedInsns(),
              options.maxStateBytes(),
              facts,
              trail);
      explorer.run();
      long explored = System.nanoTime() - start;
      StackDepth.check(program, flow, facts.depths(), explorer.timers());
      ProgramFacts proved = Certification.of(program, flow, options, explorer);
      VerifierStats stats = stats(explorer, facts, start, explored);
      String log = options.logLevel() == 0 ? "" : trail.text() + summary(stats, options, facts);
      return new VerifiedProgram(program, proved, stats, log);
    } catch (Rejection rejection) {
      throw rejected(program, options, explorer, rejection, start, facts);
    }
  }

  /** Walks the rejected program again with a log: only who is told no pays for the reasons. */
  private static VerificationException rejected(
      ResolvedProgram program,
      VerifierOptions options,
      @org.jspecify.annotations.Nullable Explorer explorer,
      Rejection rejection,
      long start,
      StackUse facts) {
    if (explorer == null) {
      return new VerificationException(
          rejection.errno(),
          -1,
          Explanation.of(program, -1, null, rejection.getMessage()),
          rejection.getMessage());
    }
    Trail trail = new Trail(program.spec(), options.logLevel());
    if (options.logLevel() != 0) {
      Explorer again =
          new Explorer(
              program,
              ControlFlow.of(program),
              options.strict(),
              options.maxProcessedInsns(),
              options.maxStateBytes(),
              Facts.NONE,
              trail);
      try {
        again.run();
      } catch (Rejection same) {
        // expected: the walk is deterministic
      }
    }
    VerifierStats stats = stats(explorer, facts, start, 0); // who walked how long is not told
    String log = trail.text() + rejection.getMessage() + "\n" + summary(stats, options, facts);
    return new VerificationException(
        rejection.errno(),
        explorer.insn(),
        Explanation.of(program, explorer.insn(), explorer.state(), rejection.getMessage()),
        log);
  }

  private static VerifierStats stats(
      Explorer explorer, StackUse facts, long start, long explorerNanos) {
    return new VerifierStats(
        explorer.processed(),
        explorer.maxStatesPerInsn(),
        explorer.totalStates(),
        explorer.peakStates(),
        System.nanoTime() - start,
        explorerNanos,
        facts.totalDepth());
  }

  /** Plain appends: a format would load the locale's number words at every start of a JVM. */
  private static String summary(VerifierStats stats, VerifierOptions options, StackUse facts) {
    StringBuilder out = new StringBuilder();
    if ((options.logLevel() & STATISTICS) != 0) {
      out.append("verification time ").append(stats.timeNanos() / 1000).append(" usec\n");
      out.append("stack depth ").append(facts.depthText()).append('\n');
    }
    out.append("processed ").append(stats.processedInsns());
    out.append(" insns (limit ").append(options.maxProcessedInsns());
    out.append(") max_states_per_insn ").append(stats.maxStatesPerInsn());
    out.append(" total_states ").append(stats.totalStates());
    out.append(" peak_states ").append(stats.peakStates());
    return out.append(" mark_read 0\n").toString();
  }
}
