package dev.sonde.vm.map;

/**
 * What bpf(2) would have answered with -1 and an errno. Each error of the manual page is a class of
 * its own; the rest are this one, with their errno.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2), ERRORS</a>
 */
public class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int errno;

  private BpfException(int errno, String message) {
    super(message + ": " + Errno.name(errno));
    this.errno = errno;
  }

  /**
   * Returns the exception of {@code errno}.
   *
   * @param errno positive, one of {@link Errno}
   * @param message where and what, to which the errno's name is added
   */
  public static BpfException of(int errno, String message) {
    return switch (errno) {
      case Errno.E2BIG -> new TooBig(message);
      case Errno.EACCES -> new AccessDenied(message);
      case Errno.EAGAIN -> new TryAgain(message);
      case Errno.EBADF -> new BadDescriptor(message);
      case Errno.EBUSY -> new Busy(message);
      case Errno.EEXIST -> new Exists(message);
      case Errno.EFAULT -> new Fault(message);
      case Errno.EINVAL -> new InvalidArgument(message);
      case Errno.ENOENT -> new NoSuchEntry(message);
      case Errno.ENOMEM -> new OutOfMemory(message);
      case Errno.EPERM -> new NotPermitted(message);
      case Errno.EOPNOTSUPP, Errno.ENOTSUPP -> new Unsupported(errno, message);
      default -> new BpfException(errno, message);
    };
  }

  public final int errno() {
    return errno;
  }

  /** E2BIG: a map is full, an index past its end, a size too large. */
  public static final class TooBig extends BpfException {
    private static final long serialVersionUID = 1L;

    private TooBig(String message) {
      super(Errno.E2BIG, message);
    }
  }

  /** EACCES: the verifier, or the map's flags, do not allow it. */
  public static final class AccessDenied extends BpfException {
    private static final long serialVersionUID = 1L;

    private AccessDenied(String message) {
      super(Errno.EACCES, message);
    }
  }

  /** EAGAIN: not now: nothing is there yet. */
  public static final class TryAgain extends BpfException {
    private static final long serialVersionUID = 1L;

    private TryAgain(String message) {
      super(Errno.EAGAIN, message);
    }
  }

  /** EBADF: no such map or program. */
  public static final class BadDescriptor extends BpfException {
    private static final long serialVersionUID = 1L;

    private BadDescriptor(String message) {
      super(Errno.EBADF, message);
    }
  }

  /** EBUSY: somebody else holds it, or it is frozen already. */
  public static final class Busy extends BpfException {
    private static final long serialVersionUID = 1L;

    private Busy(String message) {
      super(Errno.EBUSY, message);
    }
  }

  /** EEXIST: the key, or the name, is there already. */
  public static final class Exists extends BpfException {
    private static final long serialVersionUID = 1L;

    private Exists(String message) {
      super(Errno.EEXIST, message);
    }
  }

  /** EFAULT: an address or an offset is outside of what it should be in. */
  public static final class Fault extends BpfException {
    private static final long serialVersionUID = 1L;

    private Fault(String message) {
      super(Errno.EFAULT, message);
    }
  }

  /** EINVAL: a size, a flag, a type or a combination that cannot be. */
  public static final class InvalidArgument extends BpfException {
    private static final long serialVersionUID = 1L;

    private InvalidArgument(String message) {
      super(Errno.EINVAL, message);
    }
  }

  /** ENOENT: no element with this key, no map or program with this id or name. */
  public static final class NoSuchEntry extends BpfException {
    private static final long serialVersionUID = 1L;

    private NoSuchEntry(String message) {
      super(Errno.ENOENT, message);
    }
  }

  /** ENOMEM: no memory for the map or the element. */
  public static final class OutOfMemory extends BpfException {
    private static final long serialVersionUID = 1L;

    private OutOfMemory(String message) {
      super(Errno.ENOMEM, message);
    }
  }

  /** EPERM: the map is read-only, write-only or frozen for this side. */
  public static final class NotPermitted extends BpfException {
    private static final long serialVersionUID = 1L;

    private NotPermitted(String message) {
      super(Errno.EPERM, message);
    }
  }

  /** EOPNOTSUPP or ENOTSUPP: this map type has no such command. */
  public static final class Unsupported extends BpfException {
    private static final long serialVersionUID = 1L;

    private Unsupported(int errno, String message) {
      super(errno, message);
    }
  }
}
