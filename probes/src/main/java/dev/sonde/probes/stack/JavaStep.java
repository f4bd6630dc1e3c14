package dev.sonde.probes.stack;

import dev.sonde.probes.hotspot.CodeBlob;
import dev.sonde.probes.hotspot.HotSpotCode;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.PcCache;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Steps from frames of code that HotSpot made to their callers, on x86-64.
 *
 * <pre>
 * compiled     sp + frame size: the caller's sp; below it the return address, then the saved rbp
 * interpreted  [rbp + 8] return address, [rbp] saved rbp, [rbp - 8] the caller's sp,
 *              [rbp - 24] Method*, [rbp - 64] bytecode pointer (in r13 while it runs)
 * call stub    an rbp frame that keeps rbx, r12 to r15 below it
 * </pre>
 *
 * <p>Each answer is null when the registers are the caller's, else what was missing.
 */
final class JavaStep {
  private static final int RBX = 3;
  private static final int R12 = 12;
  private static final int R13 = 13;
  private static final int METHOD = -24;
  private static final int SENDER_SP = -8;
  private static final int BYTECODE_POINTER = -64;
  private static final int CALL_STUB_RBX = -56; // rbx, r12, r13, r14, r15 downwards
  private static final int MAX_PUSHED_BYTES = 4096; // between a stub's sp and its rbp
  private static final int MAX_PUSHED_WORDS = 12;
  private static final String SUBTYPE_CHECK = "slow_subtype_check";
  private static final String BEYOND = "the frame is beyond the copied stack";

  private final NativeCode code;
  private final @Nullable HotSpotCode java;
  private final PcCache<LeafFrame> leaves = new PcCache<>();

  /** What is on the stack at an insn of a prologue or epilogue. */
  private record LeafFrame(CodeBlob blob, FrameState state) {}

  JavaStep(NativeCode code, @Nullable HotSpotCode java) {
    this.code = code;
    this.java = java;
  }

  /** A frame of a fixed size: a compiled method's, a runtime stub's. */
  @Nullable String compiled(CodeBlob blob, boolean leaf, Registers registers, StackWindow stack) {
    FrameState state = leaf ? leafState(blob, registers.pc()) : FrameState.COMPLETE;
    long returnAt = registers.stackPointer() + state.returnOffset(blob.frameBytes());
    if (leaf && !returnsToCode(returnAt, stack)) {
      state = otherState(blob, registers, stack);
      returnAt = registers.stackPointer() + state.returnOffset(blob.frameBytes());
    }
    if (leaf
        && blob.kind() == CodeBlob.Kind.RUNTIME
        && (blob.name().contains(SUBTYPE_CHECK) || !returnsToCode(returnAt, stack))) {
      return pushed(blob, registers, stack);
    }
    boolean pointerBelow = state.keepsPointer() && blob.frameBytes() >= 16;
    return pointerBelow
        ? returnWithFramePointer(returnAt - 8, registers, stack)
        : returnFrom(returnAt, registers, stack);
  }

  /**
   * Stubs without a frame push what they use: the first word that returns to a method is it. C1
   * hands the two classes of a subtype check over on the stack, below the frame of its method.
   */
  private @Nullable String pushed(CodeBlob blob, Registers registers, StackWindow stack) {
    long sp = registers.stackPointer();
    for (int i = 0; i < MAX_PUSHED_WORDS; i++) {
      CodeBlob caller =
          java == null || !stack.holds(sp + 8L * i) ? null : java.blob(stack.at(sp + 8L * i) - 1);
      if (caller != null && caller.kind() == CodeBlob.Kind.COMPILED) {
        int arguments = blob.name().contains(SUBTYPE_CHECK) ? 16 : 0;
        registers.setPc(stack.at(sp + 8L * i));
        registers.setStackPointer(sp + 8L * i + 8 + arguments);
        return null;
      }
    }
    return "a stub whose frame is not known";
  }

  /** Insns that look like no prologue or epilogue may be one: what points into code decides. */
  private FrameState otherState(CodeBlob blob, Registers registers, StackWindow stack) {
    for (FrameState state : FrameState.values()) {
      long at = registers.stackPointer() + state.returnOffset(blob.frameBytes());
      if (returnsToCode(at, stack)) {
        return state;
      }
    }
    return FrameState.COMPLETE;
  }

  private FrameState leafState(CodeBlob blob, long pc) {
    LeafFrame known = leaves.get(pc);
    if (known == null || known.blob != blob) {
      byte[] insns = java == null ? null : java.insns(pc, 16);
      known = new LeafFrame(blob, FrameState.at(insns, pc >= blob.frameComplete()));
      leaves.put(pc, known);
    }
    return known.state;
  }

  /** Returns the method that an interpreter's frame runs, or null when rbp is of no such frame. */
  @Nullable Frame interpretedFrame(boolean leaf, Registers registers, StackWindow stack) {
    int fp = registers.architecture().framePointer();
    long rbp = registers.framePointer();
    if (java == null || !registers.isKnown(fp) || !stack.holds(rbp + METHOD)) {
      return null;
    }
    if (!stack.holds(rbp + 8) || !isCode(stack.at(rbp + 8))) {
      return null;
    }
    long saved = stack.holds(rbp + BYTECODE_POINTER) ? stack.at(rbp + BYTECODE_POINTER) : 0;
    long running = leaf && registers.isKnown(R13) ? registers.get(R13) : 0;
    return java.interpretedFrame(stack.at(rbp + METHOD), running, saved);
  }

  @Nullable String interpreter(Registers registers, StackWindow stack) {
    long rbp = registers.framePointer();
    if (!stack.holds(rbp + 8) || !stack.holds(rbp + SENDER_SP)) {
      return BEYOND;
    }
    long senderSp = stack.at(rbp + SENDER_SP);
    registers.setPc(stack.at(rbp + 8));
    registers.setFramePointer(stack.at(rbp));
    registers.setStackPointer(senderSp > rbp ? senderSp : rbp + 16);
    return null;
  }

  @Nullable String callStub(Registers registers, StackWindow stack) {
    long rbp = registers.framePointer();
    if (!stack.holds(rbp)) {
      return BEYOND;
    }
    for (int i = 0; i < 5; i++) {
      long address = rbp + CALL_STUB_RBX - 8L * i;
      if (stack.holds(address)) {
        registers.set(i == 0 ? RBX : R12 + i - 1, stack.at(address));
      }
    }
    return returnWithFramePointer(rbp, registers, stack);
  }

  /**
   * The bottom frame of a virtual thread returns into a barrier; below it is what entered the
   * thread: a compiled method whose frame holds the continuation's entry, at the stack pointer.
   */
  @Nullable String returnBarrier(Registers registers, StackWindow stack) {
    HotSpotCode code = java;
    CodeBlob enter = code == null ? null : code.blob(code.enterSpecialReturn() - 1);
    if (code == null || enter == null) {
      return "the entry of the virtual thread is not known";
    }
    return compiled(enter, false, registers, stack);
  }

  /** Stubs have no frame, a pushed rbp, or an rbp frame: what points into code decides. */
  @Nullable String stub(boolean leaf, Registers registers, StackWindow stack) {
    long sp = registers.stackPointer();
    long rbp = registers.framePointer();
    if (leaf && returnsToCode(sp, stack)) {
      return returnFrom(sp, registers, stack);
    }
    boolean hasFrame = rbp >= sp && rbp - sp < MAX_PUSHED_BYTES && returnsToCode(rbp + 8, stack);
    if (hasFrame) {
      return returnWithFramePointer(rbp, registers, stack);
    }
    if (leaf && returnsToCode(sp + 8, stack)) {
      return returnWithFramePointer(sp, registers, stack);
    }
    return stack.holds(sp) ? "a stub whose frame is not known" : BEYOND;
  }

  /** Code about which nothing is known: a leaf without a frame, or an rbp frame. */
  boolean unknownCode(boolean leaf, Registers registers, StackWindow stack) {
    long sp = registers.stackPointer();
    long rbp = registers.framePointer();
    boolean framed = registers.isKnown(registers.architecture().framePointer());
    if (leaf && returnsToCode(sp, stack)) {
      return returnFrom(sp, registers, stack) == null;
    }
    return framed
        && rbp >= sp
        && returnsToCode(rbp + 8, stack)
        && returnWithFramePointer(rbp, registers, stack) == null;
  }

  private boolean returnsToCode(long address, StackWindow stack) {
    return stack.holds(address) && isCode(stack.at(address));
  }

  private boolean isCode(long pc) {
    boolean generated = java != null ? java.blob(pc - 1) != null : code.isGeneratedCode(pc - 1);
    return generated || code.isFileCode(pc - 1);
  }

  private static @Nullable String returnFrom(long at, Registers registers, StackWindow stack) {
    if (!stack.holds(at)) {
      return BEYOND;
    }
    registers.setPc(stack.at(at));
    registers.setStackPointer(at + 8);
    return null;
  }

  private static @Nullable String returnWithFramePointer(
      long at, Registers registers, StackWindow stack) {
    if (!stack.holds(at + 8)) {
      return BEYOND;
    }
    registers.setFramePointer(stack.at(at));
    return returnFrom(at + 8, registers, stack);
  }
}
