package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A program that is being made up: its insns so far, and which registers hold numbers. */
final class Draft {
  static final int[] SIZES = {Opcodes.B, Opcodes.H, Opcodes.W, Opcodes.DW};
  private static final int[] ALU = Arrays.stream(AluOp.values()).mapToInt(AluOp::code).toArray();
  private static final int[] JUMPS =
      Arrays.stream(JumpOp.values()).mapToInt(JumpOp::code).toArray();
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

  final SplittableRandom random;
  final ContextLoads context;
  final List<Insn> insns = new ArrayList<>();
  final List<Integer> scalars = new ArrayList<>();

  Draft(SplittableRandom random, ContextLoads context) {
    this.random = random;
    this.context = context;
  }

  void emit(int opcode, int dst, int src, int off, int imm) {
    insns.add(new Insn(opcode, dst, src, off, imm));
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  int pick(int[] values) {
    return values[random.nextInt(values.length)];
  }

  int anyScalar() {
    return scalars.get(random.nextInt(scalars.size()));
  }

  int immediate() {
    return chance(70) ? pick(IMMEDIATES) : random.nextInt() >> random.nextInt(32);
  }

  void scalar(int register) {
    switch (random.nextInt(4)) {
      case 0 -> emit(Opcodes.ALU64 | Opcodes.MOV, register, 0, 0, immediate());
      case 1 -> {
        emit(Opcodes.LD_IMM64, register, 0, 0, immediate());
        emit(0, 0, 0, 0, immediate());
      }
      default -> context.load(this, register);
    }
  }

  static int bytes(int size) {
    return switch (size) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  void arithmetic(int count) {
    for (int i = 0; i < count; i++) {
      alu();
    }
  }

  void alu() {
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

  int offset(int operation, boolean wide, boolean register) {
    if (operation == Opcodes.DIV || operation == Opcodes.MOD) {
      return random.nextInt(2);
    }
    boolean extends_ = operation == Opcodes.MOV && register && chance(40);
    return extends_ ? 8 << random.nextInt(wide ? 3 : 2) : 0;
  }

  int operand(int operation, boolean wide) {
    return switch (operation) {
      case Opcodes.LSH, Opcodes.RSH, Opcodes.ARSH -> random.nextInt(wide ? 64 : 32);
      case Opcodes.DIV, Opcodes.MOD -> immediate() | 1;
      default -> immediate();
    };
  }

  void emitJump(int register, int immediate) {
    int cls = random.nextBoolean() ? Opcodes.JMP : Opcodes.JMP32;
    if (chance(60)) {
      emit(cls | pick(JUMPS), register, 0, 0, immediate);
    } else {
      emit(cls | pick(JUMPS) | Opcodes.X, register, anyScalar(), 0, 0);
    }
  }

  /** Makes the jump at {@code from} land here. */
  void land(int from) {
    Insn jump = insns.get(from);
    insns.set(
        from, new Insn(jump.opcode(), jump.dst(), jump.src(), insns.size() - from - 1, jump.imm()));
  }

  void losesScratch() {
    scalars.remove(Integer.valueOf(2));
  }

  void loadMap(int register, int map) {
    emit(Opcodes.LD_IMM64, register, Opcodes.PSEUDO_MAP_FD, 0, map);
    emit(0, 0, 0, 0, 0);
  }

  void argument(int register, int slot) {
    emit(Opcodes.ALU64 | Opcodes.MOV | Opcodes.X, register, 10, 0, 0);
    emit(Opcodes.ALU64 | Opcodes.ADD, register, 0, 0, slot);
  }
}
