package dev.sonde.jit;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes programs that are safe by construction and use everything but pointers in odd places: r9
 * holds the memory that the program is given, r8 counts the loop, r0 to r7 are scalars, 64 bytes of
 * stack are initialised.
 */
final class RandomProgram {
  static final int MEMORY_BYTES = 64;
  private static final int[] ALU =
      Arrays.stream(AluOp.values()).filter(AluOp::isBinary).mapToInt(AluOp::code).toArray();
  private static final int[] JUMPS =
      Arrays.stream(JumpOp.values()).mapToInt(JumpOp::code).toArray();
  private static final int[] SIZES = {Opcodes.B, Opcodes.H, Opcodes.W, Opcodes.DW};

  /** Offsets in pt_regs: the first arguments and the result. */
  private static final int[] FIELDS = {112, 104, 96, 80};

  private final SplittableRandom random;
  private final Source source;
  private final List<Insn> insns = new ArrayList<>();

  /** Where the counter of an inner loop is spilled to. */
  private static final int COUNTER = -88;

  /** Registers below this one are scalars. */
  private int scalars = 8;

  /** Where the memory comes from. */
  enum Source {
    /** The context is it; for programs that nobody verifies. */
    CONTEXT,
    /** The value of element 0 of the first map, an array. */
    MAP,
    /** As MAP, in a kprobe program that reads fields of its context besides. */
    FIELDS,
    /** The packet of a sched_cls program. */
    PACKET
  }

  private RandomProgram(long seed, Source source) {
    random = new SplittableRandom(seed);
    this.source = source;
  }

  static List<Insn> of(long seed) {
    return of(seed, Source.CONTEXT);
  }

  static List<Insn> of(long seed, Source source) {
    return new RandomProgram(seed, source).make();
  }

  private void begin() {
    switch (source) {
      case CONTEXT -> add(0xbf, 9, 1, 0, 0);
      case MAP, FIELDS -> {
        add(0xbf, 6, 1, 0, 0);
        add(0x62, 10, 0, -4, 0);
        add(0x18, 1, Opcodes.PSEUDO_MAP_FD, 0, 0);
        add(0, 0, 0, 0, 0);
        add(0xbf, 2, 10, 0, 0);
        add(0x07, 2, 0, 0, -4);
        add(0x85, 0, 0, 0, 1);
        add(0x55, 0, 0, 1, 0);
        add(0x95, 0, 0, 0, 0);
        add(0xbf, 9, 0, 0, 0);
      }
      case PACKET -> {
        add(0xb7, 0, 0, 0, 0);
        add(0x61, 9, 1, 76, 0);
        add(0x61, 2, 1, 80, 0);
        add(0xbf, 3, 9, 0, 0);
        add(0x07, 3, 0, 0, MEMORY_BYTES);
        add(0x3d, 2, 3, 1, 0);
        add(0x95, 0, 0, 0, 0);
      }
    }
  }

  private List<Insn> make() {
    begin();
    for (int r = 0; r <= 7; r++) {
      initialise(r);
    }
    for (int slot = 1; slot <= 8; slot++) {
      add(0x7b, 10, random.nextInt(8), -8 * slot, 0);
    }
    block(4 + random.nextInt(10), false);
    if (random.nextInt(3) > 0) {
      loop();
    }
    block(2 + random.nextInt(6), true);
    if (source != Source.CONTEXT) {
      share();
    }
    int loop = random.nextInt(4) == 0 ? callLoop() : -1;
    boolean calls = random.nextInt(3) == 0;
    int call = insns.size();
    if (calls) {
      add(0x85, 0, 1, 0, 0);
    }
    add(0x95, 0, 0, 0, 0);
    if (loop >= 0) {
      Insn pointer = insns.get(loop);
      int off = insns.size() - loop - 1;
      insns.set(loop, new Insn(pointer.opcode(), pointer.dst(), pointer.src(), 0, off));
      callback();
    }
    if (calls) {
      insns.set(call, new Insn(0x85, 0, 1, 0, insns.size() - call - 1));
      subprogram();
    }
    return insns;
  }

  /** Touches the stack in ways that more than a load or store of a constant place. */
  private void share() {
    int off = -8 - offset(4);
    switch (random.nextInt(4)) {
      case 0 -> { // a variable place
        add(0xbf, 6, random.nextInt(6), 0, 0);
        add(0x57, 6, 0, 0, 0x38);
        add(0xbf, 7, 10, 0, 0);
        add(0x0f, 7, 6, 0, 0);
        add(random.nextBoolean() ? 0x7b : 0x73, 7, random.nextInt(6), -64, 0);
        add(0x79, 6, 7, -64, 0);
        add(0xb7, 7, 0, 0, 1);
      }
      case 1 -> { // through a pointer that was spilled
        add(0xbf, 7, 10, 0, 0);
        add(0x07, 7, 0, 0, off);
        add(0x7b, 10, 7, -72, 0);
        add(0x79, 6, 10, -72, 0);
        add(0x63, 6, random.nextInt(6), 0, 0);
        add(0x61, 6, 6, 0, 0);
        add(0xb7, 7, 0, 0, 2);
      }
      case 2 -> { // one of two places
        add(0xbf, 7, 10, 0, 0);
        add(0x07, 7, 0, 0, -64);
        add(0x25, random.nextInt(6), 0, 1, interesting());
        add(0x07, 7, 0, 0, 8);
        add(0x7b, 7, random.nextInt(6), 0, 0);
        add(0xb7, 7, 0, 0, 3);
      }
      default -> {}
    }
    int base = random.nextInt(6);
    add(0x79, 7, 10, -8 - 8 * base, 0);
    add(0x0f, 0, 7, 0, 0);
    block(1 + random.nextInt(5), false);
    if (random.nextBoolean()) {
      lookup();
    }
  }

  /** An array's key is a number on the stack, a constant at times; what is above it is not read. */
  private void lookup() {
    int off = -4 - offset(4);
    if (random.nextBoolean()) {
      add(0x54, 6, 0, 0, 3);
      add(0x63, 10, 6, off, 0);
    }
    add(0x18, 1, Opcodes.PSEUDO_MAP_FD, 0, 0);
    add(0, 0, 0, 0, 0);
    add(0xbf, 2, 10, 0, 0);
    add(0x07, 2, 0, 0, off);
    add(0xbf, 8, 0, 0, 0);
    add(0x85, 0, 0, 0, 1);
    add(0x15, 0, 0, 2, 0);
    add(0x79, 0, 0, 8, 0);
    add(0x0f, 8, 0, 0, 0);
    add(0xbf, 0, 8, 0, 0);
    for (int r = 1; r <= 5; r++) {
      add(0xb7, r, 0, 0, r);
    }
    add(0x79, 3, 10, off == -4 ? -16 : -64, 0);
    add(0x0f, 0, 3, 0, 0);
  }

  /**
   * Has bpf_loop call a function that works on the stack of its caller.
   *
   * @return where the function's address is loaded
   */
  private int callLoop() {
    add(0x7b, 10, random.nextInt(6), -64, 0); // r0 is the loop's result now
    add(0xb7, 1, 0, 0, random.nextInt(5));
    int at = insns.size();
    add(0x18, 2, Opcodes.PSEUDO_FUNC, 0, 0);
    add(0, 0, 0, 0, 0);
    add(0xbf, 3, 10, 0, 0);
    add(0x07, 3, 0, 0, -64);
    add(0xb7, 4, 0, 0, 0);
    add(0x85, 0, 0, 0, 181);
    add(0x79, 1, 10, -64, 0);
    add(0x0f, 0, 1, 0, 0);
    add(0x79, 1, 10, -56, 0);
    add(0xaf, 0, 1, 0, 0);
    add(0xb7, 2, 0, 0, 2);
    add(0xb7, 3, 0, 0, random.nextInt());
    add(0xbf, 4, 0, 0, 0);
    add(0xb7, 5, 0, 0, 5);
    return at;
  }

  /** {@code (index, address of 16 bytes)}; may end the loop. */
  private void callback() {
    add(0x79, 3, 2, 0, 0);
    add(random.nextBoolean() ? 0x61 : 0x79, 4, 2, 8, 0);
    add(0x0f, 3, 1, 0, 0);
    aluOf(ALU[random.nextInt(ALU.length)], Opcodes.ALU64, 3, 4);
    aluOf(ALU[random.nextInt(ALU.length)], Opcodes.ALU, 4, 3);
    add(0x7b, 2, 3, 0, 0);
    add(random.nextBoolean() ? 0x63 : 0x7b, 2, 4, 8, 0);
    add(0xb7, 0, 0, 0, 0);
    add(0x25, 1, 0, 1, 1 + random.nextInt(4));
    add(0x95, 0, 0, 0, 0);
    add(0xb7, 0, 0, 0, random.nextInt(2));
    add(0x95, 0, 0, 0, 0);
  }

  /** Takes r1 to r5, of which it may read some. */
  private void subprogram() {
    add(0xb7, 0, 0, 0, random.nextInt());
    for (int i = 0; i < 6; i++) {
      alu(1 + random.nextInt(5), random.nextInt(6));
    }
    add(0x7b, 10, 2, -8, 0);
    add(0x79, 1, 10, -8, 0);
    add(0x0f, 0, 1 + random.nextInt(5), 0, 0);
    add(0x95, 0, 0, 0, 0);
  }

  private void initialise(int register) {
    if (source == Source.FIELDS && register <= 6 && random.nextBoolean()) {
      int size = SIZES[random.nextInt(4)];
      add(0x61 | size, register, 6, FIELDS[random.nextInt(FIELDS.length)], 0);
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> add(0xb7, register, 0, 0, random.nextInt(64));
      case 1 -> add(0xb7, register, 0, 0, random.nextInt());
      case 2 -> add(0x61 | SIZES[random.nextInt(4)], register, 9, offset(8), 0);
      default -> {
        add(0x18, register, 0, 0, interesting());
        add(0, 0, 0, 0, interesting());
      }
    }
  }

  private void loop() {
    int step = random.nextInt(2) == 0 ? 1 + random.nextInt(8) : -1 - random.nextInt(8);
    int trips = 1 + random.nextInt(20);
    int start = random.nextInt(200) - 100;
    add(random.nextInt(2) == 0 && start >= 0 ? 0xb4 : 0xb7, 8, 0, 0, start);
    int head = insns.size();
    block(1 + random.nextInt(6), true);
    if (random.nextInt(3) == 0) {
      innerLoop();
    }
    if (random.nextBoolean()) {
      add(0x0f, scalar(), 8, 0, 0); // the counter is used as a value
    }
    add(0x07, 8, 0, 0, step);
    if (random.nextBoolean()) {
      block(1 + random.nextInt(3), true);
    }
    int limit = start + step * trips;
    int kind = random.nextInt(3);
    int opcode = kind == 0 || step < 0 ? 0x55 : kind == 1 ? 0xc5 : 0x55; // != or signed <
    add(opcode, 8, 0, head - insns.size() - 1, limit);
    if (random.nextBoolean()) {
      add(0x0f, scalar(), 8, 0, 0);
    }
  }

  /** A loop in a loop, whose counter is r7 or lies on the stack between its turns. */
  private void innerLoop() {
    boolean spilled = random.nextBoolean();
    int trips = 1 + random.nextInt(4);
    scalars = 7;
    add(0xb7, 7, 0, 0, 0);
    if (spilled) {
      add(0x7b, 10, 7, COUNTER, 0);
      scalars = 8;
    }
    int head = insns.size();
    block(1 + random.nextInt(4), true);
    if (spilled) {
      add(0x79, 7, 10, COUNTER, 0);
    }
    add(random.nextBoolean() ? 0x07 : 0x04, 7, 0, 0, 1);
    if (spilled) {
      add(0x7b, 10, 7, COUNTER, 0);
    }
    add(random.nextBoolean() ? 0x55 : 0xa6, 7, 0, head - insns.size() - 1, trips);
    scalars = 8;
  }

  /** One register is another's copy: what a test of the one says holds for the other. */
  private void linked() {
    int one = scalar();
    int other = scalar();
    add(random.nextInt(3) == 0 ? 0xbc : 0xbf, one, other, 0, 0);
    jump(random.nextBoolean() ? one : other, 1);
    add(0x07, scalar(), 0, 0, interesting());
    aluOf(ALU[random.nextInt(ALU.length)], Opcodes.ALU, other, one);
  }

  /** Straight code with jumps forward inside it. */
  private void block(int length, boolean atomics) {
    List<Integer> jumps = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      int kind = random.nextInt(20);
      if (kind == 0) {
        linked();
      } else if (kind < 9) {
        alu(scalar(), scalar());
      } else if (kind < 12) {
        jumps.add(insns.size());
        jump(scalar(), 0);
      } else if (kind < 18 || !atomics) {
        memory();
      } else {
        atomic();
      }
    }
    add(0xbf, scalar(), scalar(), 0, 0);
    for (int at : jumps) {
      int room = insns.size() - at - 1;
      int off = random.nextInt(room);
      if (insns.get(at + 1 + off).opcode() == 0) {
        off++; // never into the middle of an lddw
      }
      Insn old = insns.get(at);
      insns.set(at, new Insn(old.opcode(), old.dst(), old.src(), off, old.imm()));
    }
  }

  private void alu(int dst, int src) {
    boolean wide = random.nextBoolean();
    int cls = wide ? Opcodes.ALU64 : Opcodes.ALU;
    int choice = random.nextInt(16);
    if (choice == 0) {
      add(cls | Opcodes.NEG, dst, 0, 0, 0);
    } else if (choice == 1) {
      int bits = 16 << random.nextInt(3);
      add(wide ? 0xd7 : random.nextBoolean() ? 0xd4 : 0xdc, dst, 0, 0, bits);
    } else if (choice == 2) {
      int bits = 8 << random.nextInt(wide ? 3 : 2);
      add(cls | Opcodes.MOV | Opcodes.X, dst, src, bits, 0);
    } else if (choice == 3) {
      add(0x18, dst, 0, 0, interesting());
      add(0, 0, 0, 0, interesting());
    } else {
      aluOf(ALU[random.nextInt(ALU.length)], cls, dst, src);
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
    int width = cls == Opcodes.ALU64 ? 64 : 32;
    int imm = shift ? random.nextInt(width) : interesting();
    add(cls | operation, dst, 0, signed, division && imm == 0 ? 7 : imm);
  }

  private void jump(int register, int off) {
    int cls = random.nextBoolean() ? Opcodes.JMP : Opcodes.JMP32;
    int operation = JUMPS[random.nextInt(JUMPS.length)];
    if (random.nextBoolean()) {
      add(cls | operation | Opcodes.X, register, scalar(), off, 0);
    } else {
      add(cls | operation, register, 0, off, interesting());
    }
  }

  private void memory() {
    boolean stack = random.nextBoolean();
    int base = stack ? 10 : 9;
    int size = random.nextInt(4);
    int bytes = 1 << size;
    int off = stack ? -64 + offset(bytes) : offset(bytes);
    int opcode = size == 0 ? 0x10 : size == 1 ? 0x08 : size == 2 ? 0 : 0x18;
    switch (random.nextInt(4)) {
      case 0 -> add(Opcodes.ST | Opcodes.MEM | opcode, base, 0, off, interesting());
      case 1 -> add(Opcodes.STX | Opcodes.MEM | opcode, base, scalar(), off, 0);
      case 2 -> add(Opcodes.LDX | Opcodes.MEM | opcode, scalar(), base, off, 0);
      default ->
          add(
              Opcodes.LDX | (bytes == 8 ? Opcodes.MEM : Opcodes.MEMSX) | opcode,
              scalar(),
              base,
              off,
              0);
    }
  }

  private void atomic() {
    int[] operations = {
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
    boolean wide = random.nextBoolean();
    boolean stack = random.nextInt(3) == 0;
    int off = offset(wide ? 8 : 4) - (stack ? MEMORY_BYTES : 0);
    int opcode = Opcodes.STX | Opcodes.ATOMIC | (wide ? Opcodes.DW : Opcodes.W);
    int operation = operations[random.nextInt(operations.length)];
    add(opcode, stack ? 10 : 9, scalar(), off, operation);
  }

  /** A register that the program may do anything with. */
  private int scalar() {
    return random.nextInt(scalars);
  }

  private int offset(int bytes) {
    return random.nextInt(MEMORY_BYTES / bytes) * bytes;
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
