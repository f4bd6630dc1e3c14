package dev.sonde.vm.memory;

/**
 * A lock for the few stores of a program's slow path, where a monitor must not be: a virtual thread
 * would unmount at a contended one and leave its carrier slot to another. Waiting is bounded; what
 * it guards must be short and must call nothing that could be traced or could block. Who takes it
 * calls {@link StackRoom#ensure} before.
 */
public final class SpinLock {
  private static final int SPINS = 1 << 22; // some 50 ms: its owner may have lost its CPU

  /** 1 while held; the acquiring CAS of one thread pairs with the releasing store of another. */
  private final long address = RawMemory.allocateZeroed(Long.BYTES);

  /** Takes the lock; false when it was held by others for too long, or is held by this thread. */
  public boolean tryLock() {
    for (int i = 0; i < SPINS; i++) {
      if (RawMemory.getIntVolatile(address) == 0 && RawMemory.compareAndSetInt(address, 0, 1)) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  public void unlock() {
    RawMemory.putIntVolatile(address, 0);
  }
}
