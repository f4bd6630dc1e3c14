package dev.sonde.verifier.transfer;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * All that is known of an execution at one insn: frames, references, locks. A copy costs little:
 * frames are shared until one side writes.
 */
public final class State {
  private Frame[] frames;
  private List<Reference> references = List.of();
  private int lockId;
  private int turns;
  private int callbackDepth;

  private State(Frame... frames) {
    this.frames = frames;
  }

  /** Returns the state at the entry of {@code subprogram}: an empty frame and nothing held. */
  public static State entry(int subprogram, CallbackKind callback) {
    return new State(Frame.enter(0, subprogram, -1, callback));
  }

  public State copy() {
    State copy = new State(frames.clone());
    for (Frame frame : frames) {
      frame.share();
    }
    copy.references = references;
    copy.lockId = lockId;
    copy.turns = turns;
    copy.callbackDepth = callbackDepth;
    return copy;
  }

  public int depth() {
    return frames.length;
  }

  /** Returns the number of the running function's frame. */
  public int current() {
    return frames.length - 1;
  }

  public Frame frame() {
    return frames[frames.length - 1];
  }

  public Frame frame(int number) {
    return frames[number];
  }

  /** Returns frame {@code number} for writing. */
  public Frame own(int number) {
    Frame frame = frames[number];
    if (frame.isShared()) {
      frame = frame.copy();
      frames[number] = frame;
    }
    return frame;
  }

  public Reg reg(int index) {
    return frame().reg(index);
  }

  public void setReg(int index, Reg reg) {
    own(current()).setReg(index, reg);
  }

  public void push(Frame frame) {
    frames = Arrays.copyOf(frames, frames.length + 1);
    frames[frames.length - 1] = frame;
  }

  public void pop() {
    frames = Arrays.copyOf(frames, frames.length - 1);
  }

  public List<Reference> references() {
    return references;
  }

  public void setReferences(List<Reference> newReferences) {
    references = List.copyOf(newReferences);
  }

  /** Returns the id of the map value whose spin lock is held, 0: none. */
  public int lockId() {
    return lockId;
  }

  public void setLockId(int id) {
    lockId = id;
  }

  /** Returns how many turns of may_goto and iterator loops the path has begun. */
  public int turns() {
    return turns;
  }

  public void setTurns(int count) {
    turns = count;
  }

  /** Returns how many callback bodies the path has entered. */
  public int callbackDepth() {
    return callbackDepth;
  }

  public void setCallbackDepth(int depth) {
    callbackDepth = depth;
  }

  /** Replaces every register and spilled register of every frame by what {@code change} says. */
  public void replaceAll(UnaryOperator<Reg> change) {
    for (int f = 0; f < frames.length; f++) {
      Frame frame = frames[f];
      for (int r = 0; r < 10; r++) {
        Reg before = frame.reg(r);
        Reg after = change.apply(before);
        if (after != before) {
          frame = own(f);
          frame.setReg(r, after);
        }
      }
      for (int s = 0; s < frame.slots(); s++) {
        Reg before = frame.spill(s);
        Reg after = before.kind() == RegKind.NOT_INIT ? before : change.apply(before);
        if (after != before) {
          frame = own(f);
          frame.setSpill(s, after);
        }
      }
    }
  }

  /** Returns frame {@code number} as the log writes it in full. */
  public String text(int number, int regMask, long slotMask) {
    StringBuilder out = new StringBuilder();
    Frame frame = frames[number];
    if (number > 0) {
      out.append(" frame").append(number).append(':');
    }
    for (int r = 0; r < 11; r++) {
      if (frame.reg(r).kind() != RegKind.NOT_INIT && (regMask & 1 << r) != 0) {
        out.append(" R").append(r).append('=');
        RegText.append(out, frame.reg(r), number);
      }
    }
    for (int s = 0; s < frame.slots(); s++) {
      if ((slotMask & 1L << s) != 0) {
        slotText(out, frame, s);
      }
    }
    if (!references.isEmpty()) {
      out.append(" refs=");
      for (Reference reference : references) {
        out.append(reference.id()).append(',');
      }
      out.setLength(out.length() - 1);
    }
    switch (frame.callback()) {
      case SYNC -> out.append(" cb");
      case ASYNC -> out.append(" async_cb");
      case NONE -> {}
    }
    return out.toString();
  }

  /** An object is written once, at its address. */
  private static void objectText(StringBuilder out, Reg object, int slot) {
    if (!object.has(Reg.FIRST)) {
      return;
    }
    out.append(" fp").append((-slot - 1) * Frame.SLOT_BYTES).append('=');
    if (object.kind() == RegKind.ITERATOR) {
      String state = object.has(Reg.ACTIVE) ? "active" : "drained";
      out.append("iter_%s(ref_id=%d,state=%s)".formatted(object.of(), object.refId(), state));
    } else {
      out.append("dynptr_").append(object.of());
      if (object.refId() != 0) {
        out.append("(ref_id=").append(object.refId()).append(')');
      }
    }
  }

  private static void slotText(StringBuilder out, Frame frame, int slot) {
    if (frame.isObject(slot)) {
      objectText(out, frame.spill(slot), slot);
      return;
    }
    StringBuilder types = new StringBuilder();
    boolean valid = false;
    boolean spilled = frame.isSpill(slot);
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      byte type = frame.type(slot * Frame.SLOT_BYTES + j);
      valid |= type != Frame.INVALID;
      if (spilled && type == Frame.SPILL) {
        break;
      }
      types.append("?rm0di".charAt(type));
    }
    if (valid) {
      out.append(" fp").append((-slot - 1) * Frame.SLOT_BYTES).append('=').append(types);
      if (spilled) {
        RegText.append(out, frame.spill(slot), frame.number());
      }
    }
  }
}
