package dev.sonde.probes.unwind;

import dev.sonde.vm.btf.ObjectFormatException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs the insns of a CIE and an FDE up to one address (DWARF 5, section 6.4.2, and GNU's
 * additions).
 */
final class CallFrameProgram {
  private static final int MAX_REMEMBERED = 64;

  private final DwarfCursor in;
  private final long codeFactor;
  private final long dataFactor;
  private final long target; // the address whose row is wanted
  private final FrameRow row;
  private final Deque<FrameRow> remembered = new ArrayDeque<>();
  private @Nullable FrameRow initial; // the CIE's row, for restore; null while it is made
  private long location; // where the row begins
  private long next = -1; // where the row behind it does; -1: none does

  CallFrameProgram(
      DwarfCursor in, long codeFactor, long dataFactor, long start, long target, FrameRow row) {
    this.in = in;
    this.codeFactor = codeFactor;
    this.dataFactor = dataFactor;
    this.location = start;
    this.target = target;
    this.row = row;
  }

  void runInitial(int from, int to) {
    run(from, to);
    initial = row.copy();
  }

  /** Ends where the next row would be of code behind the address. */
  void run(int from, int to) {
    in.moveTo(from);
    while (in.position() < to && step(in.u8())) {
      // the next insn
    }
  }

  private boolean step(int op) {
    int low = op & 0x3f;
    switch (op >>> 6) {
      case 1:
        return advance(low);
      case 2:
        row.set(low, FrameRow.AT_OFFSET, in.uleb() * dataFactor, null);
        return true;
      case 3:
        restore(low);
        return true;
      default:
        return extended(op);
    }
  }

  private boolean extended(int op) {
    switch (op) {
      case 0x00, 0x2d -> {} // nop; GNU_window_save, which is a toggle of aarch64's signed returns
      case 0x01 -> {
        return moveTo(in.i64());
      }
      case 0x02 -> {
        return advance(in.u8());
      }
      case 0x03 -> {
        return advance(in.u16());
      }
      case 0x04 -> {
        return advance(in.i32() & 0xffff_ffffL);
      }
      case 0x05 -> row.set(in.uleb(), FrameRow.AT_OFFSET, in.uleb() * dataFactor, null);
      case 0x06 -> restore(in.uleb());
      case 0x07 -> row.set(in.uleb(), FrameRow.UNDEFINED, 0, null);
      case 0x08 -> row.set(in.uleb(), FrameRow.SAME, 0, null);
      case 0x09 -> row.set(in.uleb(), FrameRow.IN_REGISTER, in.uleb(), null);
      case 0x0a -> remember();
      case 0x0b -> recall();
      case 0x0c -> cfa(in.uleb(), in.uleb());
      case 0x0d -> cfa(in.uleb(), row.cfaOffset);
      case 0x0e -> row.cfaOffset = in.uleb();
      case 0x0f -> row.cfaExpression = in.block(in.uleb());
      case 0x10 -> row.set(in.uleb(), FrameRow.AT_EXPRESSION, 0, in.block(in.uleb()));
      case 0x11 -> row.set(in.uleb(), FrameRow.AT_OFFSET, in.sleb() * dataFactor, null);
      case 0x12 -> cfa(in.uleb(), in.sleb() * dataFactor);
      case 0x13 -> row.cfaOffset = in.sleb() * dataFactor;
      case 0x14 -> row.set(in.uleb(), FrameRow.IS_OFFSET, in.uleb() * dataFactor, null);
      case 0x15 -> row.set(in.uleb(), FrameRow.IS_OFFSET, in.sleb() * dataFactor, null);
      case 0x16 -> row.set(in.uleb(), FrameRow.IS_EXPRESSION, 0, in.block(in.uleb()));
      case 0x2e -> in.uleb(); // GNU_args_size
      case 0x2f -> row.set(in.uleb(), FrameRow.AT_OFFSET, -in.uleb() * dataFactor, null);
      default -> throw in.bad("call frame insn", op);
    }
    return true;
  }

  private boolean advance(long delta) {
    return moveTo(location + delta * codeFactor);
  }

  private boolean moveTo(long address) {
    if (Long.compareUnsigned(address, target) > 0) {
      next = address;
      return false;
    }
    location = address;
    return true;
  }

  /** Returns where the row begins that {@link #run} ended in. */
  long rowStart() {
    return location;
  }

  /** Returns where it ends, as an unsigned number: the greatest of all when no insn says it. */
  long rowEnd() {
    return next;
  }

  private void cfa(long register, long offset) {
    row.cfaRegister = (int) Math.min(register, Integer.MAX_VALUE) & Integer.MAX_VALUE;
    row.cfaOffset = offset;
    row.cfaExpression = null;
  }

  private void restore(long register) {
    if (initial != null) {
      row.restore(register, initial);
    }
  }

  private void remember() {
    if (remembered.size() == MAX_REMEMBERED) {
      throw new ObjectFormatException(
          ".eh_frame", "remembered states", remembered.size() + 1, "at most " + MAX_REMEMBERED);
    }
    remembered.push(row.copy());
  }

  private void recall() {
    FrameRow last = remembered.poll();
    if (last == null) {
      throw new ObjectFormatException(".eh_frame", "restore_state", "none", "a remembered state");
    }
    row.take(last);
  }
}
