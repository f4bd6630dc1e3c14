package dev.sonde.verifier.witness;

import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;

/**
 * Functions that helpers call: by bpf_loop, bpf_for_each_map_elem, bpf_user_ringbuf_drain and
 * timers; and the iterator over bits.
 */
final class CallbackPieces {
  private static final int CELL = -184;
  private static final int BITS = -200;
  private static final int[] CALLING = {
    Helpers.LOOP, Helpers.LOOP, Helpers.FOR_EACH_MAP_ELEM, Helpers.USER_RINGBUF_DRAIN
  };

  /**
   * @param at the insn that loads the function
   * @param helper the helper that calls it
   */
  private record Use(int at, int helper) {}

  private final Draft draft;
  private final MapPieces maps;
  private final int greatestTrips;
  private final List<Use> uses = new ArrayList<>();

  CallbackPieces(Draft draft, MapPieces maps, int greatestTrips) {
    this.draft = draft;
    this.maps = maps;
    this.greatestTrips = greatestTrips;
  }

  void piece() {
    int helper = draft.pick(CALLING);
    draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, CELL, draft.immediate());
    if (helper == Helpers.FOR_EACH_MAP_ELEM) {
      draft.loadMap(1, draft.random.nextInt(2));
    } else if (helper == Helpers.USER_RINGBUF_DRAIN) {
      draft.loadMap(1, Resources.USER_RING);
    } else if (draft.chance(80)) {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 1, 0, 0, draft.random.nextInt(greatestTrips));
    } else {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, draft.anyScalar(), 0, 0);
      draft.emit(Opcodes.ALU64 | Opcodes.AND, 1, 0, 0, 63);
    }
    loadFunction(helper);
    draft.argument(3, CELL);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, 0);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, helper);
    draft.scalar(0);
    int loaded = draft.anyScalar();
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, loaded, 10, CELL, 0);
    if (!draft.scalars.contains(0)) {
      draft.scalars.add(0);
    }
  }

  /** {@code bpf_timer_set_callback(r1, function)}. */
  void timer() {
    loadFunction(Helpers.TIMER_SET_CALLBACK);
    draft.emit(Opcodes.CALL, 0, 0, 0, Helpers.TIMER_SET_CALLBACK);
  }

  private void loadFunction(int helper) {
    uses.add(new Use(draft.insns.size(), helper));
    draft.emit(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 0);
    draft.emit(0, 0, 0, 0, 0);
  }

  /** Appends the functions that are called. */
  void bodies() {
    for (Use use : uses) {
      Insn load = draft.insns.get(use.at);
      int distance = draft.insns.size() - use.at - 1;
      draft.insns.set(
          use.at, new Insn(load.opcode(), load.dst(), load.src(), load.off(), distance));
      draft.scalars.clear();
      switch (use.helper) {
        case Helpers.FOR_EACH_MAP_ELEM -> ofElement(0, true);
        case Helpers.TIMER_SET_CALLBACK -> ofElement(Resources.FIELDS_DATA_OFFSET, false);
        case Helpers.USER_RINGBUF_DRAIN -> ofRecord();
        default -> ofTurn();
      }
      work(use.helper != Helpers.TIMER_SET_CALLBACK);
    }
  }

  private void ofTurn() {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 2, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 1, 0, 0);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 6, 0, 0);
    draft.scalars.addAll(List.of(7, 8));
  }

  /** r1 is the map, r2 the key, r3 the value, r4 perhaps the caller's cell. */
  private void ofElement(int dataOffset, boolean hasCell) {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, hasCell ? 4 : 10, 0, 0);
    if (!hasCell) {
      draft.emit(Opcodes.ALU64 | Opcodes.ADD, 6, 0, 0, -8);
      draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -8, draft.immediate());
    }
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, 7, 2, draft.chance(97) ? 0 : 4, 0);
    int off = dataOffset + 8 * draft.random.nextInt(3);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 3, off, 0);
    int written = draft.chance(97) ? 3 : 2;
    draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, written, 7, dataOffset, 0);
    draft.scalars.addAll(List.of(7, 8));
  }

  /** r1 is a dynptr, r2 the caller's cell. */
  private void ofRecord() {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 2, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 9, 1, 0, 0);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 7, 6, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 8, 0, 0, draft.immediate());
    draft.scalars.addAll(List.of(7, 8));
    switch (draft.random.nextInt(3)) {
      case 0 -> { // bpf_dynptr_read
        draft.argument(1, -16);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 8);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, 9, 0, 0);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, draft.random.nextInt(9));
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 5, 0, 0, 0);
        draft.emit(Opcodes.CALL, 0, 0, 0, 201);
        draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 10, -16, 0);
      }
      case 1 -> { // bpf_dynptr_data or a slice
        int size = draft.random.nextInt(1, 17);
        boolean data = draft.chance(40);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 9, 0, 0);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(4));
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, data ? size : 0);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, size);
        draft.emit(
            Opcodes.CALL, 0, data ? 0 : Opcodes.PSEUDO_KFUNC_CALL, 0, data ? 203 : Resources.SLICE);
        int jump = draft.insns.size();
        draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
        int off = draft.random.nextInt(size) + (draft.chance(97) ? 0 : 1);
        draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.B, 7, 0, off, 0);
        draft.land(jump);
      }
      default -> { // bpf_dynptr_size
        draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 9, 0, 0);
        draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, Resources.DYNPTR_SIZE);
        draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 8, 0, 0, 0);
      }
    }
  }

  /** r6 is 8 bytes of some stack; ends with 0, or 1 where that ends the loop. */
  private void work(boolean mayStop) {
    if (draft.chance(50)) {
      new StackPieces(draft).piece();
    }
    draft.arithmetic(draft.random.nextInt(1, 4));
    if (draft.chance(70)) {
      int size = draft.pick(Draft.SIZES);
      draft.emit(Opcodes.STX | Opcodes.MEM | size, 6, draft.anyScalar(), 0, 0);
    }
    if (draft.chance(20)) {
      maps.directValue();
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, 0);
    if (draft.chance(mayStop ? 30 : 2)) {
      int jump = draft.insns.size();
      draft.emitJump(7, draft.immediate());
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, draft.chance(95) ? 1 : 2);
      draft.land(jump);
    }
    draft.emit(Opcodes.EXIT, 0, 0, 0, 0);
  }

  /** Kfuncs 3 to 5: an iterator over the bits that are set. */
  void bits() {
    draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, draft.anyScalar(), CELL, 0);
    draft.argument(1, BITS);
    draft.argument(2, CELL);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 1);
    draft.losesScratch();
    draft.scalars.remove(Integer.valueOf(0));
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 3);
    int head = draft.insns.size();
    draft.argument(1, BITS);
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 4);
    int jump = draft.insns.size();
    draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, 7, 0, 0, 0);
    draft.arithmetic(draft.random.nextInt(1, 3));
    draft.emit(Opcodes.JMP | Opcodes.JA, 0, 0, head - draft.insns.size() - 1, 0);
    draft.land(jump);
    draft.argument(1, BITS);
    if (draft.chance(97)) {
      draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 5);
    }
    draft.scalar(0);
    draft.scalars.add(0);
  }
}
