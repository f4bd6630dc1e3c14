package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/**
 * Open-coded iterators: state on the program's stack, made by new, stepped by next, ended by
 * destroy.
 *
 * <pre>
 * bpf_iter_num   0 s32 current   4 s32 end
 * bpf_iter_bits  0 u64 the word, or the address of the words   8 s32 bits in all   12 s32 current
 * </pre>
 *
 * What next returns is the address of "current".
 */
public final class IteratorKfuncs {
  private static final long MAX_LOOPS = 8 * 1024 * 1024;
  private static final int MAX_WORDS = 511;

  private IteratorKfuncs() {}

  public static long iterNumNew(long iterator, long start, long end) {
    long from = (int) start;
    long to = (int) end;
    RawMemory.putLong(iterator, 0);
    if (from > to) {
      return -Errno.EINVAL;
    }
    if (to - from > MAX_LOOPS) {
      return -Errno.E2BIG;
    }
    RawMemory.putInt(iterator, (int) from - 1);
    RawMemory.putInt(iterator + 4, (int) to);
    return 0;
  }

  public static long iterNumNext(CarrierSlot slot, long iterator) {
    slot.spend(1);
    long current = RawMemory.getInt(iterator) + 1L; // a long, as INT_MIN - 1 must wrap back
    if ((int) current >= RawMemory.getInt(iterator + 4)) {
      RawMemory.putLong(iterator, 0);
      return 0;
    }
    RawMemory.putInt(iterator, (int) current);
    return iterator;
  }

  public static void iterNumDestroy(long iterator) {
    RawMemory.putLong(iterator, 0);
  }

  public static long iterBitsNew(CarrierSlot slot, long iterator, long from, long words) {
    int count = (int) words;
    RawMemory.fill(iterator, 16, (byte) 0);
    if (from == 0 || count == 0) {
      return -Errno.EINVAL;
    }
    if (Integer.compareUnsigned(count, MAX_WORDS) > 0) {
      return -Errno.E2BIG;
    }
    long copy = count == 1 ? iterator : RawMemory.allocateZeroed(8L * count);
    if (ProbeReadHelpers.probeReadKernel(slot, copy, 8L * count, from) != 0) {
      if (count > 1) {
        RawMemory.free(copy);
      }
      return -Errno.EFAULT;
    }
    if (count > 1) {
      RawMemory.putLong(iterator, copy);
    }
    RawMemory.putInt(iterator + 8, 64 * count);
    RawMemory.putInt(iterator + 12, -1);
    return 0;
  }

  public static long iterBitsNext(CarrierSlot slot, long iterator) {
    slot.spend(1);
    int bits = RawMemory.getInt(iterator + 8);
    long words = bits > 64 ? RawMemory.getLong(iterator) : iterator;
    int bit = RawMemory.getInt(iterator + 12) + 1;
    while (bit < bits) {
      long rest = RawMemory.getLong(words + 8L * (bit >> 6)) >>> (bit & 63);
      if (rest != 0) {
        bit += Long.numberOfTrailingZeros(rest);
        RawMemory.putInt(iterator + 12, bit);
        return iterator + 12;
      }
      bit = (bit | 63) + 1;
    }
    RawMemory.putInt(iterator + 12, bits);
    return 0;
  }

  public static void iterBitsDestroy(long iterator) {
    if (RawMemory.getInt(iterator + 8) > 64) {
      RawMemory.free(RawMemory.getLong(iterator));
    }
    RawMemory.fill(iterator, 16, (byte) 0);
  }
}
