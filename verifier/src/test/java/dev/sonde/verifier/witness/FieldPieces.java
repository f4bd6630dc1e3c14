package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;

/** What only helpers may touch in a map's value: spin locks and timers. */
final class FieldPieces {
  private static final int KEY = -292;
  private static final int VALUE = -304;
  private static final int OTHER = -312;
  private static final int LOCK = 93;
  private static final int UNLOCK = 94;
  private static final int TIMER_INIT = 169;
  private static final int TIMER_START = 171;
  private static final int TIMER_CANCEL = 172;

  private final Draft draft;
  private final MapPieces maps;
  private final CallbackPieces callbacks;

  FieldPieces(Draft draft, MapPieces maps, CallbackPieces callbacks) {
    this.draft = draft;
    this.maps = maps;
    this.callbacks = callbacks;
  }

  void piece() {
    int jump = value(VALUE);
    if (draft.chance(60)) {
      locked();
    } else {
      timer();
    }
    if (jump >= 0) {
      draft.land(jump);
    }
    draft.scalar(0);
    draft.scalars.add(0);
  }

  /** Keeps a value's address in {@code slot}; returns the jump for where there is none, or -1. */
  private int value(int slot) {
    draft.losesScratch();
    draft.scalars.remove(Integer.valueOf(0));
    if (draft.chance(25)) {
      draft.emit(Opcodes.LD_IMM64, 0, Opcodes.PSEUDO_MAP_VALUE, 0, Resources.FIELDS);
      draft.emit(0, 0, 0, 0, 0);
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, 0, slot, 0);
      return -1;
    }
    if (draft.chance(50)) {
      draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.W, 10, 0, KEY, draft.random.nextInt(4));
    } else {
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, 10, 7, KEY, 0);
    }
    draft.loadMap(1, Resources.FIELDS);
    draft.argument(2, KEY);
    draft.emit(Opcodes.CALL, 0, 0, 0, 1);
    int jump = draft.insns.size();
    draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, 0, slot, 0);
    return jump;
  }

  private void load(int register, int slot, int offset) {
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, register, 10, slot, 0);
    if (offset != 0) {
      draft.emit(Opcodes.ALU64 | Opcodes.ADD, register, 0, 0, offset);
    }
  }

  private void locked() {
    int other = -1;
    boolean two = draft.chance(8);
    if (two) {
      other = value(OTHER);
    }
    load(1, VALUE, Resources.LOCK_OFFSET);
    draft.emit(Opcodes.CALL, 0, 0, 0, LOCK);
    load(4, VALUE, draft.chance(97) ? Resources.FIELDS_DATA_OFFSET : Resources.TIMER_OFFSET);
    maps.touch(4, Resources.FIELDS_VALUE_BYTES - Resources.FIELDS_DATA_OFFSET);
    if (draft.chance(3)) {
      draft.emit(Opcodes.CALL, 0, 0, 0, 7);
    }
    if (draft.chance(40)) {
      int jump = draft.insns.size();
      draft.emitJump(7, draft.immediate());
      load(1, VALUE, Resources.LOCK_OFFSET);
      draft.emit(Opcodes.CALL, 0, 0, 0, UNLOCK);
      draft.emit(Opcodes.JMP | Opcodes.JA, 0, 0, 0, 0);
      int done = draft.insns.size() - 1;
      draft.land(jump);
      unlock(two);
      draft.land(done);
    } else {
      unlock(two);
    }
    if (other >= 0) {
      draft.land(other);
    }
  }

  private void unlock(boolean other) {
    draft.arithmetic(draft.random.nextInt(2));
    load(1, other && draft.chance(50) ? OTHER : VALUE, Resources.LOCK_OFFSET);
    if (draft.chance(98)) {
      draft.emit(Opcodes.CALL, 0, 0, 0, UNLOCK);
    }
  }

  private void timer() {
    load(1, VALUE, draft.chance(97) ? Resources.TIMER_OFFSET : Resources.FIELDS_DATA_OFFSET);
    draft.loadMap(2, draft.chance(98) ? Resources.FIELDS : Resources.ARRAY);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 1);
    draft.emit(Opcodes.CALL, 0, 0, 0, TIMER_INIT);
    load(1, VALUE, Resources.TIMER_OFFSET);
    callbacks.timer();
    load(1, VALUE, Resources.TIMER_OFFSET);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.immediate());
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    draft.emit(Opcodes.CALL, 0, 0, 0, TIMER_START);
    if (draft.chance(30)) {
      load(1, VALUE, Resources.TIMER_OFFSET);
      draft.emit(Opcodes.CALL, 0, 0, 0, TIMER_CANCEL);
    }
  }
}
