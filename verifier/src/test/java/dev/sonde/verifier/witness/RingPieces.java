package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;

/** Records of a ring buffer: reserved, filled and given back, by pointer or by dynptr. */
final class RingPieces {
  private final Draft draft;
  private final MapPieces maps;

  RingPieces(Draft draft, MapPieces maps) {
    this.draft = draft;
    this.maps = maps;
  }

  void record() {
    int size = 8 * draft.random.nextInt(1, 5);
    draft.loadMap(1, 2);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, size);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, 131);
    int jump = draft.insns.size();
    draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    if (draft.chance(50)) {
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, 0, -104, 0);
      maps.touch(0, size);
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 1, 10, -104, 0);
    } else {
      maps.touch(0, size);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 0, 0, 0);
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 0);
    if (draft.chance(97)) {
      draft.emit(Opcodes.CALL, 0, 0, 0, draft.chance(80) ? 132 : 133);
    }
    draft.land(jump);
    draft.scalar(0);
    if (!draft.scalars.contains(0)) {
      draft.scalars.add(0);
    }
  }

  /** A record by dynptr: reserved, written in part, given back. */
  void dynptr() {
    int size = 8 * draft.random.nextInt(1, 5);
    draft.loadMap(1, 2);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, size);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    draft.argument(4, -160);
    draft.losesScratch();
    draft.scalars.remove(Integer.valueOf(0));
    draft.emit(Opcodes.CALL, 0, 0, 0, 198);
    if (draft.chance(50)) {
      int length = draft.random.nextInt(1, size + 1);
      draft.argument(1, -160);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(8));
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, length + 8);
      draft.emit(Opcodes.CALL, 0, 0, 0, 203);
      int jump = draft.insns.size();
      draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
      maps.touch(0, length + 8);
      draft.land(jump);
    }
    if (draft.chance(50)) {
      draft.emit(
          Opcodes.ST | Opcodes.MEM | Opcodes.DW,
          10,
          0,
          draft.chance(97) ? -176 : -160,
          draft.immediate());
      draft.argument(1, -160);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(8));
      draft.argument(3, -176);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, draft.random.nextInt(1, 9));
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 5, 0, 0, 0);
      draft.emit(Opcodes.CALL, 0, 0, 0, 202);
    }
    if (draft.chance(30)) {
      PacketPieces.slice(draft, maps, -160, -176, draft.random.nextInt(1, 17), false);
    }
    draft.argument(1, -160);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 0);
    if (draft.chance(97)) {
      draft.emit(Opcodes.CALL, 0, 0, 0, draft.chance(80) ? 199 : 200);
    }
    draft.scalar(0);
    draft.scalars.add(0);
  }
}
