package dev.sonde.vm.interp;

/**
 * Ends a run that came to an insn which nobody proved: never seen outside the interpreter. Made
 * once, without a stack, because it is thrown in a traced thread.
 */
final class TrapException extends RuntimeException {
  static final TrapException INSTANCE = new TrapException();
  private static final long serialVersionUID = 1L;

  private TrapException() {
    super("trap", null, false, false);
  }
}
