package dev.sonde.probes.record;

import dev.sonde.probes.unwind.Architecture;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;

/**
 * Registers of a record as a program's {@code struct pt_regs}, which is x86-64's on every machine:
 * on aarch64 arguments, result, frame pointer, stack pointer and program counter stand where x86-64
 * has them, the rest is 0.
 */
final class RegisterImage {
  private static final int[] X86_64 =
      offsets(
          PtRegs.AX,
          PtRegs.BX,
          PtRegs.CX,
          PtRegs.DX,
          PtRegs.SI,
          PtRegs.DI,
          PtRegs.BP,
          PtRegs.SP,
          PtRegs.IP,
          PtRegs.FLAGS,
          PtRegs.CS,
          PtRegs.SS,
          PtRegs.R8,
          PtRegs.R9,
          PtRegs.R10,
          PtRegs.R11,
          PtRegs.R12,
          PtRegs.R13,
          PtRegs.R14,
          PtRegs.R15);

  private static final int AARCH64_FRAME_POINTER = 29;
  private static final int AARCH64_STACK_POINTER = 31;
  private static final int AARCH64_PROGRAM_COUNTER = 32;

  private RegisterImage() {}

  /** Writes the registers at {@code offset} of the record's buffer to {@code contextAddress}. */
  static void write(Architecture machine, ByteBuffer buffer, int offset, long contextAddress) {
    if (machine == Architecture.X86_64) {
      for (int i = 0; i < X86_64.length; i++) {
        RawMemory.putLong(contextAddress + X86_64[i], buffer.getLong(offset + 8 * i));
      }
      put(contextAddress, PtRegs.ORIG_AX, -1); // no record has it
      return;
    }
    for (int argument = 0; argument < 6; argument++) {
      put(contextAddress, PtRegs.argument(argument), buffer.getLong(offset + 8 * argument));
    }
    put(contextAddress, PtRegs.AX, buffer.getLong(offset)); // x0 is the result, too
    put(contextAddress, PtRegs.BP, buffer.getLong(offset + 8 * AARCH64_FRAME_POINTER));
    put(contextAddress, PtRegs.SP, buffer.getLong(offset + 8 * AARCH64_STACK_POINTER));
    put(contextAddress, PtRegs.IP, buffer.getLong(offset + 8 * AARCH64_PROGRAM_COUNTER));
  }

  /** Returns where among a record's registers the stack pointer is. */
  static int stackPointerIndex(Architecture machine) {
    return machine == Architecture.X86_64 ? 7 : AARCH64_STACK_POINTER;
  }

  private static void put(long contextAddress, PtRegs register, long value) {
    RawMemory.putLong(contextAddress + register.offsetBytes(), value);
  }

  private static int[] offsets(PtRegs... order) {
    int[] offsets = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      offsets[i] = order[i].offsetBytes();
    }
    return offsets;
  }
}
