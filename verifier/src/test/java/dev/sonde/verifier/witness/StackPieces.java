package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;

/**
 * Copies of numbers by every way there is: spills and fills of all sizes at all offsets, with and
 * without sign; moves that extend; sums with constants; atomics. Each is followed by a test of one
 * copy, so that what is learnt of it must hold for those that are said to be linked with it.
 */
final class StackPieces {
  private static final int[] ATOMICS = {
    Opcodes.ADD,
    Opcodes.OR,
    Opcodes.AND,
    Opcodes.XOR,
    Opcodes.ADD | Opcodes.FETCH,
    Opcodes.OR | Opcodes.FETCH,
    Opcodes.AND | Opcodes.FETCH,
    Opcodes.XOR | Opcodes.FETCH,
    Opcodes.XCHG,
    Opcodes.CMPXCHG
  };

  private final Draft draft;

  StackPieces(Draft draft) {
    this.draft = draft;
  }

  void piece() {
    int slot = -8 * draft.random.nextInt(1, 9);
    bound();
    int spilled = draft.anyScalar();
    int size = draft.pick(Draft.SIZES);
    draft.emit(Opcodes.STX | Opcodes.MEM | size, 10, spilled, place(slot, size, 70), 0);
    int count = draft.random.nextInt(1, 5);
    for (int i = 0; i < count; i++) {
      change(slot);
    }
    test();
    if (draft.chance(50)) {
      change(slot);
      test();
    }
  }

  /** Makes some number small, as guards of real programs do, so that it fits a narrow spill. */
  private void bound() {
    if (draft.chance(50)) {
      int cls = draft.chance(50) ? Opcodes.ALU : Opcodes.ALU64;
      int mask = draft.pick(new int[] {0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff});
      draft.emit(cls | Opcodes.AND, draft.anyScalar(), 0, 0, mask);
    } else if (draft.chance(50)) {
      draft.emit(Opcodes.ALU | Opcodes.MOV | Opcodes.X, draft.anyScalar(), draft.anyScalar(), 0, 0);
    }
  }

  private int place(int slot, int size, int percentAtSlot) {
    int bytes = Draft.bytes(size);
    return draft.chance(percentAtSlot) ? slot : slot + draft.random.nextInt(8 / bytes) * bytes;
  }

  private void change(int slot) {
    int dst = draft.anyScalar();
    int src = draft.anyScalar();
    switch (draft.random.nextInt(10)) {
      case 0, 1, 2 -> fill(dst, slot);
      case 3 -> draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, dst, src, 0, 0);
      case 4 -> {
        boolean wide = draft.chance(50);
        int bits = draft.chance(30) ? 0 : 8 << draft.random.nextInt(wide ? 3 : 2);
        int cls = wide ? Opcodes.ALU64 : Opcodes.ALU;
        draft.emit(cls | Opcodes.MOV | Opcodes.X, dst, src, bits, 0);
      }
      case 5 -> {
        int cls = draft.chance(30) ? Opcodes.ALU : Opcodes.ALU64;
        draft.emit(cls | Opcodes.ADD, dst, 0, 0, draft.immediate());
      }
      case 6 -> atomic(slot);
      case 7 -> shifts(dst);
      case 8 -> store(slot);
      default -> draft.alu();
    }
  }

  private void fill(int dst, int slot) {
    int size = draft.pick(Draft.SIZES);
    boolean signed = size != Opcodes.DW && draft.chance(40);
    int mode = signed ? Opcodes.MEMSX : Opcodes.MEM;
    draft.emit(Opcodes.LDX | mode | size, dst, 10, place(slot, size, 60), 0);
  }

  private void store(int slot) {
    int size = draft.pick(Draft.SIZES);
    if (draft.chance(50)) {
      draft.emit(Opcodes.ST | Opcodes.MEM | size, 10, 0, place(slot, size, 50), draft.immediate());
    } else {
      draft.emit(Opcodes.STX | Opcodes.MEM | size, 10, draft.anyScalar(), place(slot, size, 50), 0);
    }
  }

  /** The pair of shifts that clears or extends an upper half, sometimes with a change between. */
  private void shifts(int dst) {
    draft.emit(Opcodes.ALU64 | Opcodes.LSH, dst, 0, 0, 32);
    if (draft.chance(20)) {
      draft.alu();
    }
    draft.emit(Opcodes.ALU64 | (draft.chance(70) ? Opcodes.RSH : Opcodes.ARSH), dst, 0, 0, 32);
  }

  private void atomic(int slot) {
    if (draft.chance(20)) {
      int size = draft.pick(Draft.SIZES);
      boolean loads = draft.chance(50);
      int off = place(slot, size, 60);
      int src = loads ? 10 : draft.anyScalar();
      int dst = loads ? draft.anyScalar() : 10;
      int operation = loads ? Opcodes.LOAD_ACQ : Opcodes.STORE_REL;
      draft.emit(Opcodes.STX | Opcodes.ATOMIC | size, dst, src, off, operation);
      return;
    }
    int operation = draft.pick(ATOMICS);
    if (operation == Opcodes.CMPXCHG && !draft.scalars.contains(0)) {
      return;
    }
    int size = draft.chance(50) ? Opcodes.DW : Opcodes.W;
    int off = place(slot, size, 60);
    draft.emit(Opcodes.STX | Opcodes.ATOMIC | size, 10, draft.anyScalar(), off, operation);
  }

  private void test() {
    int jump = draft.insns.size();
    draft.emitJump(draft.anyScalar(), draft.immediate());
    draft.arithmetic(draft.random.nextInt(1, 3));
    if (draft.chance(30)) {
      draft.emitJump(draft.anyScalar(), draft.immediate());
      draft.land(draft.insns.size() - 1);
    }
    draft.land(jump);
  }
}
