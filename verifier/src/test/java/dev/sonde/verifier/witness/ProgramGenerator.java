package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes programs that a verifier must think about: scalars of every shape, spills, bounded indices
 * into map values, loops, subprograms, ring records, packets, locks. It knows which register holds
 * what, so that most are sound; a few lack a check or are mutated at random.
 *
 * <p>r6 is the context, r7 and r8 scalars, r9 a loop counter or a scalar.
 */
final class ProgramGenerator {
  private final SplittableRandom random;
  private final Draft draft;
  private final List<Insn> insns;
  private final List<Integer> scalars;
  private final StackPieces stacks;
  private final CallbackPieces callbacks;
  private final MapPieces maps;
  private final RingPieces rings;
  private final PacketPieces packets;
  private final FieldPieces fields;
  private int depth;
  private int subprogramAt = -1;
  private boolean inLoop;
  private final boolean global;
  private final int greatestTrips;

  /**
   * @param context what kind of program it is to be
   * @param greatestTrips the most turns of a callback's or an iterator's loop
   */
  ProgramGenerator(SplittableRandom random, ContextLoads context, int greatestTrips) {
    this.random = random;
    this.greatestTrips = greatestTrips;
    draft = new Draft(random, context);
    insns = draft.insns;
    scalars = draft.scalars;
    stacks = new StackPieces(draft);
    maps = new MapPieces(draft);
    rings = new RingPieces(draft, maps);
    packets = new PacketPieces(draft, maps);
    callbacks = new CallbackPieces(draft, maps, greatestTrips);
    fields = new FieldPieces(draft, maps, callbacks);
    global = random.nextInt(3) == 0;
  }

  ContextLoads context() {
    return draft.context;
  }

  /** Tells whether the subprogram is to be proved on its own. */
  boolean isGlobal() {
    return global;
  }

  /** Returns the first insn of the subprogram, -1: none. */
  int subprogramAt() {
    return subprogramAt;
  }

  List<Insn> generate() {
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 1, 0, 0);
    for (int register : new int[] {0, 2, 7, 8, 9}) {
      draft.scalar(register);
    }
    scalars.addAll(List.of(0, 2, 7, 8, 9));
    List<Integer> calls = new ArrayList<>();
    int count = random.nextInt(3, 14);
    for (int i = 0; i < count; i++) {
      piece(calls);
    }
    draft.scalar(0);
    draft.emit(Opcodes.EXIT, 0, 0, 0, 0);
    if (!calls.isEmpty()) {
      subprogram(calls);
    }
    callbacks.bodies();
    if (random.nextInt(8) == 0) {
      mutate();
    }
    return List.copyOf(insns);
  }

  private void piece(List<Integer> calls) {
    switch (random.nextInt(draft.context.hasPacket() ? 32 : 21)) {
      case 0, 1, 2, 3 -> draft.arithmetic(random.nextInt(1, 6));
      case 4, 5 -> branch(calls);
      case 6 -> stack();
      case 7 -> maps.mapValue(Resources.ARRAY, Resources.ARRAY_VALUE_BYTES);
      case 8 -> maps.mapValue(Resources.HASH, Resources.HASH_VALUE_BYTES);
      case 9 -> loop();
      case 10 -> rings.record();
      case 11 -> helper();
      case 12 -> maps.directValue();
      case 13 -> iterator();
      case 14 -> rings.dynptr();
      case 15, 16, 17 -> stacks.piece();
      case 18 -> callbacks.piece();
      case 19 -> callbacks.bits();
      case 20 -> call(calls);
      case 21, 22, 23 -> fields.piece();
      default -> packets.piece();
    }
  }

  /** Jumps over a few insns, or over a whole piece. */
  private void branch(List<Integer> calls) {
    int jump = insns.size();
    draft.emitJump(draft.anyScalar(), draft.immediate());
    if (depth < 3 && draft.chance(50)) {
      depth++;
      piece(calls);
      depth--;
    } else {
      draft.arithmetic(random.nextInt(1, 4));
    }
    draft.land(jump);
  }

  private void stack() {
    int slot = -8 * random.nextInt(1, 9);
    draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, draft.anyScalar(), slot, 0);
    if (draft.chance(40)) {
      int size = draft.pick(Draft.SIZES);
      int off = slot + random.nextInt(8 / Draft.bytes(size)) * Draft.bytes(size);
      if (random.nextBoolean()) {
        draft.emit(Opcodes.ST | Opcodes.MEM | size, 10, 0, off, draft.immediate());
      } else {
        draft.emit(Opcodes.STX | Opcodes.MEM | size, 10, draft.anyScalar(), off, 0);
      }
    }
    draft.arithmetic(random.nextInt(3));
    int size = draft.pick(Draft.SIZES);
    int off = slot + random.nextInt(8 / Draft.bytes(size)) * Draft.bytes(size);
    draft.emit(Opcodes.LDX | Opcodes.MEM | size, draft.anyScalar(), 10, off, 0);
    if (draft.chance(25)) {
      int fetch = random.nextBoolean() ? Opcodes.FETCH : 0;
      int operation = draft.pick(new int[] {Opcodes.ADD, Opcodes.OR, Opcodes.AND, Opcodes.XOR});
      draft.emit(
          Opcodes.STX | Opcodes.ATOMIC | (random.nextBoolean() ? Opcodes.DW : Opcodes.W),
          10,
          draft.anyScalar(),
          slot,
          operation | fetch);
    }
    if (draft.chance(20)) {
      variableStack(slot);
    }
  }

  /** Touches the stack at an index that is bounded in the loop of a mask. */
  private void variableStack(int slot) {
    int index = draft.pick(new int[] {7, 8});
    draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -72, 0);
    draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -80, 1);
    draft.emit(Opcodes.ALU64 | Opcodes.AND, index, 0, 0, draft.chance(90) ? 15 : 31);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, 10, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.ADD, 3, 0, 0, draft.chance(90) ? -80 : slot);
    draft.emit(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 3, index, 0, 0);
    if (random.nextBoolean()) {
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.B, index, 3, 0, 0);
    } else {
      draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.B, 3, 0, 0, draft.immediate());
    }
  }

  private void loop() {
    if (inLoop) {
      return;
    }
    inLoop = true;
    scalars.remove(Integer.valueOf(9));
    int step = random.nextInt(1, 4);
    int trips = random.nextInt(1, 20);
    int head = insns.size() + 1;
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 9, 0, 0, random.nextInt(-3, 6));
    int start = insns.get(head - 1).imm();
    draft.arithmetic(random.nextInt(1, 4));
    if (draft.chance(30)) {
      maps.mapValue(Resources.ARRAY, Resources.ARRAY_VALUE_BYTES);
    }
    int cls = start >= 0 && draft.chance(30) ? Opcodes.ALU : Opcodes.ALU64;
    draft.emit(cls | Opcodes.ADD, 9, 0, 0, step);
    int jump = draft.chance(50) ? Opcodes.JNE : draft.chance(50) ? Opcodes.JSLT : Opcodes.JLT;
    int jumpClass = cls == Opcodes.ALU && draft.chance(50) ? Opcodes.JMP32 : Opcodes.JMP;
    int back = head - insns.size() - 1;
    draft.emit(jumpClass | jump, 9, 0, back, start + step * trips + (draft.chance(97) ? 0 : 1));
    scalars.add(9);
    inLoop = false;
  }

  private void helper() {
    draft.losesScratch();
    draft.emit(Opcodes.CALL, 0, 0, 0, draft.pick(new int[] {5, 7, 8, 14}));
    if (draft.chance(50)) {
      draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 0, 0, 0);
    }
    if (!scalars.contains(0)) {
      scalars.add(0);
    }
  }

  /** Kfuncs 0 to 2: a number iterator that is made, walked and destroyed. */
  private void iterator() {
    if (inLoop) {
      return;
    }
    inLoop = true;
    draft.argument(1, -144);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, random.nextInt(-3, 6));
    draft.emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, random.nextInt(-3, greatestTrips));
    draft.losesScratch();
    scalars.remove(Integer.valueOf(0));
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 0);
    int head = insns.size();
    draft.argument(1, -144);
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 1);
    int jump = insns.size();
    boolean checked = draft.chance(97);
    if (checked) {
      draft.emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    }
    if (draft.chance(97)) {
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, draft.pick(new int[] {7, 8}), 0, 0, 0);
    } else {
      draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, 0, 7, 0, 0);
    }
    draft.arithmetic(random.nextInt(1, 4));
    if (draft.chance(30)) {
      maps.directValue();
    }
    draft.emit(Opcodes.JMP | Opcodes.JA, 0, 0, head - insns.size() - 1, 0);
    if (checked) {
      draft.land(jump);
    }
    draft.argument(1, -144);
    if (draft.chance(97)) {
      draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 2);
    }
    draft.scalar(0);
    scalars.add(0);
    inLoop = false;
  }

  private void call(List<Integer> calls) {
    draft.emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -112, draft.immediate());
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 7, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 2, 10, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.ADD, 2, 0, 0, -112);
    draft.losesScratch();
    calls.add(insns.size());
    draft.emit(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, 0);
    if (!scalars.contains(0)) {
      scalars.add(0);
    }
  }

  /** {@code long f(long number, long *cell)}, called from all {@code calls}. */
  private void subprogram(List<Integer> calls) {
    subprogramAt = insns.size();
    for (int call : calls) {
      insns.set(call, new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, insns.size() - call - 1));
    }
    if (global && draft.chance(97)) {
      draft.emit(Opcodes.JMP | Opcodes.JNE, 2, 0, 2, 0);
      draft.emit(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, draft.immediate());
      draft.emit(Opcodes.EXIT, 0, 0, 0, 0);
    }
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 2, 0, 0);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 1, 0, 0);
    draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 2, 0, 0);
    scalars.clear();
    scalars.addAll(List.of(7, 8));
    draft.arithmetic(random.nextInt(1, 5));
    int jump = insns.size();
    draft.emitJump(7, draft.immediate());
    draft.arithmetic(2);
    draft.emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 6, 8, draft.chance(97) ? 0 : 800, 0);
    draft.land(jump);
    draft.emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 0, 7, 0, 0);
    draft.emit(Opcodes.EXIT, 0, 0, 0, 0);
  }

  private void mutate() {
    int at = random.nextInt(insns.size());
    Insn insn = insns.get(at);
    Insn changed =
        switch (random.nextInt(4)) {
          case 0 -> new Insn(insn.opcode(), random.nextInt(11), insn.src(), insn.off(), insn.imm());
          case 1 -> new Insn(insn.opcode(), insn.dst(), insn.src(), insn.off(), draft.immediate());
          case 2 ->
              new Insn(
                  insn.opcode(),
                  insn.dst(),
                  insn.src(),
                  insn.off() + random.nextInt(-9, 9),
                  insn.imm());
          default ->
              new Insn(
                  insn.opcode() ^ 1 << random.nextInt(4, 8),
                  insn.dst(),
                  insn.src(),
                  insn.off(),
                  insn.imm());
        };
    insns.set(at, changed);
  }
}
