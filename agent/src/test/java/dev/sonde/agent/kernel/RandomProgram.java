package dev.sonde.agent.kernel;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A random program on packets that both verifiers take: r6 the context, r7 64 bytes of packet, r9 a
 * value of array 0, r8 the loop's counter, r0 to r5 scalars; fp-64 to fp-1 are initialised, fp-72
 * is a key of hash 1.
 */
final class RandomProgram {
  static final int PACKET_BYTES = 64;
  static final int VALUE_BYTES = 64;
  static final int ARRAY_ENTRIES = 4;
  static final int HASH_KEYS = 8;
  private static final int KEY = -72;
  private static final int[] ALU =
      Arrays.stream(AluOp.values()).filter(AluOp::isBinary).mapToInt(AluOp::code).toArray();
  private static final int[] JUMPS =
      Arrays.stream(JumpOp.values()).mapToInt(JumpOp::code).toArray();
  private static final int[] ATOMICS = {
    Opcodes.ADD,
    Opcodes.OR,
    Opcodes.AND,
    Opcodes.XOR,
    Opcodes.ADD | 1,
    Opcodes.OR | 1,
    Opcodes.AND | 1,
    Opcodes.XOR | 1,
    Opcodes.XCHG,
    Opcodes.CMPXCHG
  };
  private static final int[] SIZES = {Opcodes.B, Opcodes.H, Opcodes.W, Opcodes.DW};

  private final SplittableRandom random;
  private final List<Insn> insns = new ArrayList<>();
  private final List<Integer> exits = new ArrayList<>();
  private final ProgramType type;
  private final int arrayIndex;
  private boolean usesHash;

  RandomProgram(long seed) {
    random = new SplittableRandom(seed);
    type = random.nextInt(4) == 0 ? ProgramType.XDP : ProgramType.SCHED_CLS;
    arrayIndex = random.nextInt(ARRAY_ENTRIES);
    make();
  }

  ProgramType type() {
    return type;
  }

  List<Insn> insns() {
    return insns;
  }

  /** Returns which slot of array 0 the program may have changed. */
  int arrayIndex() {
    return arrayIndex;
  }

  /** Returns whether the program may have changed hash 1. */
  boolean usesHash() {
    return usesHash;
  }

  private void make() {
    prologue();
    block(4 + random.nextInt(10));
    if (random.nextInt(3) == 0) {
      loop();
    }
    int more = random.nextInt(3);
    for (int i = 0; i < more; i++) {
      if (random.nextBoolean()) {
        hashOperation();
      }
      block(2 + random.nextInt(6));
    }
    int call = -1;
    if (random.nextInt(4) == 0) {
      call = insns.size();
      add(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, 0);
      scalars(1, 5);
    }
    for (int r = 1; r <= 5; r++) {
      add(random.nextBoolean() ? 0xaf : 0x0f, 0, r, 0, 0);
    }
    add(0x7b, 9, 0, 56, 0); // the whole of r0 into the value
    int end = insns.size();
    for (int exit : exits) {
      insns.set(exit, insns.get(exit).withOff(end - exit - 1));
    }
    add(Opcodes.EXIT, 0, 0, 0, 0);
    if (call >= 0) {
      insns.set(call, insns.get(call).withImm(insns.size() - call - 1));
      subprogram();
    }
  }

  private void prologue() {
    add(0xbf, 6, 1, 0, 0);
    boolean xdp = type == ProgramType.XDP;
    add(0xb7, 0, 0, 0, 0);
    add(0x61, 7, 6, xdp ? 0 : 76, 0);
    add(0x61, 2, 6, xdp ? 4 : 80, 0);
    add(0xbf, 3, 7, 0, 0);
    add(0x07, 3, 0, 0, PACKET_BYTES);
    exitIf(0x2d, 3, 2, 0);
    add(0x62, 10, 0, KEY, arrayIndex);
    mapCall(0, 1);
    exitIf(0x15, 0, 0, 0);
    add(0xbf, 9, 0, 0, 0);
    scalars(0, 5);
    for (int slot = 1; slot <= 8; slot++) {
      add(0x7b, 10, random.nextInt(6), -8 * slot, 0);
    }
  }

  private void exitIf(int opcode, int dst, int src, int imm) {
    exits.add(insns.size());
    add(opcode, dst, src, 0, imm);
  }

  /** Calls a map helper with the key at fp-72; r3 and r4 must be set where it takes them. */
  private void mapCall(int map, int helper) {
    add(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, map);
    add(0, 0, 0, 0, 0);
    add(0xbf, 2, 10, 0, 0);
    add(0x07, 2, 0, 0, KEY);
    add(Opcodes.CALL, 0, 0, 0, helper);
  }

  private void hashOperation() {
    usesHash = true;
    add(0x62, 10, 0, KEY, random.nextInt(HASH_KEYS));
    switch (random.nextInt(4)) {
      case 0 -> mapCall(1, 3);
      case 1 -> {
        mapCall(1, 1);
        add(0x15, 0, 0, 3, 0); // absent: 0
        add(0xb7, 1, 0, 0, random.nextInt());
        add(0xdb, 0, 1, 0, Opcodes.ADD);
        add(0x79, 0, 0, 0, 0);
      }
      default -> {
        add(0xbf, 3, 10, 0, 0);
        add(0x07, 3, 0, 0, -8 - 8 * random.nextInt(8));
        add(0xb7, 4, 0, 0, random.nextInt(8) == 0 ? 3 + random.nextInt(3) : random.nextInt(3));
        mapCall(1, 2);
      }
    }
    scalars(1, 5);
  }

  private void scalars(int from, int to) {
    for (int r = from; r <= to; r++) {
      switch (random.nextInt(5)) {
        case 0 -> add(0xb7, r, 0, 0, random.nextInt(64));
        case 1 -> add(0xb7, r, 0, 0, random.nextInt());
        case 2 -> load(r, 7);
        case 3 -> load(r, 9);
        default -> wide(r);
      }
    }
  }

  private void load(int register, int base) {
    int size = random.nextInt(4);
    add(
        Opcodes.LDX | Opcodes.MEM | SIZES[size],
        register,
        base,
        offset(1 << bytesLog(SIZES[size])),
        0);
  }

  private static int bytesLog(int size) {
    return switch (size) {
      case Opcodes.B -> 0;
      case Opcodes.H -> 1;
      case Opcodes.W -> 2;
      default -> 3;
    };
  }

  private void wide(int register) {
    add(Opcodes.LD_IMM64, register, 0, 0, interesting());
    add(0, 0, 0, 0, interesting());
  }

  private void subprogram() {
    add(0xb7, 0, 0, 0, random.nextInt());
    for (int i = 0; i < 6; i++) {
      alu(1 + random.nextInt(5), random.nextInt(6));
    }
    add(0x7b, 10, 2, -8, 0);
    add(0x79, 1, 10, -8, 0);
    add(0x0f, 0, 1 + random.nextInt(5), 0, 0);
    add(Opcodes.EXIT, 0, 0, 0, 0);
  }

  private void loop() {
    int trips = 1 + random.nextInt(6);
    int step = 1 + random.nextInt(4);
    add(0xb7, 8, 0, 0, 0);
    int head = insns.size();
    for (int i = random.nextInt(5); i >= 0; i--) {
      straight();
    }
    add(0x0f, random.nextInt(6), 8, 0, 0);
    add(0x07, 8, 0, 0, step);
    int opcode = random.nextBoolean() ? 0x55 : random.nextBoolean() ? 0xa5 : 0xc6;
    add(opcode, 8, 0, head - insns.size() - 1, trips * step);
    add(0xb7, 8, 0, 0, 0);
  }

  /** Straight code with jumps forward inside it. */
  private void block(int length) {
    List<Integer> jumps = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      if (random.nextInt(5) == 0) {
        jumps.add(insns.size());
        jump();
      } else {
        straight();
      }
    }
    add(0xbf, random.nextInt(6), random.nextInt(6), 0, 0);
    for (int at : jumps) {
      int off = random.nextInt(insns.size() - at - 1);
      if (insns.get(at + 1 + off).opcode() == 0) {
        off++; // never into the middle of an lddw
      }
      Insn old = insns.get(at);
      boolean far = old.opcode() == (Opcodes.JMP32 | Opcodes.JA);
      insns.set(at, far ? old.withImm(off) : old.withOff(off));
    }
  }

  private void straight() {
    int kind = random.nextInt(20);
    if (kind < 10) {
      alu(random.nextInt(6), random.nextInt(6));
    } else if (kind < 17) {
      memory();
    } else if (kind == 17) {
      ordered();
    } else {
      atomic();
    }
  }

  private void alu(int dst, int src) {
    boolean is64 = random.nextBoolean();
    int cls = is64 ? Opcodes.ALU64 : Opcodes.ALU;
    switch (random.nextInt(16)) {
      case 0 -> add(cls | Opcodes.NEG, dst, 0, 0, 0);
      case 1 -> {
        int bits = 16 << random.nextInt(3);
        add(is64 ? 0xd7 : random.nextBoolean() ? 0xd4 : 0xdc, dst, 0, 0, bits);
      }
      case 2 -> {
        int bits = 8 << random.nextInt(is64 ? 3 : 2);
        add(cls | Opcodes.MOV | Opcodes.X, dst, src, bits, 0);
      }
      case 3 -> wide(dst);
      default -> aluOf(ALU[random.nextInt(ALU.length)], cls, dst, src);
    }
  }

  private void aluOf(int operation, int cls, int dst, int src) {
    boolean division = operation == Opcodes.DIV || operation == Opcodes.MOD;
    int signed = division && random.nextBoolean() ? 1 : 0;
    if (random.nextBoolean()) {
      add(cls | operation | Opcodes.X, dst, src, signed, 0);
      return;
    }
    boolean shift =
        operation == Opcodes.LSH || operation == Opcodes.RSH || operation == Opcodes.ARSH;
    int imm = shift ? random.nextInt(cls == Opcodes.ALU64 ? 64 : 32) : interesting();
    add(cls | operation, dst, 0, signed, division && imm == 0 ? 7 : imm);
  }

  private void jump() {
    int kind = random.nextInt(24);
    if (kind == 0) {
      add(Opcodes.JMP | Opcodes.JA, 0, 0, 0, 0);
      return;
    }
    if (kind == 1) {
      add(Opcodes.JMP32 | Opcodes.JA, 0, 0, 0, 0); // gotol
      return;
    }
    int cls = random.nextBoolean() ? Opcodes.JMP : Opcodes.JMP32;
    int operation = JUMPS[random.nextInt(JUMPS.length)];
    if (random.nextBoolean()) {
      add(cls | operation | Opcodes.X, random.nextInt(6), random.nextInt(6), 0, 0);
    } else {
      add(cls | operation, random.nextInt(6), 0, 0, interesting());
    }
  }

  /** A load or store of the stack, the packet or the value. */
  private void memory() {
    int base = random.nextInt(3) == 0 ? 10 : random.nextBoolean() ? 7 : 9;
    int size = SIZES[random.nextInt(4)];
    int bytes = 1 << bytesLog(size);
    int off = base == 10 ? offset(bytes) - 64 : offset(bytes);
    switch (random.nextInt(4)) {
      case 0 -> add(Opcodes.ST | Opcodes.MEM | size, base, 0, off, interesting());
      case 1 -> add(Opcodes.STX | Opcodes.MEM | size, base, random.nextInt(6), off, 0);
      case 2 -> add(Opcodes.LDX | Opcodes.MEM | size, random.nextInt(6), base, off, 0);
      default -> {
        int mode = bytes == 8 ? Opcodes.MEM : Opcodes.MEMSX;
        add(Opcodes.LDX | mode | size, random.nextInt(6), base, off, 0);
      }
    }
  }

  private void ordered() {
    int size = SIZES[random.nextInt(4)];
    int bytes = 1 << bytesLog(size);
    boolean stack = random.nextBoolean();
    int off = stack ? offset(bytes) - 64 : offset(bytes);
    int base = stack ? 10 : 9;
    if (random.nextBoolean()) {
      add(Opcodes.STX | Opcodes.ATOMIC | size, random.nextInt(6), base, off, Opcodes.LOAD_ACQ);
    } else {
      add(Opcodes.STX | Opcodes.ATOMIC | size, base, random.nextInt(6), off, Opcodes.STORE_REL);
    }
  }

  /**
   * What is fetched from the stack goes through the value: Linux 6.18 loses track of the precision
   * of such a number, prunes wrongly and hard-wires a branch that can go both ways; of a number
   * that comes from a value it believes nothing.
   */
  private void atomic() {
    int size = random.nextBoolean() ? Opcodes.DW : Opcodes.W;
    boolean stack = random.nextBoolean();
    int bytes = 1 << bytesLog(size);
    int off = stack ? offset(bytes) - 64 : offset(bytes);
    int operation = ATOMICS[random.nextInt(ATOMICS.length)];
    int src = random.nextInt(6);
    add(Opcodes.STX | Opcodes.ATOMIC | size, stack ? 10 : 9, src, off, operation);
    if (stack && (operation & Opcodes.FETCH) != 0) {
      int fetched = operation == Opcodes.CMPXCHG ? 0 : src;
      int through = offset(8);
      add(Opcodes.STX | Opcodes.MEM | Opcodes.DW, 9, fetched, through, 0);
      add(Opcodes.LDX | Opcodes.MEM | Opcodes.DW, fetched, 9, through, 0);
    }
  }

  private int offset(int bytes) {
    return random.nextInt(PACKET_BYTES / bytes) * bytes;
  }

  private int interesting() {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(4);
      case 1 -> -random.nextInt(4);
      case 2 -> Integer.MIN_VALUE + random.nextInt(2);
      case 3 -> Integer.MAX_VALUE - random.nextInt(2);
      case 4 -> 1 << random.nextInt(31);
      default -> random.nextInt();
    };
  }

  private void add(int opcode, int dst, int src, int off, int imm) {
    insns.add(new Insn(opcode, dst, src, off, imm));
  }
}
