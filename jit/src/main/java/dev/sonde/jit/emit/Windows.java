package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.RawMemory;

/** Where the registers of a split function are kept between its regions. */
final class Windows {
  private Windows() {}

  /** Returns the window of the function whose stack frame ends at {@code frame}. */
  static long of(CarrierSlot slot, long frame) {
    long depth = (slot.stackTop(0) - frame) >> 9; // frames have 512 bytes
    return slot.registersAddress() + depth * SplitEmitter.WINDOW_BYTES;
  }

  /** Ends a region that ends its function: leaves r0 and answers that there is no next entry. */
  static int end(long r0, long window) {
    RawMemory.putLong(window, r0);
    return -1;
  }
}
