package dev.sonde.probes.stack;

import static dev.sonde.probes.stack.FrameState.COMPLETE;
import static dev.sonde.probes.stack.FrameState.COMPLETE_WITHOUT_POINTER;
import static dev.sonde.probes.stack.FrameState.POINTER_PUSHED;
import static dev.sonde.probes.stack.FrameState.RETURN_ADDRESS;

import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import org.jspecify.annotations.Nullable;

/**
 * aarch64. The return address is in lr until the prologue stores it: {@code sub sp, sp, N; stp x29,
 * x30, [sp, N - 16]} of small frames, {@code stp x29, x30, [sp, -16]!; sub sp, sp, N} of large
 * ones. Epilogues undo that, then {@code ldr x8, [x28, POLL]; cmp sp, x8; b.hi STUB; ret}. The call
 * stub keeps x19 to x28 below its fp.
 *
 * @see <a
 *     href="https://github.com/openjdk/jdk/blob/jdk-17-ga/src/hotspot/cpu/aarch64/frame_aarch64.hpp">
 *     frame_aarch64.hpp</a>
 */
final class Aarch64Frames implements JitFrames {
  private static final int LR = 30;
  private static final int X19 = 19;
  private static final int X22 = 22;
  private static final int[] BYTECODE_POINTERS = {-72, -64}; // JDK 20 and later; before
  private static final int SAVED_X19 = -72; // x19 to x28 downwards

  private static final int STORE_PAIR = 0xa900_7bfd; // stp x29, x30, [sp, #]
  private static final int LOAD_PAIR_AND_POP = 0xa8c1_7bfd; // ldp x29, x30, [sp], 16
  private static final int SET_POINTER = 0x9100_03fd; // mov x29, sp
  private static final int SUB_SP = 0xd100_03ff; // sub sp, sp, #
  private static final int SUB_SP_REGISTER = 0xcb28_63ff; // sub sp, sp, x8
  private static final int LOAD_POLL = 0xf940_0388; // ldr x8, [x28, #]
  private static final int COMPARE_POLL = 0xeb28_63ff; // cmp sp, x8
  private static final int BRANCH_IF_HIGHER = 0x5400_0008; // b.hi
  private static final int RET = 0xd65f_03c0;
  private static final int PAIR_OFFSET = 0x003f_8000; // the operands that may be any
  private static final int ADD_IMMEDIATE = 0x007f_fc00;
  private static final int LOAD_OFFSET = 0x003f_fc00;
  private static final int BRANCH_OFFSET = 0x00ff_ffe0;

  @Override
  public FrameState stateAt(byte @Nullable [] insns, boolean pastPrologue) {
    if (insns == null) {
      return pastPrologue ? COMPLETE : RETURN_ADDRESS;
    }
    int insn = insn(insns, 0);
    int next = insn(insns, 1);
    if (is(insn, STORE_PAIR, PAIR_OFFSET)) {
      return COMPLETE_WITHOUT_POINTER;
    }
    if (!pastPrologue) {
      boolean allocates =
          is(insn, SUB_SP, ADD_IMMEDIATE) && !is(next, STORE_PAIR, PAIR_OFFSET)
              || insn == SUB_SP_REGISTER
              || next == SUB_SP_REGISTER // behind a mov of the size
              || insn == SET_POINTER;
      return allocates ? POINTER_PUSHED : RETURN_ADDRESS;
    }
    boolean polls = is(insn, LOAD_POLL, LOAD_OFFSET) && next == COMPARE_POLL;
    boolean branches = is(insn, BRANCH_IF_HIGHER, BRANCH_OFFSET) && next == RET;
    if (insn == RET || insn == COMPARE_POLL || polls || branches) {
      return RETURN_ADDRESS;
    }
    return insn == LOAD_PAIR_AND_POP ? POINTER_PUSHED : COMPLETE;
  }

  @Override
  public int linkRegister() {
    return LR;
  }

  @Override
  public int bytecodeRegister() {
    return X22;
  }

  @Override
  public int[] bytecodePointers() {
    return BYTECODE_POINTERS;
  }

  @Override
  public void restoreSaved(Registers registers, StackWindow stack) {
    for (int i = 0; i < 10; i++) {
      long address = registers.framePointer() + SAVED_X19 - 8L * i;
      if (stack.holds(address)) {
        registers.set(X19 + i, stack.at(address));
      }
    }
  }

  private static boolean is(int insn, int pattern, int anyBits) {
    return (insn & ~anyBits) == pattern;
  }

  private static int insn(byte[] insns, int index) {
    int at = 4 * index;
    return at + 4 > insns.length
        ? 0
        : insns[at] & 0xff
            | (insns[at + 1] & 0xff) << 8
            | (insns[at + 2] & 0xff) << 16
            | insns[at + 3] << 24;
  }
}
