package dev.sonde.probes.unwind;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import org.jspecify.annotations.Nullable;

/** One step from a native frame to its caller by a row of call frame information. */
final class NativeStep {
  private final Registers caller;

  NativeStep(Architecture architecture) {
    this.caller = new Registers(architecture);
  }

  /**
   * Turns {@code registers} into those of the caller.
   *
   * @return null when that went well; "" where the stack ends by rule; else what was missing
   */
  @Nullable String apply(FrameRow row, Registers registers, StackWindow stack) {
    try {
      return tryApply(row, registers, stack);
    } catch (ObjectFormatException notComputable) {
      return notComputable.getMessage();
    }
  }

  private @Nullable String tryApply(FrameRow row, Registers registers, StackWindow stack) {
    ObjectBytes expression = row.cfaExpression;
    if (expression == null && !registers.isKnown(row.cfaRegister)) {
      return "register " + row.cfaRegister + " has no value";
    }
    long cfa =
        expression != null
            ? DwarfExpression.evaluate(expression, registers, stack)
            : registers.get(row.cfaRegister) + row.cfaOffset;
    registers.copyTo(caller);
    for (byte r : row.changed) {
      restore(row, r, cfa, registers, stack);
    }
    Architecture machine = registers.architecture();
    int ra = machine.returnAddress();
    if (row.kinds[ra] == FrameRow.UNDEFINED) {
      return "";
    }
    if (!caller.isKnown(ra)) {
      return "the return address is beyond the copied stack";
    }
    caller.setPc(machine.codeAddress(caller.get(ra)));
    caller.forget(ra); // the caller's own return address is somewhere else
    if (row.kinds[machine.stackPointer()] == FrameRow.SAME) {
      caller.setStackPointer(cfa);
    }
    caller.copyTo(registers);
    return null;
  }

  private void restore(FrameRow row, int r, long cfa, Registers callee, StackWindow stack) {
    long value = row.values[r];
    ObjectBytes expression = row.expressions[r];
    switch (row.kinds[r]) {
      case FrameRow.AT_OFFSET -> load(r, cfa + value, callee, stack);
      case FrameRow.IS_OFFSET -> caller.set(r, cfa + value);
      case FrameRow.IN_REGISTER -> {
        if (callee.isKnown((int) value)) {
          caller.set(r, callee.get((int) value));
        } else {
          caller.forget(r);
        }
      }
      case FrameRow.AT_EXPRESSION -> {
        if (expression != null) {
          load(r, DwarfExpression.evaluate(expression, callee, stack, cfa), callee, stack);
        }
      }
      case FrameRow.IS_EXPRESSION -> {
        if (expression != null) {
          caller.set(r, DwarfExpression.evaluate(expression, callee, stack, cfa));
        }
      }
      default -> caller.forget(r);
    }
  }

  /** What lies below the stack pointer was popped: the register has its value back. */
  private void load(int register, long address, Registers callee, StackWindow stack) {
    if (stack.holds(address)) {
      caller.set(register, stack.at(address));
    } else if (address >= callee.stackPointer() || !callee.isKnown(register)) {
      caller.forget(register);
    }
  }
}
