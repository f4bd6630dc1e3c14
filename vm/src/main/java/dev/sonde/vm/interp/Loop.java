package dev.sonde.vm.interp;

import static dev.sonde.vm.memory.RawMemory.getByte;
import static dev.sonde.vm.memory.RawMemory.getInt;
import static dev.sonde.vm.memory.RawMemory.getLong;
import static dev.sonde.vm.memory.RawMemory.getShort;
import static dev.sonde.vm.memory.RawMemory.putByte;
import static dev.sonde.vm.memory.RawMemory.putInt;
import static dev.sonde.vm.memory.RawMemory.putLong;
import static dev.sonde.vm.memory.RawMemory.putShort;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapTable;
import java.lang.invoke.MethodHandle;

/**
 * The loop that runs a program's words ({@link Code}).
 *
 * <p>Registers are memory: a window of 128 bytes for each frame, r0 first, r10 at 80, the return
 * address at 88. So an operand is one addition away, with no bounds check, and a call moves the
 * window. The method below must stay under HotSpot's limit of 8000 bytes of bytecode, beyond which
 * it would never be compiled: what is rare is in {@link RareOps} and {@link FlowOps}.
 */
final class Loop {
  /** How far apart the register windows of two frames are. */
  static final int WINDOW_BYTES = 128;

  static final int FRAME_POINTER = 80;
  static final int RETURN_ADDRESS = 88;

  private static final long MASK = 0xffffffffL;

  private Loop() {}

  /**
   * Runs from {@code pc} until the frame that it began in exits.
   *
   * @param pc address of a word of {@code run.code()}
   * @param entry address of r0 of the first frame, whose r1 to r5 and r10 are set
   * @return r0
   */
  static long run(FlowOps run, CarrierSlot slot, long pc, long entry) throws Throwable {
    long regs = entry;
    MethodHandle[] helpers = run.helpers();
    while (true) {
      long w = getLong(pc);
      long d = regs + (w >>> 5 & 0x78);
      long s = regs + (w >>> 9 & 0x78);
      pc += 8;
      switch ((int) w & 0xff) {
        case Op.ADD64_K -> putLong(d, getLong(d) + (w >> 32));
        case Op.SUB64_K -> putLong(d, getLong(d) - (w >> 32));
        case Op.MUL64_K -> putLong(d, getLong(d) * (w >> 32));
        case Op.DIV64_K -> putLong(d, Alu.div64(getLong(d), (w >> 32)));
        case Op.OR64_K -> putLong(d, getLong(d) | (w >> 32));
        case Op.AND64_K -> putLong(d, getLong(d) & (w >> 32));
        case Op.LSH64_K -> putLong(d, getLong(d) << (w >> 32));
        case Op.RSH64_K -> putLong(d, getLong(d) >>> (w >> 32));
        case Op.MOD64_K -> putLong(d, Alu.mod64(getLong(d), (w >> 32)));
        case Op.XOR64_K -> putLong(d, getLong(d) ^ (w >> 32));
        case Op.MOV64_K -> putLong(d, (w >> 32));
        case Op.ARSH64_K -> putLong(d, getLong(d) >> (w >> 32));
        case Op.ADD64_X -> putLong(d, getLong(d) + getLong(s));
        case Op.SUB64_X -> putLong(d, getLong(d) - getLong(s));
        case Op.MUL64_X -> putLong(d, getLong(d) * getLong(s));
        case Op.DIV64_X -> putLong(d, Alu.div64(getLong(d), getLong(s)));
        case Op.OR64_X -> putLong(d, getLong(d) | getLong(s));
        case Op.AND64_X -> putLong(d, getLong(d) & getLong(s));
        case Op.LSH64_X -> putLong(d, getLong(d) << getLong(s));
        case Op.RSH64_X -> putLong(d, getLong(d) >>> getLong(s));
        case Op.MOD64_X -> putLong(d, Alu.mod64(getLong(d), getLong(s)));
        case Op.XOR64_X -> putLong(d, getLong(d) ^ getLong(s));
        case Op.MOV64_X -> putLong(d, getLong(s));
        case Op.ARSH64_X -> putLong(d, getLong(d) >> getLong(s));
        case Op.NEG64 -> putLong(d, -getLong(d));
        case Op.ADD32_K -> putLong(d, (getInt(d) + (int) (w >>> 32)) & MASK);
        case Op.SUB32_K -> putLong(d, (getInt(d) - (int) (w >>> 32)) & MASK);
        case Op.MUL32_K -> putLong(d, (getInt(d) * (int) (w >>> 32)) & MASK);
        case Op.DIV32_K -> putLong(d, (Alu.div32(getInt(d), (int) (w >>> 32))) & MASK);
        case Op.OR32_K -> putLong(d, (getInt(d) | (int) (w >>> 32)) & MASK);
        case Op.AND32_K -> putLong(d, (getInt(d) & (int) (w >>> 32)) & MASK);
        case Op.LSH32_K -> putLong(d, (getInt(d) << (int) (w >>> 32)) & MASK);
        case Op.RSH32_K -> putLong(d, (getInt(d) >>> (int) (w >>> 32)) & MASK);
        case Op.MOD32_K -> putLong(d, (Alu.mod32(getInt(d), (int) (w >>> 32))) & MASK);
        case Op.XOR32_K -> putLong(d, (getInt(d) ^ (int) (w >>> 32)) & MASK);
        case Op.MOV32_K -> putLong(d, (int) (w >>> 32) & MASK);
        case Op.ARSH32_K -> putLong(d, (getInt(d) >> (int) (w >>> 32)) & MASK);
        case Op.ADD32_X -> putLong(d, (getInt(d) + getInt(s)) & MASK);
        case Op.SUB32_X -> putLong(d, (getInt(d) - getInt(s)) & MASK);
        case Op.MUL32_X -> putLong(d, (getInt(d) * getInt(s)) & MASK);
        case Op.DIV32_X -> putLong(d, (Alu.div32(getInt(d), getInt(s))) & MASK);
        case Op.OR32_X -> putLong(d, (getInt(d) | getInt(s)) & MASK);
        case Op.AND32_X -> putLong(d, (getInt(d) & getInt(s)) & MASK);
        case Op.LSH32_X -> putLong(d, (getInt(d) << getInt(s)) & MASK);
        case Op.RSH32_X -> putLong(d, (getInt(d) >>> getInt(s)) & MASK);
        case Op.MOD32_X -> putLong(d, (Alu.mod32(getInt(d), getInt(s))) & MASK);
        case Op.XOR32_X -> putLong(d, (getInt(d) ^ getInt(s)) & MASK);
        case Op.MOV32_X -> putLong(d, getInt(s) & MASK);
        case Op.ARSH32_X -> putLong(d, (getInt(d) >> getInt(s)) & MASK);
        case Op.NEG32 -> putLong(d, -getInt(d) & MASK);
        case Op.LDX_B -> putLong(d, getByte(getLong(s) + (short) (w >>> 16)) & 0xffL);
        case Op.LDX_H -> putLong(d, getShort(getLong(s) + (short) (w >>> 16)) & 0xffffL);
        case Op.LDX_W -> putLong(d, getInt(getLong(s) + (short) (w >>> 16)) & MASK);
        case Op.LDX_DW -> putLong(d, getLong(getLong(s) + (short) (w >>> 16)));
        case Op.LDXS_B -> putLong(d, getByte(getLong(s) + (short) (w >>> 16)));
        case Op.LDXS_H -> putLong(d, getShort(getLong(s) + (short) (w >>> 16)));
        case Op.LDXS_W -> putLong(d, getInt(getLong(s) + (short) (w >>> 16)));
        case Op.ST_B -> putByte(getLong(d) + (short) (w >>> 16), (byte) (w >> 32));
        case Op.ST_H -> putShort(getLong(d) + (short) (w >>> 16), (short) (w >> 32));
        case Op.ST_W -> putInt(getLong(d) + (short) (w >>> 16), (int) (w >> 32));
        case Op.ST_DW -> putLong(getLong(d) + (short) (w >>> 16), (w >> 32));
        case Op.STX_B -> putByte(getLong(d) + (short) (w >>> 16), getByte(s));
        case Op.STX_H -> putShort(getLong(d) + (short) (w >>> 16), getShort(s));
        case Op.STX_W -> putInt(getLong(d) + (short) (w >>> 16), getInt(s));
        case Op.STX_DW -> putLong(getLong(d) + (short) (w >>> 16), getLong(s));
        case Op.JEQ64_K -> pc += getLong(d) == (w >> 32) ? jump(w) : 0;
        case Op.JGT64_K -> pc += Long.compareUnsigned(getLong(d), (w >> 32)) > 0 ? jump(w) : 0;
        case Op.JGE64_K -> pc += Long.compareUnsigned(getLong(d), (w >> 32)) >= 0 ? jump(w) : 0;
        case Op.JSET64_K -> pc += (getLong(d) & (w >> 32)) != 0 ? jump(w) : 0;
        case Op.JNE64_K -> pc += getLong(d) != (w >> 32) ? jump(w) : 0;
        case Op.JSGT64_K -> pc += getLong(d) > (w >> 32) ? jump(w) : 0;
        case Op.JSGE64_K -> pc += getLong(d) >= (w >> 32) ? jump(w) : 0;
        case Op.JLT64_K -> pc += Long.compareUnsigned(getLong(d), (w >> 32)) < 0 ? jump(w) : 0;
        case Op.JLE64_K -> pc += Long.compareUnsigned(getLong(d), (w >> 32)) <= 0 ? jump(w) : 0;
        case Op.JSLT64_K -> pc += getLong(d) < (w >> 32) ? jump(w) : 0;
        case Op.JSLE64_K -> pc += getLong(d) <= (w >> 32) ? jump(w) : 0;
        case Op.JEQ64_X -> pc += getLong(d) == getLong(s) ? jump(w) : 0;
        case Op.JGT64_X -> pc += Long.compareUnsigned(getLong(d), getLong(s)) > 0 ? jump(w) : 0;
        case Op.JGE64_X -> pc += Long.compareUnsigned(getLong(d), getLong(s)) >= 0 ? jump(w) : 0;
        case Op.JSET64_X -> pc += (getLong(d) & getLong(s)) != 0 ? jump(w) : 0;
        case Op.JNE64_X -> pc += getLong(d) != getLong(s) ? jump(w) : 0;
        case Op.JSGT64_X -> pc += getLong(d) > getLong(s) ? jump(w) : 0;
        case Op.JSGE64_X -> pc += getLong(d) >= getLong(s) ? jump(w) : 0;
        case Op.JLT64_X -> pc += Long.compareUnsigned(getLong(d), getLong(s)) < 0 ? jump(w) : 0;
        case Op.JLE64_X -> pc += Long.compareUnsigned(getLong(d), getLong(s)) <= 0 ? jump(w) : 0;
        case Op.JSLT64_X -> pc += getLong(d) < getLong(s) ? jump(w) : 0;
        case Op.JSLE64_X -> pc += getLong(d) <= getLong(s) ? jump(w) : 0;
        case Op.JEQ32_K -> pc += getInt(d) == (int) (w >>> 32) ? jump(w) : 0;
        case Op.JGT32_K ->
            pc += Integer.compareUnsigned(getInt(d), (int) (w >>> 32)) > 0 ? jump(w) : 0;
        case Op.JGE32_K ->
            pc += Integer.compareUnsigned(getInt(d), (int) (w >>> 32)) >= 0 ? jump(w) : 0;
        case Op.JSET32_K -> pc += (getInt(d) & (int) (w >>> 32)) != 0 ? jump(w) : 0;
        case Op.JNE32_K -> pc += getInt(d) != (int) (w >>> 32) ? jump(w) : 0;
        case Op.JSGT32_K -> pc += getInt(d) > (int) (w >>> 32) ? jump(w) : 0;
        case Op.JSGE32_K -> pc += getInt(d) >= (int) (w >>> 32) ? jump(w) : 0;
        case Op.JLT32_K ->
            pc += Integer.compareUnsigned(getInt(d), (int) (w >>> 32)) < 0 ? jump(w) : 0;
        case Op.JLE32_K ->
            pc += Integer.compareUnsigned(getInt(d), (int) (w >>> 32)) <= 0 ? jump(w) : 0;
        case Op.JSLT32_K -> pc += getInt(d) < (int) (w >>> 32) ? jump(w) : 0;
        case Op.JSLE32_K -> pc += getInt(d) <= (int) (w >>> 32) ? jump(w) : 0;
        case Op.JEQ32_X -> pc += getInt(d) == getInt(s) ? jump(w) : 0;
        case Op.JGT32_X -> pc += Integer.compareUnsigned(getInt(d), getInt(s)) > 0 ? jump(w) : 0;
        case Op.JGE32_X -> pc += Integer.compareUnsigned(getInt(d), getInt(s)) >= 0 ? jump(w) : 0;
        case Op.JSET32_X -> pc += (getInt(d) & getInt(s)) != 0 ? jump(w) : 0;
        case Op.JNE32_X -> pc += getInt(d) != getInt(s) ? jump(w) : 0;
        case Op.JSGT32_X -> pc += getInt(d) > getInt(s) ? jump(w) : 0;
        case Op.JSGE32_X -> pc += getInt(d) >= getInt(s) ? jump(w) : 0;
        case Op.JLT32_X -> pc += Integer.compareUnsigned(getInt(d), getInt(s)) < 0 ? jump(w) : 0;
        case Op.JLE32_X -> pc += Integer.compareUnsigned(getInt(d), getInt(s)) <= 0 ? jump(w) : 0;
        case Op.JSLT32_X -> pc += getInt(d) < getInt(s) ? jump(w) : 0;
        case Op.JSLE32_X -> pc += getInt(d) <= getInt(s) ? jump(w) : 0;
        case Op.JA -> pc += (w >> 32) << 3;
        case Op.LDDW -> {
          putLong(d, getLong(pc));
          pc += 8;
        }
        case Op.CALL_HELPER ->
            putLong(
                regs,
                (long)
                    helpers[(int) (w >>> 32)].invokeExact(
                        slot,
                        getLong(regs + 8),
                        getLong(regs + 16),
                        getLong(regs + 24),
                        getLong(regs + 32),
                        getLong(regs + 40)));
        case Op.MAP_LOOKUP -> {
          BpfMap map = MapTable.get(getLong(regs + 8));
          putLong(regs, map == null ? 0 : map.lookup(slot.index(), getLong(regs + 16)));
        }
        case Op.CALL_LOCAL -> {
          enter(regs, pc);
          regs += WINDOW_BYTES;
          pc += (w >> 32) << 3;
        }
        case Op.EXIT -> {
          if (regs == entry) {
            return getLong(regs);
          }
          pc = getLong(regs + RETURN_ADDRESS);
          putLong(regs - WINDOW_BYTES, getLong(regs));
          regs -= WINDOW_BYTES;
        }
        default -> {
          if (((int) w & 0xff) >= Op.FIRST_RARE) {
            RareOps.run(w, regs);
          } else {
            pc = run.step(slot, w, pc, regs);
          }
        }
      }
    }
  }

  /** Makes the window of a callee: arguments, frame, and where to go on. */
  static void enter(long regs, long returnAddress) {
    putLong(regs + WINDOW_BYTES + 8, getLong(regs + 8));
    putLong(regs + WINDOW_BYTES + 16, getLong(regs + 16));
    putLong(regs + WINDOW_BYTES + 24, getLong(regs + 24));
    putLong(regs + WINDOW_BYTES + 32, getLong(regs + 32));
    putLong(regs + WINDOW_BYTES + 40, getLong(regs + 40));
    putLong(regs + WINDOW_BYTES + FRAME_POINTER, getLong(regs + FRAME_POINTER) - 512);
    putLong(regs + WINDOW_BYTES + RETURN_ADDRESS, returnAddress);
  }

  /** Returns how many bytes a conditional jump that is taken adds to the program counter. */
  static long jump(long w) {
    return (short) (w >>> 16) * 8L;
  }
}
