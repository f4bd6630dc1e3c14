package dev.sonde.agent.record;

import java.io.IOException;

/** What the kernel does not allow; the message has the command that would. */
final class PermissionException extends IOException {
  private static final long serialVersionUID = 1L;

  PermissionException(String message) {
    super(message);
  }
}
