package dev.sonde.vm.isa;

/** The operation of an ALU insn: the high four bits of its opcode (RFC 9669, section 4.1). */
public enum AluOp {
  ADD("+=", "add"),
  SUB("-=", "sub"),
  MUL("*=", "mul"),
  DIV("/=", "div"),
  OR("|=", "or"),
  AND("&=", "and"),
  LSH("<<=", "lsh"),
  RSH(">>=", "rsh"),
  NEG("= -", "neg"),
  MOD("%=", "mod"),
  XOR("^=", "xor"),
  MOV("=", "mov"),
  ARSH("s>>=", "arsh"),
  END("= swap", "end");

  private static final AluOp[] BY_CODE = values(); // codes 0x0 to 0xd are dense: code == ordinal
  private final String symbol; // as the verifier log writes it
  private final String mnemonic; // as the conformance suite writes it

  AluOp(String symbol, String mnemonic) {
    this.symbol = symbol;
    this.mnemonic = mnemonic;
  }

  /** Returns the operation of {@code opcode}; only the ALU and ALU64 classes have one. */
  public static AluOp of(int opcode) {
    int code = opcode >>> 4;
    if (code >= BY_CODE.length) {
      throw new InvalidInsnException(
          "opcode 0x%02x: no ALU operation 0x%x".formatted(opcode, code));
    }
    return BY_CODE[code];
  }

  /** Returns the high four bits of the opcode, in place. */
  public int code() {
    return ordinal() << 4;
  }

  /** Tells whether the operation takes a source beside its destination. */
  public boolean isBinary() {
    return this != NEG && this != END;
  }

  public String symbol() {
    return symbol;
  }

  public String mnemonic() {
    return mnemonic;
  }
}
