package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;

/** Values of maps, looked up or at a known address, and accesses to memory of a known size. */
final class MapPieces {
  private final Draft draft;

  MapPieces(Draft draft) {
    this.draft = draft;
  }

  void mapValue(int map, int valueBytes) {
    if (draft.chance(50)) {
      draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.W, 10, 0, -92, draft.random.nextInt(6));
    } else {
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, 10, draft.anyScalar(), -92, 0);
    }
    draft.loadMap(1, map);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 2, 10, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.ADD, 2, 0, 0, -92);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, 1);
    draft.scalars.remove(Integer.valueOf(0));
    int jump = draft.insns.size();
    boolean checked = draft.chance(96);
    if (checked) {
      draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    }
    touch(0, valueBytes);
    if (draft.chance(30)) {
      touch(0, valueBytes);
    }
    if (checked) {
      draft.land(jump);
    }
    draft.scalar(0);
    draft.scalars.add(0);
  }

  /** Reads or writes the {@code limit} bytes behind {@code pointer}, perhaps at an index. */
  void touch(int pointer, int limit) {
    int size = draft.pick(Draft.SIZES);
    int spare = limit - Draft.bytes(size);
    int off = draft.random.nextInt(spare / Draft.bytes(size) + 1) * Draft.bytes(size);
    int index = draft.pick(new int[] {7, 8});
    int skip = -1;
    if (draft.chance(50)) {
      int room = limit - off - Draft.bytes(size);
      int bound = Integer.highestOneBit(room + 1) - 1;
      if (draft.random.nextBoolean()) {
        int cls = draft.random.nextBoolean() ? Opcodes.ALU64 : Opcodes.ALU;
        draft.emit(cls | Opcodes.AND, index, 0, 0, draft.chance(95) ? bound : bound * 2 + 1);
      } else {
        skip = draft.insns.size();
        int jump = draft.chance(85) ? Opcodes.JGT : Opcodes.JSGT;
        draft.emit(Opcodes.JMP | jump, index, 0, 0, draft.chance(95) ? room : room + 1);
      }
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, pointer, 0, 0);
      draft.emit(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 3, index, 0, 0);
      access(size, 3, off);
    } else {
      access(size, pointer, draft.chance(97) ? off : off + limit);
    }
    if (skip >= 0) {
      draft.land(skip);
    }
  }

  void access(int size, int pointer, int off) {
    switch (draft.random.nextInt(4)) {
      case 0 -> draft.emit(Opcodes.LDX | Opcodes.MEM | size, 7, pointer, off, 0);
      case 1 -> draft.emit(Opcodes.LDX | Opcodes.MEM | size, 8, pointer, off, 0);
      case 2 -> draft.emit(Opcodes.STX | Opcodes.MEM | size, pointer, 8, off, 0);
      default -> draft.emit(Opcodes.ST | Opcodes.MEM | size, pointer, 0, off, draft.immediate());
    }
  }

  void directValue() {
    int off = 8 * draft.random.nextInt(draft.chance(95) ? 8 : 9);
    draft.emit(Opcodes.LD_IMM64, 4, Opcodes.PSEUDO_MAP_VALUE, 0, 3);
    draft.emit(0, 0, 0, 0, 0);
    touch(4, Resources.ARRAY_VALUE_BYTES);
    draft.emit(Opcodes.LD_IMM64, 4, Opcodes.PSEUDO_MAP_VALUE, 0, 3);
    draft.emit(0, 0, 0, 0, off);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 7, 4, 0, 0);
  }
}
