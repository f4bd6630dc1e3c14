package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.PacketLoads;
import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/** Loads that may fail. */
final class Loads {
  /** Scratch in the carrier's register window, which compiled code has no other use of. */
  private static final int SCRATCH = 112;

  private Loads() {}

  /**
   * BPF_LD_ABS and BPF_LD_IND.
   *
   * @param context r6
   * @return the value, or -1 when the packet has no such bytes
   */
  static long packet(long context, int offset, int sizeBytes) {
    return PacketLoads.OF_CONTEXT.load(context, offset, sizeBytes);
  }

  /** Returns the object that a handle of the context names. */
  static @Nullable Object reference(CarrierSlot slot, long handle) {
    return slot.handles().resolve(handle);
  }

  /** Loads through a pointer that nobody vouches for: what cannot be read is 0. */
  static long untrusted(CarrierSlot slot, long address, int sizeBytes) {
    long scratch = slot.registersAddress() + SCRATCH;
    RawMemory.putLong(scratch, 0);
    if (!slot.selfMemory().read(address, scratch, sizeBytes)) {
      return 0;
    }
    return RawMemory.getLong(scratch);
  }
}
