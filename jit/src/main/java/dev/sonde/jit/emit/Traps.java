package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.PacketLoads;
import dev.sonde.vm.memory.KnownRegions;
import dev.sonde.vm.memory.RawMemory;

/**
 * What ends a run: an insn that the proof says is never reached, and in checked code whatever the
 * checks find.
 */
final class Traps {
  /**
   * Where checked code counts its turns: in the carrier's register window, which it has no use of.
   */
  private static final int BUDGET = 104;

  /** Turns of may_goto that are counted at once: a power of two. */
  private static final int MAY_GOTO_TURNS = 32;

  private static final int INPUT_BYTES = 96;

  private static final int FAULT = 88;

  private static final int SCRATCH = 112;

  private static final int INPUT = 80;

  /** Enough for any honest program; a loop without end is cut after some tenths of a second. */
  private static final long TURNS = 50_000_000;

  private Traps() {}

  /** Made once, without a stack, because it is thrown in a traced thread. */
  static final class Trapped extends RuntimeException {
    static final Trapped INSTANCE = new Trapped("an insn that the proof says is never reached");
    private static final long serialVersionUID = 1L;

    Trapped(String what) {
      super(what, null, false, false);
    }
  }

  static long unreached() {
    throw Trapped.INSTANCE;
  }

  /**
   * Says what the input of an unproved run is: its r1 and r2, and the packet that it loads from.
   */
  static void setInput(CarrierSlot slot, long address, long sizeBytes) {
    RawMemory.putLong(slot.registersAddress() + INPUT, address);
    RawMemory.putLong(slot.registersAddress() + INPUT_BYTES, sizeBytes);
  }

  /** BPF_LD_ABS and BPF_LD_IND of an unproved run. */
  static long packet(CarrierSlot slot, int offset, int sizeBytes) {
    long start = RawMemory.getLong(slot.registersAddress() + INPUT);
    return PacketLoads.of(start, inputBytes(slot)).load(0, offset, sizeBytes);
  }

  /** Leaves word for whoever made an unproved run that it did not end well; 0: it did. */
  static void setFault(CarrierSlot slot, long fault) {
    RawMemory.putLong(slot.registersAddress() + FAULT, fault);
  }

  static long fault(CarrierSlot slot) {
    return RawMemory.getLong(slot.registersAddress() + FAULT);
  }

  static long inputBytes(CarrierSlot slot) {
    return RawMemory.getLong(slot.registersAddress() + INPUT_BYTES);
  }

  static void begin(CarrierSlot slot) {
    RawMemory.putLong(slot.registersAddress() + BUDGET, TURNS);
  }

  /** Checks that {@code sizeBytes} bytes at {@code address} are memory of ours. */
  static void access(long address, int sizeBytes) {
    if (KnownRegions.readableBytes(address) < sizeBytes) {
      throw new Trapped(
          "access of %d B at 0x%x, want memory of ours".formatted(sizeBytes, address));
    }
  }

  /** Checks that there is memory at all: what a wrong proof or a wrong compiler would crash on. */
  static void mapped(CarrierSlot slot, long address, int sizeBytes) {
    boolean ours = KnownRegions.readableBytes(address) >= sizeBytes;
    if (!ours && !slot.selfMemory().read(address, slot.registersAddress() + SCRATCH, sizeBytes)) {
      throw new Trapped("access of %d B at 0x%x, where nothing is".formatted(sizeBytes, address));
    }
  }

  /** As {@link #access}, and that the address is a multiple of the size. */
  static void atomic(long address, int sizeBytes) {
    access(address, sizeBytes);
    if ((address & sizeBytes - 1) != 0) {
      throw new Trapped("misaligned atomic of %d B at 0x%x".formatted(sizeBytes, address));
    }
  }

  /** Counts a jump back. */
  static void turn(CarrierSlot slot) {
    long at = slot.registersAddress() + BUDGET;
    long left = RawMemory.getLong(at) - 1;
    RawMemory.putLong(at, left);
    if (left < 0) {
      throw new Trapped("out of budget: more than %d jumps back".formatted(TURNS));
    }
  }

  /** Takes one turn of may_goto from what a function has left of them; returns the rest. */
  static long mayGoto(CarrierSlot slot, long left) {
    if ((left & MAY_GOTO_TURNS - 1) == 0) {
      slot.spend(MAY_GOTO_TURNS);
    }
    return left - 1;
  }

  /** Checks that the frame of a callee is still inside the stack. */
  static void depth(CarrierSlot slot, long calleeFrame) {
    turn(slot);
    if (calleeFrame < slot.stackTop(7)) {
      throw new Trapped("more than 8 frames");
    }
  }
}
