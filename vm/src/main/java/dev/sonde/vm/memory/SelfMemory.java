package dev.sonde.vm.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import org.jspecify.annotations.Nullable;

/**
 * This process's own memory, read so that a wrong address is an answer and not a crash: what is
 * known to be ours raw, everything else through {@code /proc/self/mem}, for which the kernel does
 * the checking.
 *
 * <p>A RandomAccessFile and not a channel, because an interrupted thread that reads a channel
 * closes it. One instance per carrier slot: its owner alone calls it. Where the file cannot be
 * opened (no procfs, a hardened container) only known memory is readable.
 */
public final class SelfMemory implements MemorySource {
  /** Nothing of ours is below: the first page is never mapped. */
  private static final long LOWEST_ADDRESS = 4096;

  private final byte[] buffer = new byte[4096];
  private @Nullable RandomAccessFile file;
  private boolean unavailable;

  @Override
  public boolean read(long address, long toAddress, int sizeBytes) {
    if (KnownRegions.readableBytes(address) >= sizeBytes) {
      RawMemory.copy(address, toAddress, sizeBytes);
      return true;
    }
    return address >= LOWEST_ADDRESS && readFile(address, toAddress, sizeBytes);
  }

  private boolean readFile(long address, long toAddress, int sizeBytes) {
    RandomAccessFile memory = open();
    if (memory == null) {
      return false;
    }
    try {
      memory.seek(address);
      for (int done = 0; done < sizeBytes; ) {
        int count = memory.read(buffer, 0, Math.min(buffer.length, sizeBytes - done));
        if (count <= 0) {
          return false;
        }
        RawMemory.write(toAddress + done, buffer, count);
        done += count;
      }
      return true;
    } catch (IOException notMapped) {
      return false; // EIO: the address is of nothing
    }
  }

  private @Nullable RandomAccessFile open() {
    if (file == null && !unavailable) {
      try {
        file = new RandomAccessFile("/proc/self/mem", "r");
      } catch (IOException | SecurityException noProcfs) {
        unavailable = true;
      }
    }
    return file;
  }
}
