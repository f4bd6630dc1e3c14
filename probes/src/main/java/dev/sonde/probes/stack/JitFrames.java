package dev.sonde.probes.stack;

import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import org.jspecify.annotations.Nullable;

/**
 * What differs between machines in the frames of HotSpot's code. Common to all: a compiled frame
 * has its return address and, below it, the caller's frame pointer at its high end; an
 * interpreter's frame has at its frame pointer those two, and below it
 *
 * <pre>
 * [fp - 8] the caller's sp,   [fp - 24] Method*,   further down the bytecode pointer
 * </pre>
 */
interface JitFrames {
  int MAX_INSN_BYTES = 16; // of code that {@link #stateAt} looks at

  static JitFrames of(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> new X86Frames();
      case AARCH64 -> new Aarch64Frames();
    };
  }

  /**
   * Tells how much of a compiled method's frame is on the stack, by the insns from the pc on.
   *
   * @param insns up to {@link #MAX_INSN_BYTES} bytes; null when they cannot be read
   * @param pastPrologue whether the frame is complete, if the pc is in no epilogue
   */
  FrameState stateAt(byte @Nullable [] insns, boolean pastPrologue);

  /** Returns the register that a call puts the return address into; -1: the stack has it. */
  int linkRegister();

  /** Returns the register that has the bytecode pointer while the interpreter runs. */
  int bytecodeRegister();

  /** Returns where it may be while the interpreter has called something, from fp on. */
  int[] bytecodePointers();

  /** Gives the registers their values back that the call stub keeps for native code. */
  void restoreSaved(Registers registers, StackWindow stack);
}
