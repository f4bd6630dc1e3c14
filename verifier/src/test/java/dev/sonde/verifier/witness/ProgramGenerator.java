package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes programs that a verifier must think about: scalars of every shape, spills, bounded indices
 * into map values, loops, subprograms, ring records. It knows which register holds what, so that
 * most are sound; a few lack a check or are mutated at random.
 *
 * <p>r6 is the context, r7 and r8 scalars, r9 a loop counter or a scalar; maps 0 (array of 64-byte
 * values), 1 (hash, 24 bytes), 2 (ring buffer) and 3 (array of one 64-byte value).
 */
final class ProgramGenerator {
  static final int ARRAY_VALUE_BYTES = 64;
  static final int HASH_VALUE_BYTES = 24;
  static final int CONTEXT_BYTES = 168;
  private static final int[] SIZES = {Opcodes.B, Opcodes.H, Opcodes.W, Opcodes.DW};
  private static final int[] ALU = {
    Opcodes.ADD, Opcodes.SUB, Opcodes.MUL, Opcodes.DIV, Opcodes.OR, Opcodes.AND, Opcodes.LSH,
    Opcodes.RSH, Opcodes.NEG, Opcodes.MOD, Opcodes.XOR, Opcodes.MOV, Opcodes.ARSH, Opcodes.END
  };
  private static final int[] JUMPS = {
    Opcodes.JEQ,
    Opcodes.JGT,
    Opcodes.JGE,
    Opcodes.JSET,
    Opcodes.JNE,
    Opcodes.JSGT,
    Opcodes.JSGE,
    Opcodes.JLT,
    Opcodes.JLE,
    Opcodes.JSLT,
    Opcodes.JSLE
  };
  private static final int[] IMMEDIATES = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    31,
    32,
    63,
    64,
    127,
    128,
    255,
    256,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    -1,
    -2,
    -8,
    -128,
    -32768
  };

  private final SplittableRandom random;
  private final List<Insn> insns = new ArrayList<>();
  private final List<Integer> scalars = new ArrayList<>();
  private int depth;
  private int subprogramAt = -1;
  private boolean inLoop;
  private final boolean global;

  ProgramGenerator(SplittableRandom random) {
    this.random = random;
    global = random.nextInt(3) == 0;
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
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 1, 0, 0);
    for (int register : new int[] {0, 2, 7, 8, 9}) {
      scalar(register);
    }
    scalars.addAll(List.of(0, 2, 7, 8, 9));
    List<Integer> calls = new ArrayList<>();
    int count = random.nextInt(3, 14);
    for (int i = 0; i < count; i++) {
      piece(calls);
    }
    scalar(0);
    emit(Opcodes.EXIT, 0, 0, 0, 0);
    if (!calls.isEmpty()) {
      subprogram(calls);
    }
    if (random.nextInt(8) == 0) {
      mutate();
    }
    return List.copyOf(insns);
  }

  private void emit(int opcode, int dst, int src, int off, int imm) {
    insns.add(new Insn(opcode, dst, src, off, imm));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private int pick(int[] values) {
    return values[random.nextInt(values.length)];
  }

  private int anyScalar() {
    return scalars.get(random.nextInt(scalars.size()));
  }

  private int immediate() {
    return chance(70) ? pick(IMMEDIATES) : random.nextInt() >> random.nextInt(32);
  }

  private void scalar(int register) {
    switch (random.nextInt(4)) {
      case 0 -> emit(Opcodes.ALU64 | Opcodes.MOV, register, 0, 0, immediate());
      case 1 -> {
        emit(Opcodes.LD_IMM64, register, 0, 0, immediate());
        emit(0, 0, 0, 0, immediate());
      }
      default -> contextLoad(register);
    }
  }

  private void contextLoad(int register) {
    int size = pick(SIZES);
    int bytes = bytes(size);
    int off = random.nextInt(CONTEXT_BYTES / bytes) * bytes;
    int mode = size != Opcodes.DW && chance(30) ? Opcodes.MEMSX : Opcodes.MEM;
    emit(Opcodes.LDX | mode | size, register, 6, off, 0);
  }

  private static int bytes(int size) {
    return switch (size) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  private void piece(List<Integer> calls) {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> arithmetic(random.nextInt(1, 6));
      case 4, 5 -> branch(calls);
      case 6 -> stack();
      case 7 -> mapValue(0, ARRAY_VALUE_BYTES);
      case 8 -> mapValue(1, HASH_VALUE_BYTES);
      case 9 -> loop();
      case 10 -> record();
      case 11 -> helper();
      case 12 -> directValue();
      case 13 -> iterator();
      case 14 -> dynptr();
      default -> call(calls);
    }
  }

  private void arithmetic(int count) {
    for (int i = 0; i < count; i++) {
      alu();
    }
  }

  private void alu() {
    boolean wide = random.nextBoolean();
    int cls = wide ? Opcodes.ALU64 : Opcodes.ALU;
    int operation = pick(ALU);
    int dst = anyScalar();
    if (operation == Opcodes.NEG) {
      emit(cls | operation, dst, 0, 0, 0);
    } else if (operation == Opcodes.END) {
      int toBigEndian = !wide && random.nextBoolean() ? Opcodes.X : 0;
      emit(cls | operation | toBigEndian, dst, 0, 0, 16 << random.nextInt(3));
    } else if (random.nextBoolean()) {
      emit(cls | operation | Opcodes.X, dst, anyScalar(), offset(operation, wide, true), 0);
    } else {
      emit(cls | operation, dst, 0, offset(operation, wide, false), operand(operation, wide));
    }
  }

  private int offset(int operation, boolean wide, boolean register) {
    if (operation == Opcodes.DIV || operation == Opcodes.MOD) {
      return random.nextInt(2);
    }
    boolean extends_ = operation == Opcodes.MOV && register && chance(40);
    return extends_ ? 8 << random.nextInt(wide ? 3 : 2) : 0;
  }

  private int operand(int operation, boolean wide) {
    return switch (operation) {
      case Opcodes.LSH, Opcodes.RSH, Opcodes.ARSH -> random.nextInt(wide ? 64 : 32);
      case Opcodes.DIV, Opcodes.MOD -> immediate() | 1;
      default -> immediate();
    };
  }

  /** Jumps over a few insns, or over a whole piece. */
  private void branch(List<Integer> calls) {
    int jump = insns.size();
    emitJump(anyScalar(), immediate());
    if (depth < 3 && chance(50)) {
      depth++;
      piece(calls);
      depth--;
    } else {
      arithmetic(random.nextInt(1, 4));
    }
    land(jump);
  }

  private void emitJump(int register, int immediate) {
    int cls = random.nextBoolean() ? Opcodes.JMP : Opcodes.JMP32;
    if (chance(60)) {
      emit(cls | pick(JUMPS), register, 0, 0, immediate);
    } else {
      emit(cls | pick(JUMPS) | Opcodes.X, register, anyScalar(), 0, 0);
    }
  }

  /** Makes the jump at {@code from} land here. */
  private void land(int from) {
    Insn jump = insns.get(from);
    insns.set(
        from, new Insn(jump.opcode(), jump.dst(), jump.src(), insns.size() - from - 1, jump.imm()));
  }

  private void stack() {
    int slot = -8 * random.nextInt(1, 9);
    emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, anyScalar(), slot, 0);
    if (chance(40)) {
      int size = pick(SIZES);
      int off = slot + random.nextInt(8 / bytes(size)) * bytes(size);
      if (random.nextBoolean()) {
        emit(Opcodes.ST | Opcodes.MEM | size, 10, 0, off, immediate());
      } else {
        emit(Opcodes.STX | Opcodes.MEM | size, 10, anyScalar(), off, 0);
      }
    }
    arithmetic(random.nextInt(3));
    int size = pick(SIZES);
    int off = slot + random.nextInt(8 / bytes(size)) * bytes(size);
    emit(Opcodes.LDX | Opcodes.MEM | size, anyScalar(), 10, off, 0);
    if (chance(25)) {
      int fetch = random.nextBoolean() ? Opcodes.FETCH : 0;
      int operation = pick(new int[] {Opcodes.ADD, Opcodes.OR, Opcodes.AND, Opcodes.XOR});
      emit(
          Opcodes.STX | Opcodes.ATOMIC | (random.nextBoolean() ? Opcodes.DW : Opcodes.W),
          10,
          anyScalar(),
          slot,
          operation | fetch);
    }
    if (chance(20)) {
      variableStack(slot);
    }
  }

  /** Touches the stack at an index that is bounded in the loop of a mask. */
  private void variableStack(int slot) {
    int index = pick(new int[] {7, 8});
    emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -72, 0);
    emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -80, 1);
    emit(Opcodes.ALU64 | Opcodes.AND, index, 0, 0, chance(90) ? 15 : 31);
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, 10, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.ADD, 3, 0, 0, chance(90) ? -80 : slot);
    emit(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 3, index, 0, 0);
    if (random.nextBoolean()) {
      emit(Opcodes.LDX | Opcodes.MEM | Opcodes.B, index, 3, 0, 0);
    } else {
      emit(Opcodes.ST | Opcodes.MEM | Opcodes.B, 3, 0, 0, immediate());
    }
  }

  private void losesScratch() {
    scalars.remove(Integer.valueOf(2));
  }

  private void loadMap(int register, int map) {
    emit(Opcodes.LD_IMM64, register, Opcodes.PSEUDO_MAP_FD, 0, map);
    emit(0, 0, 0, 0, 0);
  }

  private void mapValue(int map, int valueBytes) {
    if (chance(50)) {
      emit(Opcodes.ST | Opcodes.MEM | Opcodes.W, 10, 0, -92, random.nextInt(6));
    } else {
      emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, 10, anyScalar(), -92, 0);
    }
    loadMap(1, map);
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 2, 10, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.ADD, 2, 0, 0, -92);
    losesScratch();
    emit(Opcodes.CALL, 0, 0, 0, 1);
    scalars.remove(Integer.valueOf(0));
    int jump = insns.size();
    boolean checked = chance(96);
    if (checked) {
      emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    }
    touch(0, valueBytes);
    if (chance(30)) {
      touch(0, valueBytes);
    }
    if (checked) {
      land(jump);
    }
    scalar(0);
    scalars.add(0);
  }

  /** Reads or writes the {@code limit} bytes behind {@code pointer}, perhaps at an index. */
  private void touch(int pointer, int limit) {
    int size = pick(SIZES);
    int spare = limit - bytes(size);
    int off = random.nextInt(spare / bytes(size) + 1) * bytes(size);
    int index = pick(new int[] {7, 8});
    int skip = -1;
    if (chance(50)) {
      int room = limit - off - bytes(size);
      int bound = Integer.highestOneBit(room + 1) - 1;
      if (random.nextBoolean()) {
        int cls = random.nextBoolean() ? Opcodes.ALU64 : Opcodes.ALU;
        emit(cls | Opcodes.AND, index, 0, 0, chance(95) ? bound : bound * 2 + 1);
      } else {
        skip = insns.size();
        int jump = chance(85) ? Opcodes.JGT : Opcodes.JSGT;
        emit(Opcodes.JMP | jump, index, 0, 0, chance(95) ? room : room + 1);
      }
      emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 3, pointer, 0, 0);
      emit(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 3, index, 0, 0);
      access(size, 3, off);
    } else {
      access(size, pointer, chance(97) ? off : off + limit);
    }
    if (skip >= 0) {
      land(skip);
    }
  }

  private void access(int size, int pointer, int off) {
    switch (random.nextInt(4)) {
      case 0 -> emit(Opcodes.LDX | Opcodes.MEM | size, 7, pointer, off, 0);
      case 1 -> emit(Opcodes.LDX | Opcodes.MEM | size, 8, pointer, off, 0);
      case 2 -> emit(Opcodes.STX | Opcodes.MEM | size, pointer, 8, off, 0);
      default -> emit(Opcodes.ST | Opcodes.MEM | size, pointer, 0, off, immediate());
    }
  }

  private void directValue() {
    int off = 8 * random.nextInt(chance(95) ? 8 : 9);
    emit(Opcodes.LD_IMM64, 4, Opcodes.PSEUDO_MAP_VALUE, 0, 3);
    emit(0, 0, 0, 0, 0);
    touch(4, ARRAY_VALUE_BYTES);
    emit(Opcodes.LD_IMM64, 4, Opcodes.PSEUDO_MAP_VALUE, 0, 3);
    emit(0, 0, 0, 0, off);
    emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 7, 4, 0, 0);
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
    emit(Opcodes.ALU64 | Opcodes.MOV, 9, 0, 0, random.nextInt(-3, 6));
    int start = insns.get(head - 1).imm();
    arithmetic(random.nextInt(1, 4));
    if (chance(30)) {
      mapValue(0, ARRAY_VALUE_BYTES);
    }
    int cls = start >= 0 && chance(30) ? Opcodes.ALU : Opcodes.ALU64;
    emit(cls | Opcodes.ADD, 9, 0, 0, step);
    int jump = chance(50) ? Opcodes.JNE : chance(50) ? Opcodes.JSLT : Opcodes.JLT;
    int jumpClass = cls == Opcodes.ALU && chance(50) ? Opcodes.JMP32 : Opcodes.JMP;
    int back = head - insns.size() - 1;
    emit(jumpClass | jump, 9, 0, back, start + step * trips + (chance(97) ? 0 : 1));
    scalars.add(9);
    inLoop = false;
  }

  private void helper() {
    losesScratch();
    emit(Opcodes.CALL, 0, 0, 0, pick(new int[] {5, 7, 8, 14}));
    if (chance(50)) {
      emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 0, 0, 0);
    }
    if (!scalars.contains(0)) {
      scalars.add(0);
    }
  }

  private void record() {
    int size = 8 * random.nextInt(1, 5);
    loadMap(1, 2);
    emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, size);
    emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    losesScratch();
    emit(Opcodes.CALL, 0, 0, 0, 131);
    int jump = insns.size();
    emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    if (chance(50)) {
      emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 10, 0, -104, 0);
      touch(0, size);
      emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 1, 10, -104, 0);
    } else {
      touch(0, size);
      emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 0, 0, 0);
    }
    emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 0);
    if (chance(97)) {
      emit(Opcodes.CALL, 0, 0, 0, chance(80) ? 132 : 133);
    }
    land(jump);
    scalar(0);
    if (!scalars.contains(0)) {
      scalars.add(0);
    }
  }

  private void argument(int register, int slot) {
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, register, 10, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.ADD, register, 0, 0, slot);
  }

  /** Kfuncs 0 to 2: a number iterator that is made, walked and destroyed. */
  private void iterator() {
    if (inLoop) {
      return;
    }
    inLoop = true;
    argument(1, -144);
    emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, random.nextInt(-3, 6));
    emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, random.nextInt(-3, 20));
    losesScratch();
    scalars.remove(Integer.valueOf(0));
    emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 0);
    int head = insns.size();
    argument(1, -144);
    emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 1);
    int jump = insns.size();
    boolean checked = chance(97);
    if (checked) {
      emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
    }
    if (chance(97)) {
      emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, pick(new int[] {7, 8}), 0, 0, 0);
    } else {
      emit(Opcodes.STX | Opcodes.MEM | Opcodes.W, 0, 7, 0, 0);
    }
    arithmetic(random.nextInt(1, 4));
    if (chance(30)) {
      directValue();
    }
    emit(Opcodes.JMP | Opcodes.JA, 0, 0, head - insns.size() - 1, 0);
    if (checked) {
      land(jump);
    }
    argument(1, -144);
    if (chance(97)) {
      emit(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, 2);
    }
    scalar(0);
    scalars.add(0);
    inLoop = false;
  }

  /** A record by dynptr: reserved, written in part, given back. */
  private void dynptr() {
    int size = 8 * random.nextInt(1, 5);
    loadMap(1, 2);
    emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, size);
    emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, 0);
    argument(4, -160);
    losesScratch();
    scalars.remove(Integer.valueOf(0));
    emit(Opcodes.CALL, 0, 0, 0, 198);
    if (chance(50)) {
      int length = random.nextInt(1, size + 1);
      argument(1, -160);
      emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, random.nextInt(8));
      emit(Opcodes.ALU64 | Opcodes.MOV, 3, 0, 0, length + 8);
      emit(Opcodes.CALL, 0, 0, 0, 203);
      int jump = insns.size();
      emit(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0);
      touch(0, length + 8);
      land(jump);
    }
    if (chance(50)) {
      emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, chance(97) ? -176 : -160, immediate());
      argument(1, -160);
      emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, random.nextInt(8));
      argument(3, -176);
      emit(Opcodes.ALU64 | Opcodes.MOV, 4, 0, 0, random.nextInt(1, 9));
      emit(Opcodes.ALU64 | Opcodes.MOV, 5, 0, 0, 0);
      emit(Opcodes.CALL, 0, 0, 0, 202);
    }
    argument(1, -160);
    emit(Opcodes.ALU64 | Opcodes.MOV, 2, 0, 0, 0);
    if (chance(97)) {
      emit(Opcodes.CALL, 0, 0, 0, chance(80) ? 199 : 200);
    }
    scalar(0);
    scalars.add(0);
  }

  private void call(List<Integer> calls) {
    emit(Opcodes.ST | Opcodes.MEM | Opcodes.DW, 10, 0, -112, immediate());
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 1, 7, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 2, 10, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.ADD, 2, 0, 0, -112);
    losesScratch();
    calls.add(insns.size());
    emit(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, 0);
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
    if (global && chance(97)) {
      emit(Opcodes.JMP | Opcodes.JNE, 2, 0, 2, 0);
      emit(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, immediate());
      emit(Opcodes.EXIT, 0, 0, 0, 0);
    }
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 6, 2, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 7, 1, 0, 0);
    emit(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, 8, 2, 0, 0);
    scalars.clear();
    scalars.addAll(List.of(7, 8));
    arithmetic(random.nextInt(1, 5));
    int jump = insns.size();
    emitJump(7, immediate());
    arithmetic(2);
    emit(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 6, 8, chance(97) ? 0 : 800, 0);
    land(jump);
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, 0, 7, 0, 0);
    emit(Opcodes.EXIT, 0, 0, 0, 0);
  }

  private void mutate() {
    int at = random.nextInt(insns.size());
    Insn insn = insns.get(at);
    Insn changed =
        switch (random.nextInt(4)) {
          case 0 -> new Insn(insn.opcode(), random.nextInt(11), insn.src(), insn.off(), insn.imm());
          case 1 -> new Insn(insn.opcode(), insn.dst(), insn.src(), insn.off(), immediate());
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
