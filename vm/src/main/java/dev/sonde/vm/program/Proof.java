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

  /**
   * Returns how the load, store or atomic at slot {@code insn} must be done; {@link Memory#PLAIN}
   * for every other insn.
   */
  Memory memory(int insn);

  /** How an engine touches the memory of an access. */
  enum Memory {
    /** Raw: the bytes are there in every state. */
    PLAIN,
    /**
     * Raw, in the program's context: where the layout keeps the bytes elsewhere (packet pointers),
     * the engine moves the access there.
     */
    CONTEXT,
    /** Fault-tolerant: the address may be of nothing. A load that fails gives 0. */
    UNTRUSTED
  }
}
