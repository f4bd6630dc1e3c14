package dev.sonde.vm.isa;

/** The codes of RFC 9669 and of the kernel's {@code linux/bpf.h}, under their kernel names. */
public final class Opcodes {
  // Classes: the low three bits.
  public static final int LD = 0x00;
  public static final int LDX = 0x01;
  public static final int ST = 0x02;
  public static final int STX = 0x03;
  public static final int ALU = 0x04;
  public static final int JMP = 0x05;
  public static final int JMP32 = 0x06;
  public static final int ALU64 = 0x07;

  // Source of ALU and JMP: bit 3.
  public static final int K = 0x00;
  public static final int X = 0x08;

  // Sizes: bits 3 and 4 of loads and stores.
  public static final int W = 0x00;
  public static final int H = 0x08;
  public static final int B = 0x10;
  public static final int DW = 0x18;

  // Modes: the high three bits of loads and stores.
  public static final int IMM = 0x00;
  public static final int ABS = 0x20;
  public static final int IND = 0x40;
  public static final int MEM = 0x60;
  public static final int MEMSX = 0x80;
  public static final int ATOMIC = 0xc0;

  // ALU operations: the high four bits.
  public static final int ADD = 0x00;
  public static final int SUB = 0x10;
  public static final int MUL = 0x20;
  public static final int DIV = 0x30;
  public static final int OR = 0x40;
  public static final int AND = 0x50;
  public static final int LSH = 0x60;
  public static final int RSH = 0x70;
  public static final int NEG = 0x80;
  public static final int MOD = 0x90;
  public static final int XOR = 0xa0;
  public static final int MOV = 0xb0;
  public static final int ARSH = 0xc0;
  public static final int END = 0xd0;

  // Jump operations: the high four bits.
  public static final int JA = 0x00;
  public static final int JEQ = 0x10;
  public static final int JGT = 0x20;
  public static final int JGE = 0x30;
  public static final int JSET = 0x40;
  public static final int JNE = 0x50;
  public static final int JSGT = 0x60;
  public static final int JSGE = 0x70;
  public static final int CALL_OP = 0x80;
  public static final int EXIT_OP = 0x90;
  public static final int JLT = 0xa0;
  public static final int JLE = 0xb0;
  public static final int JSLT = 0xc0;
  public static final int JSLE = 0xd0;
  public static final int JCOND = 0xe0;

  // Whole opcodes.
  public static final int LD_IMM64 = LD | IMM | DW;
  public static final int CALL = JMP | CALL_OP;
  public static final int CALLX = JMP | X | CALL_OP;
  public static final int EXIT = JMP | EXIT_OP;
  public static final int MAY_GOTO = JMP | JCOND;

  // The imm of an atomic insn.
  public static final int FETCH = 0x01;
  public static final int XCHG = 0xe0 | FETCH;
  public static final int CMPXCHG = 0xf0 | FETCH;
  public static final int LOAD_ACQ = 0x100;
  public static final int STORE_REL = 0x110;

  // The src register of an lddw. In a ResolvedProgram imm is an index, never a file descriptor.
  public static final int PSEUDO_MAP_FD = 1;
  public static final int PSEUDO_MAP_VALUE = 2;
  public static final int PSEUDO_BTF_ID = 3;
  public static final int PSEUDO_FUNC = 4;
  public static final int PSEUDO_MAP_IDX = 5;
  public static final int PSEUDO_MAP_IDX_VALUE = 6;

  // The src register of a call.
  public static final int PSEUDO_CALL = 1;
  public static final int PSEUDO_KFUNC_CALL = 2;

  // Limits of every program.
  public static final int STACK_SIZE_BYTES = 512;
  public static final int MAX_CALL_FRAMES = 8;
  public static final int MAX_TAIL_CALLS = 33;
  public static final int FRAME_POINTER = 10;
  public static final int REGISTERS = 11;

  private Opcodes() {}
}
