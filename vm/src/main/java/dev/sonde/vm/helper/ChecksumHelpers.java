package dev.sonde.vm.helper;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** The Internet checksum (RFC 1071) as helpers compute it. */
public final class ChecksumHelpers {
  private static final long MASK = 0xffffffffL;

  private static final long FIELD_SIZE = 0xf;
  private static final long PSEUDO_HEADER = 0x10; // matters to sums that a device made only
  private static final long MANGLED_0 = 0x20;
  private static final long ENFORCE = 0x40;
  private static final long IPV6 = 0x80;
  private static final int MAX_GOOD = 4; // SKB_MAX_CSUM_LEVEL + 1

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

  /** Corrects the checksum of the IP header at {@code offset} of the packet. */
  public static long l3CsumReplace(long context, long offset, long from, long to, long flags) {
    if ((flags & ~FIELD_SIZE) != 0) {
      return -Errno.EINVAL;
    }
    long at = checksumAt(context, offset);
    return at == 0 ? -Errno.EFAULT : replace(at, from, to, flags, true);
  }

  /** As {@link #l3CsumReplace}, of TCP or UDP: where 0 means that there is none. */
  public static long l4CsumReplace(long context, long offset, long from, long to, long flags) {
    if ((flags & ~(FIELD_SIZE | PSEUDO_HEADER | MANGLED_0 | ENFORCE | IPV6)) != 0) {
      return -Errno.EINVAL;
    }
    long at = checksumAt(context, offset);
    if (at == 0) {
      return -Errno.EFAULT;
    }
    boolean zeroIsNone = (flags & MANGLED_0) != 0;
    if (zeroIsNone && (flags & ENFORCE) == 0 && RawMemory.getShort(at) == 0) {
      return 0;
    }
    long answer = replace(at, from, to, flags, false);
    if (answer == 0 && zeroIsNone && RawMemory.getShort(at) == 0) {
      RawMemory.putShort(at, (short) -1);
    }
    return answer;
  }

  /** The packet has no sum of all its bytes that could be kept up, as a device may give one. */
  public static long csumUpdate(long context, long sum) {
    return -Errno.ENOTSUPP;
  }

  /** Asks or says how many checksums, from the outside in, are known to be right. */
  public static long csumLevel(long context, long operation) {
    PacketContext skb = PacketContext.SKB;
    int good = skb.goodChecksums(context);
    switch (operation >>> 32 != 0 ? -1 : (int) operation) {
      case 1 -> skb.setGoodChecksums(context, Math.min(good + 1, MAX_GOOD));
      case 2 -> skb.setGoodChecksums(context, Math.max(good - 1, 0));
      case 3 -> skb.setGoodChecksums(context, 0);
      case 0 -> {
        return good == 0 ? -Errno.EACCES : good - 1;
      }
      default -> {
        return -Errno.EINVAL;
      }
    }
    return 0;
  }

  /** Corrects the checksum at an address after one 16-bit word that it covers was changed. */
  static void replaceWord(long checksumAddress, int from, int to) {
    replace(checksumAddress, from, to, Short.BYTES, true);
  }

  private static long checksumAt(long context, long offset) {
    PacketContext skb = PacketContext.SKB;
    long at = offset & MASK;
    boolean inside = at + 2 <= skb.dataEnd(context) - skb.data(context);
    return at <= 0xffff && (at & 1) == 0 && inside ? skb.data(context) + at : 0;
  }

  /** Field sizes of 2 and 4 say what changes from {@code from} to {@code to}; 0: to is the sum. */
  private static long replace(long at, long from, long to, long flags, boolean half) {
    long sum = ~(RawMemory.getShort(at) & 0xffffL) & MASK;
    long removed = from & MASK;
    long added = to & MASK;
    switch ((int) (flags & FIELD_SIZE)) {
      case 0 -> {
        if (from != 0) {
          return -Errno.EINVAL;
        }
        RawMemory.putShort(at, fold(add(added, sum)));
      }
      case 2 -> {
        if (half) {
          int left = add16((int) sum & 0xffff, ~(int) removed & 0xffff);
          RawMemory.putShort(at, (short) ~add16(left, (int) added & 0xffff));
        } else {
          RawMemory.putShort(at, fold(add(add(sum, ~(removed & 0xffff) & MASK), added & 0xffff)));
        }
      }
      case 4 -> RawMemory.putShort(at, fold(add(add(sum, ~removed & MASK), added)));
      default -> {
        return -Errno.EINVAL;
      }
    }
    return 0;
  }

  private static int add16(int a, int b) {
    int sum = a + b;
    return (sum & 0xffff) + (sum >>> 16);
  }

  private static short fold(long sum) {
    long folded = (sum & 0xffff) + (sum >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    return (short) ~folded;
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
