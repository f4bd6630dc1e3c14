package dev.sonde.probes.unwind;

import dev.sonde.probes.linux.Linux;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another process's memory through process_vm_readv, by way of one buffer. One thread at a time.
 */
public final class ProcessMemory implements TargetMemory, AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 18;

  private final Linux linux;
  private final int pid;
  private final long buffer = RawMemory.allocate(BUFFER_BYTES);
  private boolean open = true;

  public ProcessMemory(Linux linux, int pid) {
    this.linux = linux;
    this.pid = pid;
  }

  @Override
  public synchronized byte @Nullable [] read(long address, int length) {
    if (!open || length < 0) {
      return null;
    }
    byte[] copy = new byte[length];
    for (int done = 0; done < length; ) {
      int part = Math.min(BUFFER_BYTES, length - done);
      if (linux.processVmRead(pid, address + done, buffer, part) != part) {
        return null;
      }
      System.arraycopy(RawMemory.read(buffer, part), 0, copy, done, part);
      done += part;
    }
    return copy;
  }

  /** All in one system call, as many as the buffer holds. */
  @Override
  public synchronized List<byte[]> readMany(long[] addresses, int length) {
    int count = Math.min(addresses.length, BUFFER_BYTES / length);
    if (!open || count == 0) {
      return List.of();
    }
    long read = linux.processVmRead(pid, Arrays.copyOf(addresses, count), length, buffer);
    List<byte[]> copies = new ArrayList<>();
    for (long at = 0; at + length <= read; at += length) {
      copies.add(RawMemory.read(buffer + at, length));
    }
    return copies;
  }

  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      RawMemory.free(buffer);
    }
  }
}
