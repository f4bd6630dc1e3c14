package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;

/** Loops that helpers turn: bpf_loop, bpf_for_each_map_elem, and the iterator over bits. */
final class CallbackPieces {
  private static final int CELL = -184;
  private static final int BITS = -200;

  private record Use(int at, boolean ofMap) {}

  private final Draft draft;
  private final int greatestTrips;
  private final List<Use> uses = new ArrayList<>();

  CallbackPieces(Draft draft, int greatestTrips) {
    this.draft = draft;
    this.greatestTrips = greatestTrips;
  }

  void piece() {
    boolean ofMap = draft.chance(40);
    draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, CELL, draft.immediate());
    if (ofMap) {
      draft.loadMap(1, draft.random.nextInt(2));
    } else if (draft.chance(80)) {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 1, 0, 0, draft.random.nextInt(greatestTrips));
    } else {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, draft.anyScalar(), 0, 0);
      draft.emit(Opcodes.ALU64 | Opcodes.AND, 1, 0, 0, 63);
    }
    uses.add(new Use(draft.insns.size(), ofMap));
    draft.emit(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 0);
    draft.emit(0, 0, 0, 0, 0);
    draft.argument(3, CELL);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, 0);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, ofMap ? 164 : 181);
    draft.scalar(0);
    int loaded = draft.anyScalar();
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, loaded, 10, CELL, 0);
    if (!draft.scalars.contains(0)) {
      draft.scalars.add(0);
    }
  }

  /** Appends the functions that the loops call. */
  void bodies() {
    for (Use use : uses) {
      Insn load = draft.insns.get(use.at);
      int distance = draft.insns.size() - use.at - 1;
      draft.insns.set(
          use.at, new Insn(load.opcode(), load.dst(), load.src(), load.off(), distance));
      body(use.ofMap ? 4 : 2, use.ofMap);
    }
  }

  private void body(int cell, boolean ofMap) {
    draft.scalars.clear();
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, cell, 0, 0);
    if (ofMap) {
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, 7, 2, draft.chance(97) ? 0 : 4, 0);
      int off = 8 * draft.random.nextInt(3);
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 3, off, 0);
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, draft.chance(97) ? 3 : 2, 7, 0, 0);
    } else {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 1, 0, 0);
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 6, 0, 0);
    }
    draft.scalars.addAll(List.of(7, 8));
    if (draft.chance(50)) {
      new StackPieces(draft).piece();
    }
    draft.arithmetic(draft.random.nextInt(1, 4));
    if (draft.chance(70)) {
      int size = draft.pick(Draft.SIZES);
      draft.emit(Opcodes.STX | Opcodes.MEM | size, 6, draft.anyScalar(), 0, 0);
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, 0);
    if (draft.chance(30)) {
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
