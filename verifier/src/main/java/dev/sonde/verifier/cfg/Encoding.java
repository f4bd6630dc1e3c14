package dev.sonde.verifier.cfg;

import static dev.sonde.vm.isa.Opcodes.ALU;
import static dev.sonde.vm.isa.Opcodes.ALU64;
import static dev.sonde.vm.isa.Opcodes.DW;
import static dev.sonde.vm.isa.Opcodes.JMP;
import static dev.sonde.vm.isa.Opcodes.JMP32;
import static dev.sonde.vm.isa.Opcodes.X;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;

/** Which opcodes exist ({@code bpf_opcode_in_insntable}, Linux 6.18). */
final class Encoding {
  private static final boolean[] KNOWN = new boolean[256];

  static {
    for (AluOp op : AluOp.values()) {
      if (op.isBinary()) {
        int operation = op.code();
        known(ALU | operation, ALU64 | operation, ALU | X | operation, ALU64 | X | operation);
      }
    }
    known(ALU | Opcodes.NEG, ALU64 | Opcodes.NEG);
    known(ALU | Opcodes.END, ALU | X | Opcodes.END, ALU64 | Opcodes.END);
    for (JumpOp op : JumpOp.values()) {
      int comparison = op.code();
      known(JMP | comparison, JMP32 | comparison, JMP | X | comparison, JMP32 | X | comparison);
    }
    known(JMP, JMP32, Opcodes.CALL, Opcodes.EXIT, Opcodes.MAY_GOTO, Opcodes.LD_IMM64);
    for (int size : new int[] {Opcodes.W, Opcodes.H, Opcodes.B, DW}) {
      known(Opcodes.LDX | Opcodes.MEM | size, Opcodes.ST | Opcodes.MEM | size);
      known(Opcodes.STX | Opcodes.MEM | size, Opcodes.STX | Opcodes.ATOMIC | size);
      if (size != DW) {
        known(Opcodes.LDX | Opcodes.MEMSX | size);
        known(Opcodes.LD | Opcodes.ABS | size, Opcodes.LD | Opcodes.IND | size);
      }
    }
  }

  private Encoding() {}

  private static void known(int... opcodes) {
    for (int opcode : opcodes) {
      KNOWN[opcode] = true;
    }
  }

  static boolean isKnown(int opcode) {
    return KNOWN[opcode];
  }
}
