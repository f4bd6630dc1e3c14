package dev.sonde.vm.memory;

/** Memory that may not be there: what bpf_probe_read reads from. */
@FunctionalInterface
public interface MemorySource {
  /**
   * Copies {@code sizeBytes} bytes from {@code address}, all or nothing.
   *
   * @param toAddress memory of ours
   * @return false when some byte is not there; what is at {@code toAddress} then is undefined
   */
  boolean read(long address, long toAddress, int sizeBytes);
}
