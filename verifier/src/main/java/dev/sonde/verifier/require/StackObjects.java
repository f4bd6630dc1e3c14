package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Dynptrs and open-coded iterators: objects in stack slots that only helpers touch ({@code
 * process_dynptr_func}, {@code process_iter_arg}, Linux 6.18): V-131, V-132.
 *
 * <p>A slot's register describes the object. A dynptr's id is what slices of it carry as their
 * refId, so that they are lost together; one that owns a ring's record has it as its own refId too.
 */
final class StackObjects {
  static final String LOCAL = "local";
  static final String RINGBUF = "ringbuf";

  /** Of a packet: its slices are lost when the packet changes. */
  static final String PACKET = "packet";

  static final int DYNPTR_SLOTS = 2;

  private final Step step;

  StackObjects(Step step) {
    this.step = step;
  }

  /** Returns the dynptr that a callback or a global function is handed: it may only be used. */
  static Reg passed() {
    return Reg.pointer(RegKind.DYNPTR, 0, LOCAL);
  }

  // ---- dynptrs
  // -------------------------------------------------------------------------------------

  /** Requires a place for a new dynptr. */
  void requireRoom(int regno) {
    Reg reg = step.reg(regno);
    if (reg.kind() == RegKind.DYNPTR) {
      throw invalid("Dynptr has to be an uninitialized dynptr");
    }
    if (!reg.var().isConstant() || !fits(reg, DYNPTR_SLOTS)) {
      throw invalid("Dynptr has to be an uninitialized dynptr");
    }
    StackMemory stack = new StackMemory(step);
    for (int i = 0; i < DYNPTR_SLOTS; i++) {
      stack.store(regno, reg, reg.off() + 8 * i, Frame.SLOT_BYTES, MemoryAccess.NOTHING, 0);
    }
  }

  /**
   * Puts a new dynptr where {@link #requireRoom} found room.
   *
   * @param original whose memory it shares, null if it has its own
   */
  void createDynptr(Reg at, String type, @Nullable Reg original) {
    boolean owns = original == null && type.equals(RINGBUF);
    int id = step.newId();
    if (owns) {
      References.acquire(step.state(), id, step.at());
    }
    Reg dynptr =
        original != null
            ? original.withId(id).withFlags(0)
            : Reg.pointer(RegKind.DYNPTR, 0, type).withId(id).withRefId(owns ? id : 0);
    Frame frame = step.state().own(at.extra());
    int slot = (-at.off() - 1) / Frame.SLOT_BYTES;
    fill(frame, slot, dynptr.withFlags(Reg.FIRST), Frame.DYNPTR);
    fill(frame, slot - 1, dynptr, Frame.DYNPTR);
  }

  /** Requires an initialised dynptr and returns it. */
  Reg requireDynptr(int regno, int index) {
    Reg reg = step.reg(regno);
    if (reg.kind() == RegKind.DYNPTR) {
      Region.requireUnmoved(regno, reg);
      return reg;
    }
    int slot = reg.kind() == RegKind.STACK ? slotOf(reg, DYNPTR_SLOTS) : -1;
    Reg dynptr = slot < 0 ? null : objectAt(reg.extra(), slot, Frame.DYNPTR);
    Reg second = slot < 1 ? null : objectAt(reg.extra(), slot - 1, Frame.DYNPTR);
    boolean whole =
        dynptr != null && dynptr.has(Reg.FIRST) && second != null && second.id() == dynptr.id();
    if (dynptr == null || !whole) {
      throw invalid("Expected an initialized dynptr as arg #%d".formatted(index));
    }
    return dynptr;
  }

  /** Requires a dynptr that owns something, which the call takes away. */
  Reg requireOwner(int regno, int index) {
    if (step.reg(regno).kind() == RegKind.DYNPTR) {
      throw invalid("cannot release unowned const bpf_dynptr");
    }
    Reg reg = step.reg(regno);
    int slot = slotOf(reg, DYNPTR_SLOTS);
    if (slot < 0 || step.state().frame(reg.extra()).spill(slot).refId() == 0) {
      throw invalid("arg %d is an unacquired reference".formatted(regno));
    }
    return requireDynptr(regno, index);
  }

  /** Empties its slots, and those of all that share its memory; slices become numbers. */
  void lose(Reg object) {
    State state = step.state();
    References.drop(state, object.refId());
    for (int f = 0; f < state.depth(); f++) {
      for (int s = 0; s < state.frame(f).slots(); s++) {
        Reg other = state.frame(f).spill(s);
        boolean shares = state.frame(f).isObject(s) && other.refId() == object.refId();
        if (shares) {
          forget(state, other.id());
          state.replaceAll(reg -> reg.refId() == other.id() ? Reg.UNKNOWN : reg);
        }
      }
    }
  }

  /** Overwrites the dynptr that {@code slot} is part of, unless it owns something. */
  static void overwrite(State state, Frame frame, int slot) {
    Reg dynptr = frame.spill(slot);
    if (frame.type(slot * Frame.SLOT_BYTES) == Frame.ITER || dynptr.refId() != 0) {
      throw invalid(
          frame.type(slot * Frame.SLOT_BYTES) == Frame.ITER
              ? "cannot overwrite an iterator"
              : "cannot overwrite referenced dynptr");
    }
    forget(state, dynptr.id());
    state.replaceAll(reg -> reg.refId() == dynptr.id() ? Reg.UNKNOWN : reg);
  }

  /** Empties the slots of all frames that hold the object of this id. */
  private static void forget(State state, int id) {
    for (int f = 0; f < state.depth(); f++) {
      for (int s = 0; s < state.frame(f).slots(); s++) {
        Frame frame = state.frame(f);
        boolean its = frame.isObject(s) && frame.spill(s).id() == id;
        if (its) {
          fill(state.own(f), s, Reg.NOT_INIT, Frame.INVALID);
        }
      }
    }
  }

  // ---- iterators
  // -----------------------------------------------------------------------------------

  /** Requires a place for a new iterator of {@code slots} slots. */
  void requireIteratorRoom(int regno, int index, String type, int slots) {
    Reg reg = step.reg(regno);
    boolean free = reg.kind() == RegKind.STACK && reg.var().isConstant() && fits(reg, slots);
    int first = (-reg.off() - 1) / Frame.SLOT_BYTES;
    for (int i = 0; free && i < slots; i++) {
      free = !step.state().frame(reg.extra()).isObject(first - i);
    }
    if (!free) {
      throw invalid("expected uninitialized iter_%s as arg #%d".formatted(type, index));
    }
    StackMemory stack = new StackMemory(step);
    for (int i = 0; i < slots; i++) {
      stack.store(regno, reg, reg.off() + 8 * i, Frame.SLOT_BYTES, MemoryAccess.NOTHING, 0);
    }
  }

  void createIterator(Reg at, String type, int slots) {
    int id = step.newId();
    References.acquire(step.state(), id, step.at());
    Reg iterator = Reg.pointer(RegKind.ITERATOR, 0, type).withId(id).withFlags(Reg.ACTIVE);
    setIterator(step.state(), at, iterator.withRefId(id), slots);
  }

  /** Requires an iterator of {@code type} and returns it. */
  Reg requireIterator(int regno, int index, String type, int slots) {
    Reg reg = step.reg(regno);
    int first = reg.kind() == RegKind.STACK ? slotOf(reg, slots) : -1;
    Reg iterator = first < 0 ? null : objectAt(reg.extra(), first, Frame.ITER);
    boolean whole = iterator != null && iterator.has(Reg.FIRST); // none is overwritten in part
    if (iterator == null || !whole || !type.equals(iterator.of())) {
      throw invalid("expected an initialized iter_%s as arg #%d".formatted(type, index));
    }
    return iterator;
  }

  /** Writes the iterator's state into all its slots. */
  static void setIterator(State state, Reg at, Reg iterator, int slots) {
    int first = (-at.off() - 1) / Frame.SLOT_BYTES;
    Frame frame = state.own(at.extra());
    for (int i = 0; i < slots; i++) {
      int flags = iterator.flags() & Reg.ACTIVE | (i == 0 ? Reg.FIRST : 0);
      fill(frame, first - i, iterator.withFlags(flags), Frame.ITER);
    }
  }

  // ---- both
  // ----------------------------------------------------------------------------------------

  /** Tells whether the slots are whole ones below the frame's top; they may lie too deep. */
  private static boolean fits(Reg reg, int slots) {
    boolean below = (-reg.off() - 1) / Frame.SLOT_BYTES + 1 >= slots;
    return below && reg.off() % Frame.SLOT_BYTES == 0;
  }

  /** Returns the slot of the object's first byte, -1 where it is not whole slots of its frame. */
  private static int slotOf(Reg reg, int slots) {
    int offset = reg.off();
    boolean inside = offset >= -Opcodes.STACK_SIZE_BYTES && offset + 8 * slots <= 0;
    boolean aligned = reg.var().isConstant() && offset % Frame.SLOT_BYTES == 0;
    return inside && aligned ? (-offset - 1) / Frame.SLOT_BYTES : -1;
  }

  private @Nullable Reg objectAt(int number, int slot, byte type) {
    Frame frame = step.state().frame(number);
    step.path().readsSlot(number, slot);
    return frame.type(slot * Frame.SLOT_BYTES) == type ? frame.spill(slot) : null;
  }

  private static void fill(Frame frame, int slot, Reg content, byte type) {
    frame.setSpill(slot, content);
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      frame.setType(slot * Frame.SLOT_BYTES + j, type);
    }
  }

  /** What a helper fills without looking must not be a dynptr. */
  void requireNone(Reg buffer, int size) {
    Frame frame = step.state().frame(buffer.extra());
    int low = buffer.off();
    for (int off = low; off < low + size; off++) {
      if (frame.type(-off - 1) == Frame.DYNPTR) {
        throw denied("potential write to dynptr at off=%d disallowed".formatted(off));
      }
    }
  }
}
