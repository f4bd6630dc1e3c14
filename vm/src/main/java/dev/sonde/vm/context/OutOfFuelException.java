package dev.sonde.vm.context;

/** Ends a run that has been looping for as long as it may; the engine answers 0 in its place. */
public final class OutOfFuelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Without a stack: it is thrown in traced threads, where nothing is to be allocated. */
  static final OutOfFuelException INSTANCE = new OutOfFuelException();

  private OutOfFuelException() {
    super("run: its loops took longer than limits.max-run allows", null, false, false);
  }
}
