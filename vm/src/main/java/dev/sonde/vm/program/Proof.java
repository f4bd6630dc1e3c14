package dev.sonde.vm.program;

/**
 * A program together with the right to run it: engines take nothing else. The verifier makes the
 * only one that production code sees; tests that run unproved programs bring their own, over memory
 * that is checked on every access.
 */
public interface Proof {
  ResolvedProgram program();

  /** Tells whether some execution may reach slot {@code insn}; an engine traps on any other. */
  boolean isReached(int insn);
}
