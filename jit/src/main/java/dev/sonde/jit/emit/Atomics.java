package dev.sonde.jit.emit;

import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.VarHandle;

/** Atomic operations that the JVM has no single call for; their order is the other atomics'. */
final class Atomics {
  private Atomics() {}

  static long fetchOr(long address, long operand) {
    long before;
    do {
      before = RawMemory.getLong(address);
    } while (!RawMemory.compareAndSetLong(address, before, before | operand));
    return before;
  }

  static long fetchAnd(long address, long operand) {
    long before;
    do {
      before = RawMemory.getLong(address);
    } while (!RawMemory.compareAndSetLong(address, before, before & operand));
    return before;
  }

  static long fetchXor(long address, long operand) {
    long before;
    do {
      before = RawMemory.getLong(address);
    } while (!RawMemory.compareAndSetLong(address, before, before ^ operand));
    return before;
  }

  static int fetchOr(long address, int operand) {
    int before;
    do {
      before = RawMemory.getInt(address);
    } while (!RawMemory.compareAndSetInt(address, before, before | operand));
    return before;
  }

  static int fetchAnd(long address, int operand) {
    int before;
    do {
      before = RawMemory.getInt(address);
    } while (!RawMemory.compareAndSetInt(address, before, before & operand));
    return before;
  }

  static int fetchXor(long address, int operand) {
    int before;
    do {
      before = RawMemory.getInt(address);
    } while (!RawMemory.compareAndSetInt(address, before, before ^ operand));
    return before;
  }

  /** BPF_LOAD_ACQ of {@code sizeBytes} bytes, zero-extended. */
  static long loadAcquire(long address, int sizeBytes) {
    switch (sizeBytes) {
      case 8:
        return RawMemory.getLongAcquire(address);
      case 4:
        return RawMemory.getIntAcquire(address) & 0xffffffffL;
      default:
        long value =
            sizeBytes == 2
                ? RawMemory.getShort(address) & 0xffffL
                : RawMemory.getByte(address) & 0xffL;
        VarHandle.acquireFence(); // pairs with the release of any other access to these bytes
        return value;
    }
  }

  /** BPF_STORE_REL of the lower {@code sizeBytes} bytes of {@code value}. */
  static void storeRelease(long address, long value, int sizeBytes) {
    switch (sizeBytes) {
      case 8 -> RawMemory.putLongRelease(address, value);
      case 4 -> RawMemory.putIntRelease(address, (int) value);
      default -> {
        VarHandle.releaseFence(); // pairs with the acquire of any other access to these bytes
        if (sizeBytes == 2) {
          RawMemory.putShort(address, (short) value);
        } else {
          RawMemory.putByte(address, (byte) value);
        }
      }
    }
  }
}
