package dev.sonde.probes.linux;

import java.util.Locale;

/** A system call that the kernel refused: which, on what, and the errno. */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Syscall call;
  private final int errno;

  public LinuxException(Syscall call, String on, int errno) {
    super(
        "%s%s: %s (%s)"
            .formatted(
                call.callName(),
                on.isEmpty() ? "" : " " + on,
                ErrnoName.of(errno),
                ErrnoName.text(errno).toLowerCase(Locale.ROOT)));
    this.call = call;
    this.errno = errno;
  }

  public Syscall call() {
    return call;
  }

  /** Returns the positive errno. */
  public int errno() {
    return errno;
  }

  /** Tells whether a privilege was missing and not an object. */
  public boolean isPermission() {
    return errno == ErrnoName.EPERM || errno == ErrnoName.EACCES;
  }

  /** Tells whether a ring was too large for what the user may lock in memory. */
  public boolean isMemoryLimit() {
    return call == Syscall.MMAP && (errno == ErrnoName.EPERM || errno == ErrnoName.ENOMEM);
  }
}
