package dev.sonde.vm.interp;

import static dev.sonde.vm.memory.RawMemory.getByte;
import static dev.sonde.vm.memory.RawMemory.getInt;
import static dev.sonde.vm.memory.RawMemory.getIntAcquire;
import static dev.sonde.vm.memory.RawMemory.getLong;
import static dev.sonde.vm.memory.RawMemory.getLongAcquire;
import static dev.sonde.vm.memory.RawMemory.getShort;
import static dev.sonde.vm.memory.RawMemory.putByte;
import static dev.sonde.vm.memory.RawMemory.putIntRelease;
import static dev.sonde.vm.memory.RawMemory.putLong;
import static dev.sonde.vm.memory.RawMemory.putLongRelease;
import static dev.sonde.vm.memory.RawMemory.putShort;

import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.VarHandle;

/**
 * The operations that are kept out of the interpreter's loop, so that the loop stays small enough
 * to be compiled. None changes the flow.
 */
final class RareOps {
  private static final long MASK = 0xffffffffL;

  private RareOps() {}

  /**
   * @param word address of the decoded insn
   * @param regs address of r0
   */
  static void run(long word, long regs) {
    long d = regs + getByte(word + Code.DST);
    long s = regs + getByte(word + Code.SRC);
    long imm = getLong(word + Code.IMMEDIATE);
    int offset = getInt(word + Code.OFFSET);
    switch (getByte(word) & 0xff) {
      case Op.SDIV64_K -> putLong(d, Alu.sdiv64(getLong(d), imm));
      case Op.SDIV64_X -> putLong(d, Alu.sdiv64(getLong(d), getLong(s)));
      case Op.SMOD64_K -> putLong(d, Alu.smod64(getLong(d), imm));
      case Op.SMOD64_X -> putLong(d, Alu.smod64(getLong(d), getLong(s)));
      case Op.SDIV32_K -> putLong(d, Alu.sdiv32(getInt(d), (int) imm) & MASK);
      case Op.SDIV32_X -> putLong(d, Alu.sdiv32(getInt(d), getInt(s)) & MASK);
      case Op.SMOD32_K -> putLong(d, Alu.smod32(getInt(d), (int) imm) & MASK);
      case Op.SMOD32_X -> putLong(d, Alu.smod32(getInt(d), getInt(s)) & MASK);
      case Op.MOVSX64_8 -> putLong(d, (byte) getLong(s));
      case Op.MOVSX64_16 -> putLong(d, (short) getLong(s));
      case Op.MOVSX64_32 -> putLong(d, (int) getLong(s));
      case Op.MOVSX32_8 -> putLong(d, (byte) getLong(s) & MASK);
      case Op.MOVSX32_16 -> putLong(d, (short) getLong(s) & MASK);
      case Op.TO_LE16 -> putLong(d, getLong(d) & 0xffff);
      case Op.TO_LE32 -> putLong(d, getLong(d) & MASK);
      case Op.TO_BE16, Op.BSWAP16 -> putLong(d, Short.reverseBytes((short) getLong(d)) & 0xffffL);
      case Op.TO_BE32, Op.BSWAP32 -> putLong(d, Integer.reverseBytes((int) getLong(d)) & MASK);
      case Op.TO_BE64, Op.BSWAP64 -> putLong(d, Long.reverseBytes(getLong(d)));
      case Op.ATOMIC64 -> atomic64((int) imm, getLong(d) + offset, s, regs);
      case Op.ATOMIC32 -> atomic32((int) imm, getLong(d) + offset, s, regs);
      case Op.LOAD_ACQUIRE -> putLong(d, loadAcquire(getLong(s) + offset, (int) imm));
      case Op.STORE_RELEASE -> storeRelease(getLong(d) + offset, (int) imm, getLong(s));
      default -> throw TrapException.INSTANCE;
    }
  }

  private static void atomic64(int op, long address, long s, long regs) {
    long operand = getLong(s);
    switch (op) {
      case Opcodes.XCHG -> putLong(s, RawMemory.getAndSetLong(address, operand));
      case Opcodes.CMPXCHG ->
          putLong(regs, RawMemory.compareAndExchangeLong(address, getLong(regs), operand));
      default -> {
        long before = fetch64(op & ~Opcodes.FETCH, address, operand);
        if ((op & Opcodes.FETCH) != 0) {
          putLong(s, before);
        }
      }
    }
  }

  private static long fetch64(int op, long address, long operand) {
    if (op == Opcodes.ADD) {
      return RawMemory.getAndAddLong(address, operand);
    }
    while (true) {
      long before = getLong(address);
      long after =
          op == Opcodes.OR
              ? before | operand
              : op == Opcodes.AND ? before & operand : before ^ operand;
      if (RawMemory.compareAndSetLong(address, before, after)) {
        return before;
      }
    }
  }

  private static void atomic32(int op, long address, long s, long regs) {
    int operand = getInt(s);
    switch (op) {
      case Opcodes.XCHG -> putLong(s, RawMemory.getAndSetInt(address, operand) & MASK);
      case Opcodes.CMPXCHG ->
          putLong(regs, RawMemory.compareAndExchangeInt(address, getInt(regs), operand) & MASK);
      default -> {
        int before = fetch32(op & ~Opcodes.FETCH, address, operand);
        if ((op & Opcodes.FETCH) != 0) {
          putLong(s, before & MASK);
        }
      }
    }
  }

  private static int fetch32(int op, long address, int operand) {
    if (op == Opcodes.ADD) {
      return RawMemory.getAndAddInt(address, operand);
    }
    while (true) {
      int before = getInt(address);
      int after =
          op == Opcodes.OR
              ? before | operand
              : op == Opcodes.AND ? before & operand : before ^ operand;
      if (RawMemory.compareAndSetInt(address, before, after)) {
        return before;
      }
    }
  }

  private static long loadAcquire(long address, int sizeBytes) {
    switch (sizeBytes) {
      case 8:
        return getLongAcquire(address);
      case 4:
        return getIntAcquire(address) & MASK;
      default:
        long value = sizeBytes == 2 ? getShort(address) & 0xffffL : getByte(address) & 0xffL;
        VarHandle.acquireFence(); // pairs with the release of any other access to the byte
        return value;
    }
  }

  private static void storeRelease(long address, int sizeBytes, long value) {
    switch (sizeBytes) {
      case 8 -> putLongRelease(address, value);
      case 4 -> putIntRelease(address, (int) value);
      default -> {
        VarHandle.releaseFence(); // pairs with the acquire of any other access to the byte
        if (sizeBytes == 2) {
          putShort(address, (short) value);
        } else {
          putByte(address, (byte) value);
        }
      }
    }
  }
}
