package dev.sonde.probes.linux;

import dev.sonde.vm.map.Errno;
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
                Errno.name(errno),
                text(errno).toLowerCase(Locale.ROOT)));
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
    return errno == Errno.EPERM || errno == Errno.EACCES;
  }

  /** Tells whether a ring was too large for what the user may lock in memory. */
  public boolean isMemoryLimit() {
    return call == Syscall.MMAP && (errno == Errno.EPERM || errno == Errno.ENOMEM);
  }

  /** Returns what strerror(3) says of it, in short. */
  private static String text(int errno) {
    return switch (errno) {
      case Errno.EPERM -> "operation not permitted";
      case Errno.ENOENT -> "no such file or object";
      case Errno.ESRCH -> "no such process or thread";
      case Errno.EINTR -> "interrupted";
      case Errno.ENXIO -> "no such device or address";
      case Errno.E2BIG -> "argument too large for this kernel";
      case Errno.EBADF -> "bad file descriptor";
      case Errno.EAGAIN -> "try again";
      case Errno.ENOMEM -> "out of memory";
      case Errno.EACCES -> "permission denied";
      case Errno.EFAULT -> "bad address";
      case Errno.EBUSY -> "busy";
      case Errno.EEXIST -> "exists already";
      case Errno.ENODEV -> "no such device";
      case Errno.EINVAL -> "invalid argument";
      case Errno.EMFILE -> "too many open files (ulimit -n)";
      case Errno.ENOSPC -> "no space or no free slot";
      case Errno.ENOSYS -> "no such system call";
      case Errno.EOVERFLOW -> "value too large";
      case Errno.EOPNOTSUPP -> "not supported here";
      case Errno.ENOTSUPP -> "not supported by the kernel";
      default -> "see errno(3)";
    };
  }
}
