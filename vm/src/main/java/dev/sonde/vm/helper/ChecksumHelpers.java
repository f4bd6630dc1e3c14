package dev.sonde.vm.helper;

import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** The Internet checksum (RFC 1071) as helpers compute it. */
public final class ChecksumHelpers {
  private static final long MASK = 0xffffffffL;

  private ChecksumHelpers() {}

  /** Returns 16 bits: the sum of what is added less that of what is removed, or -EINVAL. */
  public static long csumDiff(long from, long fromBytes, long to, long toBytes, long seed) {
    if ((fromBytes & 3) != 0 || (toBytes & 3) != 0) {
      return -Errno.EINVAL;
    }
    long sum = seed & MASK;
    if (fromBytes != 0 && toBytes != 0) {
      sum = add(partial(to, toBytes, sum), ~partial(from, fromBytes, 0) & MASK);
    } else if (toBytes != 0) {
      sum = partial(to, toBytes, sum);
    } else if (fromBytes != 0) {
      sum = ~partial(from, fromBytes, ~sum & MASK) & MASK;
    }
    int folded = (int) sum + ((int) sum >>> 16 | (int) sum << 16);
    return folded >>> 16;
  }

  private static long partial(long address, long sizeBytes, long sum) {
    for (long i = 0; i < sizeBytes; i += 4) {
      sum = add(sum, RawMemory.getInt(address + i) & MASK);
    }
    return sum;
  }

  private static long add(long a, long b) {
    long sum = a + b;
    return (sum & MASK) + (sum >>> 32);
  }
}
