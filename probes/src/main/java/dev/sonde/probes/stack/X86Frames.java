package dev.sonde.probes.stack;

import static dev.sonde.probes.stack.FrameState.COMPLETE;
import static dev.sonde.probes.stack.FrameState.COMPLETE_WITHOUT_POINTER;
import static dev.sonde.probes.stack.FrameState.POINTER_PUSHED;
import static dev.sonde.probes.stack.FrameState.RETURN_ADDRESS;

import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import org.jspecify.annotations.Nullable;

/**
 * x86-64. HotSpot's prologue is {@code push rbp; [mov rbp, rsp;] sub rsp, N}, or {@code sub rsp, N;
 * mov [rsp + N - 16], rbp}; its epilogue {@code add rsp, N; pop rbp; cmp rsp, [r15 + POLL]; ja;
 * ret}. The call stub keeps rbx and r12 to r15 below its rbp.
 */
final class X86Frames implements JitFrames {
  private static final int RBX = 3;
  private static final int R12 = 12;
  private static final int R13 = 13;
  private static final int[] BYTECODE_POINTERS = {-64};
  private static final int SAVED_RBX = -56; // rbx, r12, r13, r14, r15 downwards

  @Override
  public FrameState stateAt(byte @Nullable [] insns, boolean pastPrologue) {
    FrameState otherwise = pastPrologue ? COMPLETE : RETURN_ADDRESS;
    if (insns == null) {
      return otherwise;
    }
    if (!pastPrologue) {
      boolean allocates =
          starts(insns, 0x48, 0x83, 0xec)
              || starts(insns, 0x48, 0x81, 0xec)
              || starts(insns, 0x48, 0x8b, 0xec);
      // before a sub that comes without a push, only the return address is there
      return allocates && !storesPointerNext(insns) ? POINTER_PUSHED : otherwise;
    }
    if (isRet(insns, 0)
        || starts(insns, 0x49, 0x3b, 0x67) // cmp rsp, [r15 + i8]
        || starts(insns, 0x49, 0x3b, 0xa7) // cmp rsp, [r15 + i32]
        || starts(insns, 0x0f, 0x87) && isRet(insns, 6)) { // ja STUB; ret
      return RETURN_ADDRESS;
    }
    if (starts(insns, 0x5d)) {
      return POINTER_PUSHED; // pop rbp
    }
    return storesPointer(insns, 0) ? COMPLETE_WITHOUT_POINTER : COMPLETE;
  }

  @Override
  public int linkRegister() {
    return -1;
  }

  @Override
  public int bytecodeRegister() {
    return R13;
  }

  @Override
  public int[] bytecodePointers() {
    return BYTECODE_POINTERS;
  }

  @Override
  public void restoreSaved(Registers registers, StackWindow stack) {
    for (int i = 0; i < 5; i++) {
      long address = registers.framePointer() + SAVED_RBX - 8L * i;
      if (stack.holds(address)) {
        registers.set(i == 0 ? RBX : R12 + i - 1, stack.at(address));
      }
    }
  }

  private static boolean storesPointerNext(byte[] insns) {
    return starts(insns, 0x48, 0x83) ? storesPointer(insns, 4) : storesPointer(insns, 7);
  }

  /** {@code mov [rsp + N], rbp}. */
  private static boolean storesPointer(byte[] insns, int at) {
    return u8(insns, at) == 0x48
        && u8(insns, at + 1) == 0x89
        && (u8(insns, at + 2) == 0x6c || u8(insns, at + 2) == 0xac)
        && u8(insns, at + 3) == 0x24;
  }

  private static boolean isRet(byte[] insns, int at) {
    int op = u8(insns, at);
    return op == 0xc3 || op == 0xc2 || op == 0xf3 && u8(insns, at + 1) == 0xc3;
  }

  private static boolean starts(byte[] insns, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (u8(insns, i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static int u8(byte[] insns, int at) {
    return at < insns.length ? insns[at] & 0xff : -1;
  }
}
