package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.RegText;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;

/** Loads from and stores to stack frames, byte by byte typed: V-71, V-90 to V-95. */
final class StackMemory {
  private final Step step;

  StackMemory(Step step) {
    this.step = step;
  }

  /** Requires that the access stays in its frame ({@code check_stack_access_within_bounds}). */
  void requireInFrame(int regno, Reg pointer, int off, long size, boolean write) {
    Scalar var = pointer.var();
    String verb = write ? " write to" : " read from";
    if (var.smax() >= PointerArithmetic.MAX_VAR_OFF) { // arithmetic bounds the other side
      throw denied("invalid unbounded variable-offset%s stack R%d".formatted(verb, regno));
    }
    long low = var.smin() + off;
    long high = var.smax() + off + size;
    boolean belowTop = low >= lowest(pointer, write) && low <= -1;
    if (belowTop && high <= 0) {
      deepen(pointer, low);
      return;
    }
    String message =
        var.isConstant()
            ? "invalid%s stack R%d off=%d size=%d".formatted(verb, regno, low, size)
            : "invalid variable-offset%s stack R%d var_off=%s off=%d size=%d"
                .formatted(verb, regno, RegText.tnum(var.bits()), off, size);
    throw new Rejection(belowTop ? Errno.EINVAL : Errno.EACCES, message);
  }

  /** Who may not see addresses may not read below what was written. */
  private int lowest(Reg pointer, boolean write) {
    boolean whole = write || !step.isStrict();
    return whole
        ? -Opcodes.STACK_SIZE_BYTES
        : -step.state().frame(pointer.extra()).slots() * Frame.SLOT_BYTES;
  }

  private void deepen(Reg pointer, long low) {
    Frame frame = step.state().frame(pointer.extra());
    step.facts().stackDepth(frame.subprogram(), (int) -low);
  }

  // ---- loads
  // ---------------------------------------------------------------------------------------

  Reg load(int regno, Reg pointer, int total, int size, int dst) {
    requireInFrame(regno, pointer, total, size, false);
    Frame frame = step.state().frame(pointer.extra());
    if (!pointer.var().isConstant()) {
      return loadVariable(regno, pointer, total, size);
    }
    int first = -total - 1;
    int slot = first / Frame.SLOT_BYTES;
    step.path().readsSlot(frame.number(), slot);
    if (!frame.isSpill(slot)) {
      return loadBytes(frame, first, size);
    }
    Reg spilled = frame.spill(slot);
    int spillSize = spillSize(frame, slot);
    if (size == Frame.SLOT_BYTES && spillSize == Frame.SLOT_BYTES) {
      return loadSpilled(frame, slot, dst);
    }
    if (!spilled.isScalar()) {
      throw denied("invalid size of register fill");
    }
    if (size <= spillSize && total % Frame.SLOT_BYTES == 0) {
      step.path().movesSlot(frame.number(), slot);
      return spilled.widthBits() > size * 8 ? spilled.unlinked() : spilled;
    }
    boolean zero = spilled.isConstant(0) && allOf(frame, first, size, Frame.SPILL);
    return zero ? Reg.constant(0) : loadBytes(frame, first, size);
  }

  private Reg loadSpilled(Frame frame, int slot, int dst) {
    Reg spilled = ScalarIds.named(step, frame.spill(slot));
    if (dst < 0 && spilled.isPointer()) {
      if (step.isStrict()) {
        throw denied("leaking pointer from stack off %d".formatted((-slot - 1) * Frame.SLOT_BYTES));
      }
      return Reg.UNKNOWN;
    }
    if (spilled != frame.spill(slot)) {
      step.state().own(frame.number()).setSpill(slot, spilled);
    }
    step.path().movesSlot(frame.number(), slot);
    return spilled;
  }

  private static int spillSize(Frame frame, int slot) {
    int size = 0;
    while (size < 8 && frame.type(slot * Frame.SLOT_BYTES + 7 - size) == Frame.SPILL) {
      size++;
    }
    return size;
  }

  private static boolean allOf(Frame frame, int first, int size, byte type) {
    for (int i = 0; i < size; i++) {
      if (frame.type(first - i) != type) {
        return false;
      }
    }
    return true;
  }

  private Reg loadBytes(Frame frame, int first, int size) {
    for (int i = 0; i < size; i++) {
      byte type = frame.type(first - i);
      boolean readable =
          type == Frame.MISC
              || type == Frame.ZERO
              || type == Frame.SPILL
              || type == Frame.INVALID && !step.isStrict();
      if (!readable) {
        throw denied("invalid read from stack off %d+%d size %d".formatted(-first - 1, i, size));
      }
    }
    return allOf(frame, first, size, Frame.ZERO) ? Reg.constant(0) : Reg.UNKNOWN;
  }

  private Reg loadVariable(int regno, Reg pointer, int total, int size) {
    if (step.isStrict()) {
      throw variableInStrict(regno, pointer);
    }
    requireInitialised(regno, pointer, total, size, false);
    Frame frame = step.state().frame(pointer.extra());
    int low = (int) pointer.var().smin() + total;
    int high = (int) pointer.var().smax() + total + size;
    boolean zero = allOf(frame, -low - 1, high - low, Frame.ZERO);
    return zero ? Reg.constant(0) : Reg.UNKNOWN;
  }

  static Rejection variableInStrict(int regno, Reg pointer) {
    return denied(
        "R%d variable stack access prohibited for !root, var_off=%s off=%d"
            .formatted(regno, RegText.tnum(pointer.var().bits()), pointer.off()));
  }

  /**
   * Requires that all bytes the access may touch can be read, and if it may write makes numbers of
   * them ({@code check_stack_range_initialized}, V-96).
   */
  void requireInitialised(int regno, Reg pointer, int total, int size, boolean clobber) {
    int low = (int) pointer.var().smin() + total;
    int high = (int) pointer.var().smax() + total + size;
    for (int off = low; off < high; off++) {
      Frame frame = step.state().frame(pointer.extra());
      int slot = (-off - 1) / Frame.SLOT_BYTES;
      byte type = frame.type(-off - 1);
      boolean plain =
          type == Frame.MISC || type == Frame.ZERO || type == Frame.INVALID && !step.isStrict();
      boolean spilled = frame.isSpill(slot) && (frame.spill(slot).isScalar() || !step.isStrict());
      if (!plain && !spilled) {
        String at =
            pointer.var().isConstant()
                ? "off " + low
                : "var_off " + RegText.tnum(pointer.var().bits());
        throw denied(
            "invalid read from stack R%d %s+%d size %d".formatted(regno, at, off - low, size));
      }
      if (clobber) {
        Frame own = step.state().own(pointer.extra());
        if (!plain) {
          scrub(own, slot);
        }
        own.setType(-off - 1, Frame.MISC);
      }
      step.path().readsSlot(pointer.extra(), slot);
      step.touchSlot(slot);
    }
  }

  /** What was a register is just bytes from now on. */
  private static void scrub(Frame frame, int slot) {
    frame.setSpill(slot, Reg.NOT_INIT);
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      int index = slot * Frame.SLOT_BYTES + j;
      if (frame.type(index) == Frame.SPILL) {
        frame.setType(index, Frame.MISC);
      }
    }
  }

  // ---- stores
  // --------------------------------------------------------------------------------------

  void store(int regno, Reg pointer, int total, int size, int source, int immediate) {
    requireInFrame(regno, pointer, total, size, true);
    if (!pointer.var().isConstant()) {
      storeVariable(regno, pointer, total, size, source, immediate);
      return;
    }
    int slot = (-total - 1) / Frame.SLOT_BYTES;
    Frame frame = step.state().own(pointer.extra());
    Reg value = source >= 0 ? step.reg(source) : null;
    requireIntact(frame, slot, size);
    step.touchSlot(slot);
    if (size == Frame.SLOT_BYTES) {
      step.path().overwritesSlot(frame.number(), slot);
    }
    boolean atSlot = total % Frame.SLOT_BYTES == 0;
    boolean address = value != null && value.isPointer();
    if (address && (value.kind().isSpillable() || step.isStrict())) { // or else an address gets out
      spillPointer(frame, slot, value, size);
    } else if (atSlot && value != null && !address) {
      spillScalar(frame, slot, source, size);
    } else if (atSlot && source == MemoryAccess.IMMEDIATE) {
      spill(frame, slot, Reg.constant(immediate), size);
    } else {
      boolean zero = isZero(value, source, immediate);
      if (zero && value != null) {
        step.path().precise(source);
      }
      scrub(frame, slot);
      for (int i = 0; i < size; i++) {
        frame.setType(-total - 1 - i, zero ? Frame.ZERO : Frame.MISC);
      }
    }
  }

  private static boolean isZero(
      @org.jspecify.annotations.Nullable Reg value, int source, int immediate) {
    return value != null ? value.isConstant(0) : source == MemoryAccess.IMMEDIATE && immediate == 0;
  }

  private void requireIntact(Frame frame, int slot, int size) {
    if (frame.isObject(slot)) {
      StackObjects.overwrite(step.state(), frame, slot);
    }
    boolean pointer = frame.isSpill(slot) && frame.spill(slot).isPointer();
    if (step.isStrict() && pointer && size != Frame.SLOT_BYTES) {
      throw denied("attempt to corrupt spilled pointer on stack");
    }
  }

  private void spillPointer(Frame frame, int slot, Reg value, int size) {
    if (size != Frame.SLOT_BYTES) {
      throw denied("invalid size of register spill");
    }
    if (frame.number() != step.state().current() && value.kind() == RegKind.STACK) {
      throw invalid("cannot spill pointers to stack into stack frame of the caller");
    }
    spill(frame, slot, value, size);
  }

  private void spillScalar(Frame frame, int slot, int source, int size) {
    Reg value = step.reg(source);
    boolean fits = value.widthBits() <= size * 8;
    if (fits) {
      value = ScalarIds.named(step, value);
      step.state().setReg(source, value);
    }
    // setReg may have made the frame private: it is the one that is written to
    spill(step.state().own(frame.number()), slot, fits ? value : value.unlinked(), size);
  }

  private void spill(Frame frame, int slot, Reg value, int size) {
    step.path().movesSlot(frame.number(), slot);
    frame.setSpill(slot, value);
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      int index = slot * Frame.SLOT_BYTES + j;
      if (j >= Frame.SLOT_BYTES - size) {
        frame.setType(index, Frame.SPILL);
      } else if (frame.type(index) != Frame.ZERO && frame.type(index) != Frame.INVALID) {
        frame.setType(index, Frame.MISC);
      }
    }
  }

  private void storeVariable(
      int regno, Reg pointer, int total, int size, int source, int immediate) {
    if (step.isStrict()) {
      throw variableInStrict(regno, pointer);
    }
    int low = (int) pointer.var().smin() + total;
    int high = (int) pointer.var().smax() + total + size;
    Frame frame = step.state().own(pointer.extra());
    Reg value = source >= 0 ? step.reg(source) : null;
    boolean zero = isZero(value, source, immediate);
    for (int off = low; off < high; off++) {
      int slot = (-off - 1) / Frame.SLOT_BYTES;
      requireIntact(frame, slot, Frame.SLOT_BYTES);
      step.touchSlot(slot);
      boolean keeps = zero && frame.type(-off - 1) == Frame.ZERO;
      boolean keepsSpill =
          zero && frame.type(-off - 1) == Frame.SPILL && frame.spill(slot).isConstant(0);
      if ((keeps || keepsSpill) && value != null) {
        step.path().precise(source);
      }
      if (!keepsSpill) {
        scrub(frame, slot);
        frame.setType(-off - 1, keeps ? Frame.ZERO : Frame.MISC);
      }
    }
  }
}
