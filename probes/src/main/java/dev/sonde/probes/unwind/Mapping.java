package dev.sonde.probes.unwind;

/**
 * A line of {@code /proc/PID/maps}.
 *
 * @param path of the file; {@code [vdso]} and the like as the kernel names them; "" for none
 */
public record Mapping(
    long start, long end, long fileOffset, boolean executable, long inode, String path) {

  public boolean holds(long address) {
    return address >= start && address < end;
  }
}
