package dev.sonde.probes.unwind;

import dev.sonde.vm.btf.ObjectBytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How to get from one frame to its caller at one address: a row of DWARF's table (DWARF 5, section
 * 6.4.1). First the canonical frame address, then each register by it.
 */
final class FrameRow {
  // how a register of the caller is found
  static final byte SAME = 0;
  static final byte UNDEFINED = 1;
  static final byte AT_OFFSET = 2; // in memory, at CFA + value
  static final byte IS_OFFSET = 3; // CFA + value itself
  static final byte IN_REGISTER = 4;
  static final byte AT_EXPRESSION = 5;
  static final byte IS_EXPRESSION = 6;

  long from; // the addresses for which the row holds: from here
  long to; // to before here
  int cfaRegister;
  long cfaOffset;
  @Nullable ObjectBytes cfaExpression;
  final byte[] kinds;
  final long[] values;
  final @Nullable ObjectBytes[] expressions;
  boolean signalFrame;
  byte[] changed = new byte[0]; // the registers that are not SAME, once the row is complete

  FrameRow(int registers) {
    kinds = new byte[registers];
    values = new long[registers];
    expressions = new ObjectBytes[registers];
  }

  FrameRow copy() {
    FrameRow copy = new FrameRow(kinds.length);
    copy.take(this);
    return copy;
  }

  /** Says that no insn will change the row any more. */
  FrameRow complete() {
    byte[] found = new byte[kinds.length];
    int count = 0;
    for (int r = 0; r < kinds.length; r++) {
      if (kinds[r] != SAME) {
        found[count++] = (byte) r;
      }
    }
    changed = Arrays.copyOf(found, count);
    return this;
  }

  /** Becomes equal to {@code other}: restoring keeps the object that is being filled. */
  void take(FrameRow other) {
    cfaRegister = other.cfaRegister;
    cfaOffset = other.cfaOffset;
    cfaExpression = other.cfaExpression;
    signalFrame = other.signalFrame;
    System.arraycopy(other.kinds, 0, kinds, 0, kinds.length);
    System.arraycopy(other.values, 0, values, 0, values.length);
    System.arraycopy(other.expressions, 0, expressions, 0, expressions.length);
  }

  /** Registers that CFI numbers but no caller needs, as those of vectors, are passed over. */
  void set(long register, byte kind, long value, @Nullable ObjectBytes expression) {
    if (register >= 0 && register < kinds.length) {
      kinds[(int) register] = kind;
      values[(int) register] = value;
      expressions[(int) register] = expression;
    }
  }

  void restore(long register, FrameRow initial) {
    if (register >= 0 && register < kinds.length) {
      int r = (int) register;
      set(r, initial.kinds[r], initial.values[r], initial.expressions[r]);
    }
  }
}
