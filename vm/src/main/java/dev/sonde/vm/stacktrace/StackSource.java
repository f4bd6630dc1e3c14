package dev.sonde.vm.stacktrace;

/**
 * The port through which stack helpers get frames; what stands behind it (a Throwable's backtrace,
 * an unwinder, a kernel call chain) is the affair of the probe.
 */
@FunctionalInterface
public interface StackSource {
  /** A source that has no frames. */
  StackSource NONE = (frames, skip, user) -> -14; // -EFAULT, as the kernel answers

  /**
   * Writes frame ids into {@code frames}, leaf first. An id is a native address or an interned Java
   * frame; the exporters' symbolizer tells them apart.
   *
   * @param frames receives at most {@code frames.length} ids
   * @param skip frames to leave out at the leaf end, 0 to 255
   * @param user true for user frames (BPF_F_USER_STACK), false for kernel frames
   * @return how many ids were written, or a negative errno
   */
  int capture(long[] frames, int skip, boolean user);
}
