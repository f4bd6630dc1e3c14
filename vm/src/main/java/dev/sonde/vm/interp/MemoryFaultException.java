package dev.sonde.vm.interp;

/** An unproved program touched memory that is not its own, or ran out of its budget. */
public final class MemoryFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MemoryFaultException(String message) {
    super(message);
  }
}
