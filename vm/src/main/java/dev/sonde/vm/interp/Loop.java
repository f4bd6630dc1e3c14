package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.MapHelpers;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapTable;
import java.lang.invoke.MethodHandle;
import jdk.internal.misc.Unsafe;

/**
 * The loop that runs a program's words ({@link Code}).
 *
 * <p>Registers are memory: a window of 128 bytes for each frame, r0 first, r10 at 80, the return
 * address at 88, the turns that may_goto has left at 96. So an operand is one addition away, with
 * no bounds check, and a call moves the window. The method below must stay under HotSpot's limit of
 * 8000 bytes of bytecode, beyond which it would never be compiled: what is rare is in {@link
 * RareOps} and {@link FlowOps}.
 */
final class Loop {
  /** How far apart the register windows of two frames are. */
  static final int WINDOW_BYTES = 128;

  static final int FRAME_POINTER = 80;
  static final int RETURN_ADDRESS = 88;
  static final int TURNS = 96;

  /** How many turns may_goto allows each frame (BPF_MAX_LOOPS). */
  static final long MAX_TURNS = 8 * 1024 * 1024;

  private static final long MIN64 = Long.MIN_VALUE; // added to both sides, < is unsigned
  private static final int MIN32 = Integer.MIN_VALUE;

  /**
   * Not through RawMemory: its methods are inlined only where a call was seen when the loop is
   * compiled, and which operations a program uses is not known then. These are intrinsics always.
   */
  private static final Unsafe UNSAFE = Unsafe.getUnsafe();

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
      int head = UNSAFE.getInt(pc);
      long d = regs + (head >>> 8 & 0xff);
      long s = regs + (head >>> 16 & 0xff);
      pc += Code.WORD_BYTES;
      switch (head & 0xff) {
        case Op.ADD64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) + UNSAFE.getLong(pc - 8));
        case Op.SUB64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) - UNSAFE.getLong(pc - 8));
        case Op.MUL64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) * UNSAFE.getLong(pc - 8));
        case Op.DIV64_K -> UNSAFE.putLong(d, Alu.div64(UNSAFE.getLong(d), UNSAFE.getLong(pc - 8)));
        case Op.OR64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) | UNSAFE.getLong(pc - 8));
        case Op.AND64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) & UNSAFE.getLong(pc - 8));
        case Op.LSH64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) << UNSAFE.getLong(pc - 8));
        case Op.RSH64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) >>> UNSAFE.getLong(pc - 8));
        case Op.MOD64_K -> UNSAFE.putLong(d, Alu.mod64(UNSAFE.getLong(d), UNSAFE.getLong(pc - 8)));
        case Op.XOR64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) ^ UNSAFE.getLong(pc - 8));
        case Op.MOV64_K -> UNSAFE.putLong(d, UNSAFE.getLong(pc - 8));
        case Op.ARSH64_K -> UNSAFE.putLong(d, UNSAFE.getLong(d) >> UNSAFE.getLong(pc - 8));
        case Op.ADD64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) + UNSAFE.getLong(s));
        case Op.SUB64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) - UNSAFE.getLong(s));
        case Op.MUL64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) * UNSAFE.getLong(s));
        case Op.DIV64_X -> UNSAFE.putLong(d, Alu.div64(UNSAFE.getLong(d), UNSAFE.getLong(s)));
        case Op.OR64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) | UNSAFE.getLong(s));
        case Op.AND64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) & UNSAFE.getLong(s));
        case Op.LSH64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) << UNSAFE.getLong(s));
        case Op.RSH64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) >>> UNSAFE.getLong(s));
        case Op.MOD64_X -> UNSAFE.putLong(d, Alu.mod64(UNSAFE.getLong(d), UNSAFE.getLong(s)));
        case Op.XOR64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) ^ UNSAFE.getLong(s));
        case Op.MOV64_X -> UNSAFE.putLong(d, UNSAFE.getLong(s));
        case Op.ARSH64_X -> UNSAFE.putLong(d, UNSAFE.getLong(d) >> UNSAFE.getLong(s));
        case Op.NEG64 -> UNSAFE.putLong(d, -UNSAFE.getLong(d));
        case Op.ADD32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) + UNSAFE.getInt(pc - 8)) & MASK);
        case Op.SUB32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) - UNSAFE.getInt(pc - 8)) & MASK);
        case Op.MUL32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) * UNSAFE.getInt(pc - 8)) & MASK);
        case Op.DIV32_K ->
            UNSAFE.putLong(d, (Alu.div32(UNSAFE.getInt(d), UNSAFE.getInt(pc - 8))) & MASK);
        case Op.OR32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) | UNSAFE.getInt(pc - 8)) & MASK);
        case Op.AND32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) & UNSAFE.getInt(pc - 8)) & MASK);
        case Op.LSH32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) << UNSAFE.getInt(pc - 8)) & MASK);
        case Op.RSH32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) >>> UNSAFE.getInt(pc - 8)) & MASK);
        case Op.MOD32_K ->
            UNSAFE.putLong(d, (Alu.mod32(UNSAFE.getInt(d), UNSAFE.getInt(pc - 8))) & MASK);
        case Op.XOR32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) ^ UNSAFE.getInt(pc - 8)) & MASK);
        case Op.MOV32_K -> UNSAFE.putLong(d, UNSAFE.getInt(pc - 8) & MASK);
        case Op.ARSH32_K -> UNSAFE.putLong(d, (UNSAFE.getInt(d) >> UNSAFE.getInt(pc - 8)) & MASK);
        case Op.ADD32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) + UNSAFE.getInt(s)) & MASK);
        case Op.SUB32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) - UNSAFE.getInt(s)) & MASK);
        case Op.MUL32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) * UNSAFE.getInt(s)) & MASK);
        case Op.DIV32_X ->
            UNSAFE.putLong(d, (Alu.div32(UNSAFE.getInt(d), UNSAFE.getInt(s))) & MASK);
        case Op.OR32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) | UNSAFE.getInt(s)) & MASK);
        case Op.AND32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) & UNSAFE.getInt(s)) & MASK);
        case Op.LSH32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) << UNSAFE.getInt(s)) & MASK);
        case Op.RSH32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) >>> UNSAFE.getInt(s)) & MASK);
        case Op.MOD32_X ->
            UNSAFE.putLong(d, (Alu.mod32(UNSAFE.getInt(d), UNSAFE.getInt(s))) & MASK);
        case Op.XOR32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) ^ UNSAFE.getInt(s)) & MASK);
        case Op.MOV32_X -> UNSAFE.putLong(d, UNSAFE.getInt(s) & MASK);
        case Op.ARSH32_X -> UNSAFE.putLong(d, (UNSAFE.getInt(d) >> UNSAFE.getInt(s)) & MASK);
        case Op.NEG32 -> UNSAFE.putLong(d, -UNSAFE.getInt(d) & MASK);
        case Op.LDX_B ->
            UNSAFE.putLong(d, UNSAFE.getByte(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)) & 0xffL);
        case Op.LDX_H ->
            UNSAFE.putLong(
                d, UNSAFE.getShort(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)) & 0xffffL);
        case Op.LDX_W ->
            UNSAFE.putLong(d, UNSAFE.getInt(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)) & MASK);
        case Op.LDX_DW ->
            UNSAFE.putLong(d, UNSAFE.getLong(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)));
        case Op.LDXS_B ->
            UNSAFE.putLong(d, UNSAFE.getByte(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)));
        case Op.LDXS_H ->
            UNSAFE.putLong(d, UNSAFE.getShort(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)));
        case Op.LDXS_W ->
            UNSAFE.putLong(d, UNSAFE.getInt(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 12)));
        case Op.ST_B ->
            UNSAFE.putByte(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getByte(pc - 8));
        case Op.ST_H ->
            UNSAFE.putShort(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getShort(pc - 8));
        case Op.ST_W ->
            UNSAFE.putInt(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getInt(pc - 8));
        case Op.ST_DW ->
            UNSAFE.putLong(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getLong(pc - 8));
        case Op.STX_B ->
            UNSAFE.putByte(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getByte(s));
        case Op.STX_H ->
            UNSAFE.putShort(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getShort(s));
        case Op.STX_W ->
            UNSAFE.putInt(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getInt(s));
        case Op.STX_DW ->
            UNSAFE.putLong(UNSAFE.getLong(d) + UNSAFE.getInt(pc - 12), UNSAFE.getLong(s));
        case Op.JEQ64_K ->
            pc += UNSAFE.getLong(d) == UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGT64_K ->
            pc += UNSAFE.getLong(d) + MIN64 > UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGE64_K ->
            pc += UNSAFE.getLong(d) + MIN64 >= UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSET64_K ->
            pc += (UNSAFE.getLong(d) & UNSAFE.getLong(pc - 8)) != 0 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JNE64_K ->
            pc += UNSAFE.getLong(d) != UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGT64_K ->
            pc += UNSAFE.getLong(d) > UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGE64_K ->
            pc += UNSAFE.getLong(d) >= UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLT64_K ->
            pc += UNSAFE.getLong(d) + MIN64 < UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLE64_K ->
            pc += UNSAFE.getLong(d) + MIN64 <= UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLT64_K ->
            pc += UNSAFE.getLong(d) < UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLE64_K ->
            pc += UNSAFE.getLong(d) <= UNSAFE.getLong(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JEQ64_X ->
            pc += UNSAFE.getLong(d) == UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGT64_X ->
            pc +=
                UNSAFE.getLong(d) + MIN64 > UNSAFE.getLong(s) + MIN64 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGE64_X ->
            pc +=
                UNSAFE.getLong(d) + MIN64 >= UNSAFE.getLong(s) + MIN64 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSET64_X ->
            pc += (UNSAFE.getLong(d) & UNSAFE.getLong(s)) != 0 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JNE64_X ->
            pc += UNSAFE.getLong(d) != UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGT64_X ->
            pc += UNSAFE.getLong(d) > UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGE64_X ->
            pc += UNSAFE.getLong(d) >= UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLT64_X ->
            pc +=
                UNSAFE.getLong(d) + MIN64 < UNSAFE.getLong(s) + MIN64 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLE64_X ->
            pc +=
                UNSAFE.getLong(d) + MIN64 <= UNSAFE.getLong(s) + MIN64 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLT64_X ->
            pc += UNSAFE.getLong(d) < UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLE64_X ->
            pc += UNSAFE.getLong(d) <= UNSAFE.getLong(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JEQ32_K ->
            pc += UNSAFE.getInt(d) == UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGT32_K ->
            pc += UNSAFE.getInt(d) + MIN32 > UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGE32_K ->
            pc += UNSAFE.getInt(d) + MIN32 >= UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSET32_K ->
            pc += (UNSAFE.getInt(d) & UNSAFE.getInt(pc - 8)) != 0 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JNE32_K ->
            pc += UNSAFE.getInt(d) != UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGT32_K ->
            pc += UNSAFE.getInt(d) > UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGE32_K ->
            pc += UNSAFE.getInt(d) >= UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLT32_K ->
            pc += UNSAFE.getInt(d) + MIN32 < UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLE32_K ->
            pc += UNSAFE.getInt(d) + MIN32 <= UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLT32_K ->
            pc += UNSAFE.getInt(d) < UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLE32_K ->
            pc += UNSAFE.getInt(d) <= UNSAFE.getInt(pc - 8) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JEQ32_X -> pc += UNSAFE.getInt(d) == UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGT32_X ->
            pc += UNSAFE.getInt(d) + MIN32 > UNSAFE.getInt(s) + MIN32 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JGE32_X ->
            pc += UNSAFE.getInt(d) + MIN32 >= UNSAFE.getInt(s) + MIN32 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSET32_X ->
            pc += (UNSAFE.getInt(d) & UNSAFE.getInt(s)) != 0 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JNE32_X -> pc += UNSAFE.getInt(d) != UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGT32_X -> pc += UNSAFE.getInt(d) > UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSGE32_X -> pc += UNSAFE.getInt(d) >= UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLT32_X ->
            pc += UNSAFE.getInt(d) + MIN32 < UNSAFE.getInt(s) + MIN32 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JLE32_X ->
            pc += UNSAFE.getInt(d) + MIN32 <= UNSAFE.getInt(s) + MIN32 ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLT32_X -> pc += UNSAFE.getInt(d) < UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JSLE32_X -> pc += UNSAFE.getInt(d) <= UNSAFE.getInt(s) ? UNSAFE.getInt(pc - 12) : 0;
        case Op.JA -> pc += UNSAFE.getInt(pc - 12);
        case Op.SUM -> UNSAFE.putLong(d, UNSAFE.getLong(s) + UNSAFE.getLong(regs + (head >>> 24)));
        case Op.SUM_K -> UNSAFE.putLong(d, UNSAFE.getLong(s) + UNSAFE.getLong(pc - 8));
        case Op.ADD_JNE64_K -> {
          long sum = UNSAFE.getLong(d) + UNSAFE.getInt(pc - 8);
          UNSAFE.putLong(d, sum);
          pc += sum != UNSAFE.getInt(pc - 4) ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.ADD_JLT64_X -> {
          long sum = UNSAFE.getLong(d) + UNSAFE.getLong(pc - 8);
          UNSAFE.putLong(d, sum);
          pc += sum + MIN64 < UNSAFE.getLong(s) + MIN64 ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.ADD_JLT32_X -> {
          int sum = UNSAFE.getInt(d) + UNSAFE.getInt(pc - 8);
          UNSAFE.putLong(d, sum & MASK);
          pc += sum + MIN32 < UNSAFE.getInt(s) + MIN32 ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.LDX_B_JNE32_K -> {
          int value = UNSAFE.getByte(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 8)) & 0xff;
          UNSAFE.putLong(d, value);
          pc += value != UNSAFE.getInt(pc - 4) ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.LDX_B_JEQ32_K -> {
          int value = UNSAFE.getByte(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 8)) & 0xff;
          UNSAFE.putLong(d, value);
          pc += value == UNSAFE.getInt(pc - 4) ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.LDX_B_JNE32_X -> {
          int value = UNSAFE.getByte(UNSAFE.getLong(s) + UNSAFE.getInt(pc - 8)) & 0xff;
          UNSAFE.putLong(d, value);
          pc += value != UNSAFE.getInt(regs + (head >>> 24)) ? UNSAFE.getInt(pc - 12) : 0;
        }
        case Op.CALL_HELPER ->
            UNSAFE.putLong(
                regs,
                (long)
                    helpers[UNSAFE.getInt(pc - 8)].invokeExact(
                        slot,
                        UNSAFE.getLong(regs + 8),
                        UNSAFE.getLong(regs + 16),
                        UNSAFE.getLong(regs + 24),
                        UNSAFE.getLong(regs + 32),
                        UNSAFE.getLong(regs + 40)));
        case Op.MAP_LOOKUP -> {
          BpfMap map = MapTable.get(UNSAFE.getLong(regs + 8));
          long key = UNSAFE.getLong(regs + 16);
          UNSAFE.putLong(regs, map == null ? 0 : MapHelpers.mapLookupElem(slot, map, key));
        }
        case Op.CALL_LOCAL -> {
          enter(regs, pc);
          regs += WINDOW_BYTES;
          pc += UNSAFE.getInt(pc - 12);
        }
        case Op.EXIT -> {
          if (regs == entry) {
            return UNSAFE.getLong(regs);
          }
          pc = UNSAFE.getLong(regs + RETURN_ADDRESS);
          UNSAFE.putLong(regs - WINDOW_BYTES, UNSAFE.getLong(regs));
          regs -= WINDOW_BYTES;
        }
        default -> {
          if ((head & 0xff) >= Op.FIRST_RARE) {
            RareOps.run(pc - Code.WORD_BYTES, regs);
          } else {
            pc = run.step(slot, pc - Code.WORD_BYTES, regs);
          }
        }
      }
    }
  }

  /** Makes the window of a callee: arguments, frame, and where to go on. */
  static void enter(long regs, long returnAddress) {
    UNSAFE.putLong(regs + WINDOW_BYTES + 8, UNSAFE.getLong(regs + 8));
    UNSAFE.putLong(regs + WINDOW_BYTES + 16, UNSAFE.getLong(regs + 16));
    UNSAFE.putLong(regs + WINDOW_BYTES + 24, UNSAFE.getLong(regs + 24));
    UNSAFE.putLong(regs + WINDOW_BYTES + 32, UNSAFE.getLong(regs + 32));
    UNSAFE.putLong(regs + WINDOW_BYTES + 40, UNSAFE.getLong(regs + 40));
    UNSAFE.putLong(regs + WINDOW_BYTES + FRAME_POINTER, UNSAFE.getLong(regs + FRAME_POINTER) - 512);
    UNSAFE.putLong(regs + WINDOW_BYTES + RETURN_ADDRESS, returnAddress);
    UNSAFE.putLong(regs + WINDOW_BYTES + TURNS, MAX_TURNS);
  }
}
