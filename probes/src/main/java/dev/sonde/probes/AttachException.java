package dev.sonde.probes;

/** A target that cannot be attached to; the message says what was got and what would work. */
public final class AttachException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public AttachException(String message) {
    super(message);
  }

  public AttachException(String message, Throwable cause) {
    super(message, cause);
  }
}
