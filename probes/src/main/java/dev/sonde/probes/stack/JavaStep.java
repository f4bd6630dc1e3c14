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
 * Steps from frames of code that HotSpot made to their callers; {@link JitFrames} has what differs
 * between machines. Each answer is null when the registers are the caller's, else what was missing.
 */
final class JavaStep {
  private static final int METHOD = -24;
  private static final int SENDER_SP = -8;
  private static final int MAX_PUSHED_BYTES = 4096; // between a stub's sp and its fp
  private static final int MAX_PUSHED_WORDS = 12;
  private static final int MAX_SAVED_WORDS = 16 + 32 * 8; // all registers, those of vectors whole
  private static final String SUBTYPE_CHECK = "slow_subtype_check";
  private static final String BEYOND = "the frame is beyond the copied stack";

  private final NativeCode code;
  private final @Nullable HotSpotCode java;
  private final JitFrames machine;
  private final PcCache<LeafFrame> leaves = new PcCache<>();

  /** What is on the stack at an insn of a prologue or epilogue. */
  private record LeafFrame(CodeBlob blob, FrameState state) {}

  JavaStep(NativeCode code, @Nullable HotSpotCode java) {
    this.code = code;
    this.java = java;
    this.machine = JitFrames.of(code.architecture());
  }

  /** A frame of a fixed size: a compiled method's, a runtime stub's. */
  @Nullable String compiled(CodeBlob blob, boolean leaf, Registers registers, StackWindow stack) {
    FrameState state = leaf ? leafState(blob, registers.pc()) : FrameState.COMPLETE;
    if (machine.linkRegister() >= 0 && isInRegister(state)) {
      int above = state == FrameState.RETURN_ADDRESS ? 0 : blob.frameBytes();
      return returnToLink(registers, registers.stackPointer() + above);
    }
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
    if (blob.kind() == CodeBlob.Kind.COMPILED && holdsNoInsn(returnAt, stack)) {
      returnAt = aboveSaved(returnAt, stack);
    }
    boolean pointerBelow = state.keepsPointer() && blob.frameBytes() >= 16;
    return pointerBelow
        ? returnWithFramePointer(returnAt - 8, registers, stack)
        : returnFrom(returnAt, registers, stack);
  }

  /**
   * A barrier of a concurrent collector saves registers below the frame before it calls the JVM, as
   * many as are live there: the first word above that returns to code is the return address.
   */
  private long aboveSaved(long returnAt, StackWindow stack) {
    for (int i = 1; i <= MAX_SAVED_WORDS; i++) {
      if (returnsToCode(returnAt + 8L * i, stack)) {
        return returnAt + 8L * i;
      }
    }
    return returnAt;
  }

  private static boolean isInRegister(FrameState state) {
    return state == FrameState.RETURN_ADDRESS || state == FrameState.COMPLETE_WITHOUT_POINTER;
  }

  private @Nullable String returnToLink(Registers registers, long callerSp) {
    int link = machine.linkRegister();
    if (!registers.isKnown(link)) {
      return "the return address was not kept";
    }
    registers.setPc(registers.architecture().codeAddress(registers.get(link)));
    registers.setStackPointer(callerSp);
    return null;
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
      byte[] insns = java == null ? null : java.insns(blob, pc, JitFrames.MAX_INSN_BYTES);
      known = new LeafFrame(blob, machine.stateAt(insns, pc >= blob.frameComplete()));
      leaves.put(pc, known);
    }
    return known.state;
  }

  /** Returns the method that an interpreter's frame runs, or null when fp is of no such frame. */
  @Nullable Frame interpretedFrame(boolean leaf, Registers registers, StackWindow stack) {
    long fp = registers.framePointer();
    if (java == null || !isFramePointerKnown(registers) || !stack.holds(fp + METHOD)) {
      return null;
    }
    if (!stack.holds(fp + 8) || !isCode(stack.at(fp + 8))) {
      return null;
    }
    int register = machine.bytecodeRegister();
    long running = leaf && registers.isKnown(register) ? registers.get(register) : 0;
    int[] saved = machine.bytecodePointers();
    long[] places = new long[saved.length + 1];
    places[0] = running;
    for (int i = 0; i < saved.length; i++) {
      places[i + 1] = stack.holds(fp + saved[i]) ? stack.at(fp + saved[i]) : 0;
    }
    return java.interpretedFrame(stack.at(fp + METHOD), places);
  }

  @Nullable String interpreter(Registers registers, StackWindow stack) {
    long fp = registers.framePointer();
    if (!stack.holds(fp + 8) || !stack.holds(fp + SENDER_SP)) {
      return BEYOND;
    }
    long senderSp = stack.at(fp + SENDER_SP);
    registers.setPc(registers.architecture().codeAddress(stack.at(fp + 8)));
    registers.setFramePointer(stack.at(fp));
    registers.setStackPointer(senderSp > fp ? senderSp : fp + 16);
    return null;
  }

  @Nullable String callStub(Registers registers, StackWindow stack) {
    long fp = registers.framePointer();
    if (!stack.holds(fp)) {
      return BEYOND;
    }
    machine.restoreSaved(registers, stack);
    return returnWithFramePointer(fp, registers, stack);
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

  /** Stubs have no frame, a pushed fp, or an fp frame: what points into code decides. */
  @Nullable String stub(boolean leaf, Registers registers, StackWindow stack) {
    long sp = registers.stackPointer();
    long fp = registers.framePointer();
    if (leaf && returnsToLink(registers)) {
      return returnToLink(registers, sp);
    }
    if (leaf && machine.linkRegister() < 0 && returnsToCode(sp, stack)) {
      return returnFrom(sp, registers, stack);
    }
    boolean hasFrame = fp >= sp && fp - sp < MAX_PUSHED_BYTES && returnsToCode(fp + 8, stack);
    if (hasFrame) {
      return returnWithFramePointer(fp, registers, stack);
    }
    if (leaf && returnsToCode(sp + 8, stack)) {
      return returnWithFramePointer(sp, registers, stack);
    }
    return stack.holds(sp) ? "a stub whose frame is not known" : BEYOND;
  }

  /** Code about which nothing is known: a leaf without a frame, or an fp frame. */
  boolean unknownCode(boolean leaf, Registers registers, StackWindow stack) {
    long sp = registers.stackPointer();
    long fp = registers.framePointer();
    if (leaf && returnsToLink(registers)) {
      return returnToLink(registers, sp) == null;
    }
    if (leaf && machine.linkRegister() < 0 && returnsToCode(sp, stack)) {
      return returnFrom(sp, registers, stack) == null;
    }
    return isFramePointerKnown(registers)
        && fp >= sp
        && returnsToCode(fp + 8, stack)
        && returnWithFramePointer(fp, registers, stack) == null;
  }

  private static boolean isFramePointerKnown(Registers registers) {
    return registers.isKnown(registers.architecture().framePointer());
  }

  /** A leaf that has called before may have stored its link, and another in the register. */
  private boolean returnsToLink(Registers registers) {
    int link = machine.linkRegister();
    return link >= 0 && registers.isKnown(link) && isCode(registers.get(link));
  }

  private boolean holdsNoInsn(long address, StackWindow stack) {
    return stack.holds(address)
        && !isCode(stack.at(address))
        && !code.isGeneratedCode(code.architecture().codeAddress(stack.at(address)) - 1);
  }

  private boolean returnsToCode(long address, StackWindow stack) {
    return stack.holds(address) && isCode(stack.at(address));
  }

  private boolean isCode(long word) {
    long pc = code.architecture().codeAddress(word);
    boolean generated = java != null ? java.blob(pc - 1) != null : code.isGeneratedCode(pc - 1);
    return generated || code.isFileCode(pc - 1);
  }

  private static @Nullable String returnFrom(long at, Registers registers, StackWindow stack) {
    if (!stack.holds(at)) {
      return BEYOND;
    }
    registers.setPc(registers.architecture().codeAddress(stack.at(at)));
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
