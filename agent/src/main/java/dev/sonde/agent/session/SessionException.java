package dev.sonde.agent.session;

/** A session that cannot be opened, or is not there; nothing of it is left behind. */
public final class SessionException extends Exception {
  private static final long serialVersionUID = 1L;

  public SessionException(String message) {
    super(message);
  }

  SessionException(String message, Throwable cause) {
    super(message, cause);
  }
}
