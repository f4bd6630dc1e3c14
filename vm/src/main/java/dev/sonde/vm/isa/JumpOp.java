package dev.sonde.vm.isa;

import org.jspecify.annotations.Nullable;

/** The comparison of a conditional jump: the high four bits of its opcode (RFC 9669, 4.3). */
public enum JumpOp {
  JEQ(Opcodes.JEQ, "=="),
  JGT(Opcodes.JGT, ">"),
  JGE(Opcodes.JGE, ">="),
  JSET(Opcodes.JSET, "&"),
  JNE(Opcodes.JNE, "!="),
  JSGT(Opcodes.JSGT, "s>"),
  JSGE(Opcodes.JSGE, "s>="),
  JLT(Opcodes.JLT, "<"),
  JLE(Opcodes.JLE, "<="),
  JSLT(Opcodes.JSLT, "s<"),
  JSLE(Opcodes.JSLE, "s<=");

  private static final @Nullable JumpOp[] BY_CODE = new JumpOp[16];

  static {
    for (JumpOp op : values()) {
      BY_CODE[op.code >>> 4] = op;
    }
  }

  private final int code;
  private final String symbol;

  JumpOp(int code, String symbol) {
    this.code = code;
    this.symbol = symbol;
  }

  /** Returns the comparison of {@code opcode}, or null when that is no conditional jump. */
  public static @Nullable JumpOp of(int opcode) {
    int cls = opcode & 7;
    return cls == Opcodes.JMP || cls == Opcodes.JMP32 ? BY_CODE[opcode >>> 4] : null;
  }

  /** Returns the high four bits of the opcode, in place. */
  public int code() {
    return code;
  }

  /** Returns the comparison as the verifier log writes it. */
  public String symbol() {
    return symbol;
  }
}
