package dev.sonde.vm.isa;

/** Bytes or text that are no insn; the message says where, what, and what is wanted. */
public final class InvalidInsnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidInsnException(String message) {
    super(message);
  }
}
