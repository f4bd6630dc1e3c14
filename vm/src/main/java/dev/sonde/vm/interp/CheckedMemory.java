package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;

/**
 * What an unproved program may touch: its stack and the memory that it is given. Only programs that
 * are decoded for checking ask; proved ones have no such insns.
 */
public final class CheckedMemory {
  private final long address;
  private final long sizeBytes;

  /**
   * @param address the memory that r1 points to, 0 if there is none
   */
  public CheckedMemory(long address, long sizeBytes) {
    this.address = address;
    this.sizeBytes = sizeBytes;
  }

  void check(CarrierSlot slot, long at, int accessBytes) {
    long stackEnd = slot.stackTop(0);
    boolean inside =
        within(at, accessBytes, address, sizeBytes)
            || within(at, accessBytes, stackEnd - CarrierSlot.STACK_BYTES, CarrierSlot.STACK_BYTES);
    if (!inside) {
      throw new MemoryFaultException(
          "memory: access of %d B at 0x%x, want inside the stack or the %d B of input"
              .formatted(accessBytes, at, sizeBytes));
    }
  }

  private static boolean within(long at, int accessBytes, long start, long sizeBytes) {
    long offset = at - start;
    return offset >= 0 && offset <= sizeBytes - accessBytes;
  }
}
