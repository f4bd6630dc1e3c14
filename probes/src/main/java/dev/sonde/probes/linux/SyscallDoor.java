package dev.sonde.probes.linux;

/** What makes system calls: the kernel's door, or a fake of it in a test. */
@FunctionalInterface
public interface SyscallDoor {
  /**
   * Makes a call; unused arguments are 0.
   *
   * @return what the kernel returned, or the negative errno
   */
  long call(Syscall call, long a, long b, long c, long d, long e, long f);
}
