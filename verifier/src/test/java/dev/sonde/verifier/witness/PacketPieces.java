package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;

/**
 * Packets: pointers that are compared with the packet's end in every order, moved by numbers and
 * compared again; copies through helpers; slices; helpers after which no pointer is left.
 */
final class PacketPieces {
  private static final int PACKET = 4; // registers
  private static final int END = 5;
  private static final int DYNPTR = -224;
  private static final int CLONE = -240;
  private static final int BUFFER = -272;
  private static final int BUFFER_BYTES = 32;
  private static final int SAVED = -280;
  private static final int[] SCHED_CLS_CHANGES = {38, 39, 43};
  private static final int[] XDP_CHANGES = {44, 54, 65};

  private final Draft draft;
  private final MapPieces maps;

  PacketPieces(Draft draft, MapPieces maps) {
    this.draft = draft;
    this.maps = maps;
  }

  void piece() {
    switch (draft.random.nextInt(10)) {
      case 0, 1, 2, 3 -> direct();
      case 4 -> metadata();
      case 5, 6 -> sliced();
      case 7 -> copied();
      case 8 -> changed();
      default -> classic();
    }
  }

  private void loadPointers(int start, int end) {
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, PACKET, 6, start, 0);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, END, 6, end, 0);
  }

  /** {@code if (data + n > data_end) skip; touch data[0 .. n)}. */
  private void direct() {
    loadPointers(draft.context.dataOffset, draft.context.endOffset);
    if (draft.chance(40)) {
      move(PACKET);
    }
    int proved = draft.random.nextInt(1, 40);
    bounded(proved, draft.chance(50));
  }

  private void metadata() {
    loadPointers(draft.context.metaOffset, draft.context.dataOffset);
    bounded(draft.random.nextInt(1, 20), false);
  }

  /** Adds a number that is known to be small, or takes one away. */
  private void move(int pointer) {
    int index = draft.pick(new int[] {7, 8});
    int mask = draft.pick(new int[] {1, 7, 15, 63, 255, 0xffff});
    int cls = draft.chance(50) ? Opcodes.ALU : Opcodes.ALU64;
    draft.emit(cls | Opcodes.AND, index, 0, 0, mask);
    int operation = draft.chance(90) ? Opcodes.ADD : Opcodes.SUB;
    draft.emit(Opcodes.ALU64 | operation | Opcodes.X, pointer, index, 0, 0);
  }

  private void bounded(int proved, boolean goesOn) {
    int skip = compare(proved);
    access(proved);
    if (draft.chance(30)) {
      access(proved);
    }
    if (goesOn) {
      int unproved = draft.insns.size();
      draft.emit(Opcodes.JMP | Opcodes.JA, 0, 0, 0, 0);
      draft.land(skip);
      beyond(proved);
      draft.land(unproved);
    } else {
      draft.land(skip);
    }
  }

  /** Emits a comparison of r3 = packet + proved; returns the jump that is taken where it fails. */
  private int compare(int proved) {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, PACKET, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.ADD, 3, 0, 0, proved);
    boolean fails = draft.chance(70);
    boolean reversed = draft.chance(40);
    int[] failing = reversed ? new int[] {Opcodes.JLT} : new int[] {Opcodes.JGT};
    int[] holding = reversed ? new int[] {Opcodes.JGE} : new int[] {Opcodes.JLE};
    int operation = draft.pick(fails ? failing : holding);
    if (draft.chance(20)) { // the same without the last byte: nothing is lost but precision
      operation = stricter(operation);
    }
    int left = reversed ? END : 3;
    int right = reversed ? 3 : END;
    draft.emit(Opcodes.JMP | operation | Opcodes.X, left, right, fails ? 0 : 1, 0);
    if (fails) {
      return draft.insns.size() - 1;
    }
    draft.emit(Opcodes.JMP | Opcodes.JA, 0, 0, 0, 0);
    return draft.insns.size() - 1;
  }

  private static int stricter(int operation) {
    return switch (operation) {
      case Opcodes.JGT -> Opcodes.JGE;
      case Opcodes.JGE -> Opcodes.JGT;
      case Opcodes.JLT -> Opcodes.JLE;
      default -> Opcodes.JLT;
    };
  }

  private void access(int proved) {
    int size = draft.pick(Draft.SIZES);
    int spare = proved - Draft.bytes(size);
    if (spare < 0) {
      size = Opcodes.B;
      spare = proved - 1;
    }
    int off = draft.random.nextInt(spare + 1) + (draft.chance(97) ? 0 : 1);
    maps.access(size, PACKET, off);
  }

  /** What is known where r3 lies at or beyond the end: it is moved, and asked once more. */
  private void beyond(int proved) {
    if (draft.chance(70)) {
      int operation = draft.chance(50) ? Opcodes.ADD : Opcodes.SUB;
      if (draft.chance(70)) {
        draft.emit(
            Opcodes.ALU64 | operation, 3, 0, 0, draft.random.nextInt(draft.chance(20) ? -9 : 0, 9));
      } else {
        draft.emit(Opcodes.ALU64 | Opcodes.AND, 7, 0, 0, 63);
        draft.emit(Opcodes.ALU64 | operation | Opcodes.X, 3, 7, 0, 0);
      }
    }
    int jump = draft.insns.size();
    int operation =
        draft.pick(new int[] {Opcodes.JGT, Opcodes.JGE, Opcodes.JLT, Opcodes.JLE, Opcodes.JEQ});
    draft.emit(Opcodes.JMP | operation | Opcodes.X, 3, END, 0, 0);
    draft.arithmetic(1);
    draft.land(jump);
    if (draft.chance(30)) {
      int skip = compare(proved);
      access(proved);
      draft.land(skip);
    }
  }

  /** bpf_skb_load_bytes and bpf_xdp_load_bytes, and their opposites. */
  private void copied() {
    boolean xdp = draft.context == ContextLoads.FRAME;
    boolean loads = draft.chance(60);
    int size = draft.random.nextInt(1, BUFFER_BYTES + 1);
    if (!loads || draft.chance(20)) {
      for (int off = 0; off < BUFFER_BYTES; off += 8) {
        draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, draft.anyScalar(), BUFFER + off, 0);
      }
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 6, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(16));
    draft.argument(3, BUFFER);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, size + (draft.chance(97) ? 0 : BUFFER_BYTES));
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 5, 0, 0, 0);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, xdp ? loads ? 189 : 190 : loads ? 26 : 9);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 7, 10, BUFFER, 0);
    result();
  }

  private void result() {
    if (!draft.scalars.contains(0)) {
      draft.scalars.add(0);
    }
  }

  /** A helper that may move the packet, with a pointer kept over it. */
  private void changed() {
    boolean keeps = draft.chance(60);
    if (keeps) {
      loadPointers(draft.context.dataOffset, draft.context.endOffset);
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, PACKET, SAVED, 0);
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 6, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(-16, 64));
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    draft.losesScratch();
    boolean xdp = draft.context == ContextLoads.FRAME;
    draft.emit(Opcodes.CALL, 0, 0, 0, draft.pick(xdp ? XDP_CHANGES : SCHED_CLS_CHANGES));
    result();
    if (keeps) {
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, PACKET, 10, SAVED, 0);
      if (draft.chance(10)) {
        maps.access(Opcodes.B, PACKET, 0); // what was a pointer is a number
      }
    }
    direct();
  }

  /** LD_ABS and LD_IND, which end the program where the packet does. */
  private void classic() {
    if (draft.context != ContextLoads.SOCKET_BUFFER) {
      direct();
      return;
    }
    int size = draft.pick(new int[] {Opcodes.B, Opcodes.H, Opcodes.W});
    int off = draft.chance(90) ? draft.random.nextInt(20) : draft.immediate();
    if (draft.chance(50)) {
      draft.emit(Opcodes.LD | Opcodes.ABS | size, 0, 0, 0, off);
    } else {
      draft.emit(Opcodes.LD | Opcodes.IND | size, 0, draft.pick(new int[] {7, 8}), 0, off);
    }
    draft.losesScratch();
    result();
  }

  // ---- dynptrs of the packet --------------------------------------------------------------------

  private void sliced() {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 6, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 0);
    draft.argument(3, DYNPTR);
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, Resources.FROM_PACKET);
    int dynptr = DYNPTR;
    if (draft.chance(30)) {
      draft.argument(1, DYNPTR);
      draft.argument(2, CLONE);
      draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, Resources.CLONE);
      dynptr = draft.chance(50) ? CLONE : DYNPTR;
    }
    if (draft.chance(30)) {
      draft.argument(1, dynptr);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(8));
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, draft.random.nextInt(6, 40));
      draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, Resources.ADJUST);
    }
    slice(draft, maps, dynptr, BUFFER, draft.random.nextInt(1, BUFFER_BYTES + 1), true);
    result();
  }

  /** Touches a slice of {@code size} bytes, sometimes after what takes slices away. */
  static void slice(
      Draft draft, MapPieces maps, int dynptr, int buffer, int size, boolean mayWrite) {
    boolean writes = mayWrite && draft.chance(50);
    draft.argument(1, dynptr);
    if (draft.chance(60)) {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, draft.random.nextInt(16));
    } else {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 2, 7, 0, 0);
    }
    if (draft.chance(50)) {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    } else {
      draft.argument(3, buffer);
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, size);
    draft.losesScratch();
    draft.scalars.remove(Integer.valueOf(0));
    int kfunc = writes ? Resources.SLICE_RDWR : Resources.SLICE;
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, kfunc);
    int jump = draft.insns.size();
    draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    if (writes) {
      maps.touch(0, size);
    } else {
      int width = size < 8 ? Opcodes.B : Opcodes.DW;
      int off = draft.random.nextInt(size - Draft.bytes(width) + 1) + (draft.chance(97) ? 0 : 8);
      draft.emit(Opcodes.LDX | Opcodes.MEM | width, 8, 0, off, 0);
    }
    draft.land(jump);
    draft.scalar(0);
  }
}
