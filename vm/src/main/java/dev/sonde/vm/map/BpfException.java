package dev.sonde.vm.map;

/** A failed bpf(2)-shaped operation; {@link #errno} is what the kernel would have answered. */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int errno;

  /**
   * @param errno positive, one of {@link Errno}
   * @param message where and what, to which the errno's name is added
   */
  public BpfException(int errno, String message) {
    super(message + ": " + Errno.name(errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }
}
