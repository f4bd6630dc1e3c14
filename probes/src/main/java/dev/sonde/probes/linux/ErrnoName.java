package dev.sonde.probes.linux;

/** Symbols and meanings of the errnos that the calls of {@link Syscall} answer with. */
public final class ErrnoName {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOSPC = 28;
  public static final int ENOSYS = 38;
  public static final int EOVERFLOW = 75;
  public static final int EOPNOTSUPP = 95;

  private ErrnoName() {}

  /** Returns the symbol of a positive errno, or its number. */
  public static String of(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case ENOENT -> "ENOENT";
      case ESRCH -> "ESRCH";
      case EINTR -> "EINTR";
      case ENXIO -> "ENXIO";
      case E2BIG -> "E2BIG";
      case EBADF -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case ENOMEM -> "ENOMEM";
      case EACCES -> "EACCES";
      case EFAULT -> "EFAULT";
      case EBUSY -> "EBUSY";
      case EEXIST -> "EEXIST";
      case ENODEV -> "ENODEV";
      case EINVAL -> "EINVAL";
      case EMFILE -> "EMFILE";
      case ENOSPC -> "ENOSPC";
      case ENOSYS -> "ENOSYS";
      case EOVERFLOW -> "EOVERFLOW";
      case EOPNOTSUPP -> "EOPNOTSUPP";
      default -> "errno " + errno;
    };
  }

  /** Returns what strerror(3) says of it, in short. */
  static String text(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted";
      case ENOENT -> "no such file or object";
      case ESRCH -> "no such process or thread";
      case EINTR -> "interrupted";
      case ENXIO -> "no such device or address";
      case E2BIG -> "argument too large for this kernel";
      case EBADF -> "bad file descriptor";
      case EAGAIN -> "try again";
      case ENOMEM -> "out of memory";
      case EACCES -> "permission denied";
      case EFAULT -> "bad address";
      case EBUSY -> "busy";
      case EEXIST -> "exists already";
      case ENODEV -> "no such device";
      case EINVAL -> "invalid argument";
      case EMFILE -> "too many open files (ulimit -n)";
      case ENOSPC -> "no space or no free slot";
      case ENOSYS -> "no such system call";
      case EOVERFLOW -> "value too large";
      case EOPNOTSUPP -> "not supported here";
      default -> "see errno(3)";
    };
  }
}
