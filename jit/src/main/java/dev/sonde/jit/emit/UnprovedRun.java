package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.MemoryFaultException;
import dev.sonde.vm.memory.KnownRegions;
import dev.sonde.vm.memory.RawMemory;

/** Runs a program that was compiled with checks on bytes of the caller's. */
public final class UnprovedRun {
  private UnprovedRun() {}

  /**
   * Runs {@code program} on {@code memory}, which it may change; the stack is zeroed before.
   *
   * @return r0
   * @throws MemoryFaultException if it touches what is not its own, or does not end
   */
  public static long run(CompiledProgram program, CarrierSlot slot, byte[] memory) {
    long address = RawMemory.allocateZeroed(Math.max(8, memory.length));
    KnownRegions.add(address, memory.length);
    try {
      RawMemory.write(address, memory);
      long result = run(program, slot, memory.length == 0 ? 0 : address, memory.length);
      System.arraycopy(RawMemory.read(address, memory.length), 0, memory, 0, memory.length);
      return result;
    } finally {
      KnownRegions.remove(address);
      RawMemory.free(address);
    }
  }

  private static long run(CompiledProgram program, CarrierSlot slot, long address, int sizeBytes) {
    RawMemory.fill(slot.stackTop(0) - CarrierSlot.STACK_BYTES, CarrierSlot.STACK_BYTES, (byte) 0);
    Traps.setInput(slot, address, sizeBytes);
    Traps.setFault(slot, 0);
    long result = program.run(slot, address);
    if (Traps.fault(slot) != 0) {
      throw new MemoryFaultException("memory: an access, a frame or a turn beyond what is allowed");
    }
    return result;
  }
}
