package dev.sonde.vm.isa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Assembles the syntax of the public conformance suite: {@code add32 %r0, -3}, {@code lock fetch
 * add [%r1+8], %r2}, labels, {@code call local f}, {@code call %r2}. {@code #} begins a comment.
 * The name {@code exit} is a label of the last exit.
 *
 * <p>What the suite has no word for is written the same way: {@code ldabsb 12}, {@code ldindh %r2,
 * 4}, {@code may_goto label}, {@code load_acquire32 %r0, [%r1+4]}, {@code store_release [%r1+0],
 * %r2}, {@code call kfunc 0}, {@code lddw %r1, map 0}, {@code lddw %r1, map_value 0 8}, {@code lddw
 * %r1, func label}.
 */
public final class Assembler {
  private final List<Statement> statements = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private int slots;

  private record Statement(int line, int slot, String mnemonic, Operands operands) {}

  private Assembler() {}

  /**
   * Returns the insns of {@code text}.
   *
   * @throws InvalidInsnException naming the line, what stands there and what is wanted
   */
  public static List<Insn> assemble(String text) {
    Assembler assembler = new Assembler();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      assembler.read(++number, line);
    }
    return assembler.encode();
  }

  private void read(int number, String line) {
    String code = line.replaceFirst("#.*", "").trim();
    while (code.matches("^[A-Za-z_.$][\\w.$]*:.*")) {
      int colon = code.indexOf(':');
      if (labels.put(code.substring(0, colon), slots) != null) {
        throw error(number, "label \"%s\" stands twice".formatted(code.substring(0, colon)));
      }
      code = code.substring(colon + 1).trim();
    }
    if (code.isEmpty()) {
      return;
    }
    int space = code.indexOf(' ') < 0 ? code.length() : code.indexOf(' ');
    String mnemonic = code.substring(0, space).toLowerCase(Locale.ROOT);
    Operands operands = new Operands(number, code.substring(space).trim());
    statements.add(new Statement(number, slots, mnemonic, operands));
    slots += mnemonic.equals("lddw") ? 2 : 1;
  }

  private List<Insn> encode() {
    for (Statement statement : statements) {
      if (statement.mnemonic.equals("exit")) {
        labels.put("exit", statement.slot);
      }
    }
    List<Insn> insns = new ArrayList<>();
    for (Statement statement : statements) {
      try {
        encode(statement, insns);
        statement.operands.end();
      } catch (IllegalArgumentException outOfRange) {
        throw error(statement.line, outOfRange.getMessage());
      }
    }
    return insns;
  }

  private void encode(Statement statement, List<Insn> insns) {
    String mnemonic = statement.mnemonic;
    Operands operands = statement.operands;
    if (mnemonic.equals("lddw")) {
      lddw(statement, insns);
    } else if (mnemonic.equals("exit")) {
      insns.add(new Insn(Opcodes.EXIT, 0, 0, 0, 0));
    } else if (mnemonic.equals("call")) {
      insns.add(call(statement));
    } else if (mnemonic.equals("lock")) {
      insns.add(lock(operands));
    } else if (mnemonic.startsWith("load_acquire") || mnemonic.startsWith("store_release")) {
      insns.add(ordered(mnemonic, operands));
    } else if (mnemonic.startsWith("ldabs") || mnemonic.startsWith("ldind")) {
      insns.add(packet(mnemonic, operands));
    } else if (mnemonic.startsWith("ldx")) {
      insns.add(load(mnemonic, operands));
    } else if (mnemonic.startsWith("st")) {
      insns.add(store(mnemonic, operands));
    } else if (mnemonic.equals("may_goto")) {
      insns.add(new Insn(Opcodes.MAY_GOTO, 0, 0, distance(statement), 0));
    } else if (mnemonic.startsWith("j")) {
      insns.add(jump(statement));
    } else {
      insns.add(alu(mnemonic, operands));
    }
  }

  private void lddw(Statement statement, List<Insn> insns) {
    Operands operands = statement.operands;
    int dst = operands.register();
    int src = 0;
    long value;
    if (operands.take("map_value")) {
      src = Opcodes.PSEUDO_MAP_VALUE;
      value = operands.number() & 0xffffffffL | operands.number() << 32;
    } else if (operands.take("map")) {
      src = Opcodes.PSEUDO_MAP_FD;
      value = operands.number() & 0xffffffffL;
    } else if (operands.take("func")) {
      src = Opcodes.PSEUDO_FUNC;
      value = distance(statement) & 0xffffffffL;
    } else {
      value = operands.number();
    }
    insns.add(new Insn(Opcodes.LD_IMM64, dst, src, 0, (int) value));
    insns.add(new Insn(0, 0, 0, 0, (int) (value >>> 32)));
  }

  private Insn call(Statement statement) {
    Operands operands = statement.operands;
    if (operands.take("local")) {
      return new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, distance(statement));
    }
    if (operands.take("kfunc")) {
      int index = (int) operands.number();
      return new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, index);
    }
    return operands.isRegister()
        ? new Insn(Opcodes.CALLX, operands.register(), 0, 0, 0)
        : new Insn(Opcodes.CALL, 0, 0, 0, (int) operands.number());
  }

  /** {@code lock [fetch] add|or|and|xor|xchg|cmpxchg [%rD+off], %rS}, 64 bits or with suffix 32. */
  private static Insn lock(Operands operands) {
    boolean fetch = operands.take("fetch");
    String word = operands.word();
    boolean narrow = word.endsWith("32");
    String name = narrow ? word.substring(0, word.length() - 2) : word;
    int op =
        switch (name) {
          case "add" -> Opcodes.ADD;
          case "or" -> Opcodes.OR;
          case "and" -> Opcodes.AND;
          case "xor" -> Opcodes.XOR;
          case "xchg" -> Opcodes.XCHG;
          case "cmpxchg" -> Opcodes.CMPXCHG;
          default -> throw operands.wrong("add, or, and, xor, xchg or cmpxchg behind lock", word);
        };
    int opcode = Opcodes.STX | Opcodes.ATOMIC | (narrow ? Opcodes.W : Opcodes.DW);
    Operands.Place place = operands.place();
    int src = operands.register();
    return new Insn(opcode, place.register(), src, place.offset(), fetch ? op | Opcodes.FETCH : op);
  }

  private static Insn ordered(String mnemonic, Operands operands) {
    boolean load = mnemonic.startsWith("load");
    String suffix = mnemonic.replaceFirst("load_acquire|store_release", "");
    int size =
        switch (suffix) {
          case "8" -> Opcodes.B;
          case "16" -> Opcodes.H;
          case "32" -> Opcodes.W;
          case "", "64" -> Opcodes.DW;
          default -> throw operands.wrong("a width of 8, 16, 32 or 64", mnemonic);
        };
    int opcode = Opcodes.STX | Opcodes.ATOMIC | size;
    if (load) {
      int dst = operands.register();
      Operands.Place place = operands.place();
      return new Insn(opcode, dst, place.register(), place.offset(), Opcodes.LOAD_ACQ);
    }
    Operands.Place place = operands.place();
    int src = operands.register();
    return new Insn(opcode, place.register(), src, place.offset(), Opcodes.STORE_REL);
  }

  private static Insn packet(String mnemonic, Operands operands) {
    int size = size(operands, mnemonic.substring(5), mnemonic);
    if (mnemonic.startsWith("ldabs")) {
      return new Insn(Opcodes.LD | Opcodes.ABS | size, 0, 0, 0, (int) operands.number());
    }
    int src = operands.register();
    return new Insn(Opcodes.LD | Opcodes.IND | size, 0, src, 0, (int) operands.number());
  }

  private static Insn load(String mnemonic, Operands operands) {
    boolean signed = mnemonic.startsWith("ldxs");
    int size = size(operands, mnemonic.substring(signed ? 4 : 3), mnemonic);
    int dst = operands.register();
    Operands.Place place = operands.place();
    int mode = signed ? Opcodes.MEMSX : Opcodes.MEM;
    return new Insn(Opcodes.LDX | mode | size, dst, place.register(), place.offset(), 0);
  }

  private static Insn store(String mnemonic, Operands operands) {
    boolean register = mnemonic.startsWith("stx");
    int size = size(operands, mnemonic.substring(register ? 3 : 2), mnemonic);
    Operands.Place place = operands.place();
    if (register) {
      int src = operands.register();
      return new Insn(Opcodes.STX | Opcodes.MEM | size, place.register(), src, place.offset(), 0);
    }
    int value = (int) operands.number();
    return new Insn(Opcodes.ST | Opcodes.MEM | size, place.register(), 0, place.offset(), value);
  }

  private static int size(Operands operands, String letters, String mnemonic) {
    return switch (letters) {
      case "b" -> Opcodes.B;
      case "h" -> Opcodes.H;
      case "w" -> Opcodes.W;
      case "dw" -> Opcodes.DW;
      default -> throw operands.wrong("a size of b, h, w or dw", mnemonic);
    };
  }

  private Insn jump(Statement statement) {
    String mnemonic = statement.mnemonic;
    Operands operands = statement.operands;
    if (mnemonic.equals("ja")) {
      return new Insn(Opcodes.JMP, 0, 0, distance(statement), 0);
    }
    if (mnemonic.equals("ja32")) {
      return new Insn(Opcodes.JMP32, 0, 0, 0, distance(statement));
    }
    boolean narrow = mnemonic.endsWith("32");
    String name = narrow ? mnemonic.substring(0, mnemonic.length() - 2) : mnemonic;
    int opcode = narrow ? Opcodes.JMP32 : Opcodes.JMP;
    for (JumpOp op : JumpOp.values()) {
      if (op.name().equalsIgnoreCase(name)) {
        opcode |= op.code();
        int dst = operands.register();
        if (operands.isRegister()) {
          int src = operands.register();
          return new Insn(opcode | Opcodes.X, dst, src, distance(statement), 0);
        }
        int imm = (int) operands.number();
        return new Insn(opcode, dst, 0, distance(statement), imm);
      }
    }
    throw operands.wrong("an instruction", mnemonic);
  }

  /** Reads a label or {@code +N} and returns how many slots behind the next insn it is. */
  private int distance(Statement statement) {
    String name = statement.operands.word();
    Integer slot = labels.get(name);
    if (slot != null) {
      return slot - statement.slot - 1;
    }
    if (name.matches("[+-]\\d+")) {
      return Integer.parseInt(name);
    }
    throw statement.operands.wrong("a label", name);
  }

  private static Insn alu(String mnemonic, Operands operands) {
    if (mnemonic.matches("(le|be|swap|bswap)(16|32|64)")) {
      return swap(mnemonic, operands);
    }
    if (mnemonic.startsWith("movsx")) {
      return signExtension(mnemonic, operands);
    }
    boolean narrow = mnemonic.endsWith("32");
    String name = narrow ? mnemonic.substring(0, mnemonic.length() - 2) : mnemonic;
    boolean signed = name.equals("sdiv") || name.equals("smod");
    int opcode = narrow ? Opcodes.ALU : Opcodes.ALU64;
    for (AluOp op : AluOp.values()) {
      if (op != AluOp.END && op.mnemonic().equals(signed ? name.substring(1) : name)) {
        int dst = operands.register();
        opcode |= op.code();
        if (op == AluOp.NEG) {
          return new Insn(opcode, dst, 0, 0, 0);
        }
        return operands.isRegister()
            ? new Insn(opcode | Opcodes.X, dst, operands.register(), signed ? 1 : 0, 0)
            : new Insn(opcode, dst, 0, signed ? 1 : 0, (int) operands.number());
      }
    }
    throw operands.wrong("an instruction", mnemonic);
  }

  private static Insn swap(String mnemonic, Operands operands) {
    int bits = Integer.parseInt(mnemonic.replaceAll("\\D", ""));
    int opcode =
        switch (mnemonic.charAt(0)) {
          case 'l' -> Opcodes.ALU | Opcodes.END;
          case 's' -> Opcodes.ALU64 | Opcodes.END;
          default ->
              mnemonic.startsWith("bs")
                  ? Opcodes.ALU64 | Opcodes.END
                  : Opcodes.ALU | Opcodes.END | Opcodes.X;
        };
    return new Insn(opcode, operands.register(), 0, 0, bits);
  }

  /** {@code movsx832 %rD, %rS}: from 8 bits to 32. */
  private static Insn signExtension(String mnemonic, Operands operands) {
    int dst = operands.register();
    int src = operands.register();
    int opcode = Opcodes.MOV | Opcodes.X;
    return switch (mnemonic.substring(5)) {
      case "832" -> new Insn(Opcodes.ALU | opcode, dst, src, 8, 0);
      case "1632" -> new Insn(Opcodes.ALU | opcode, dst, src, 16, 0);
      case "864" -> new Insn(Opcodes.ALU64 | opcode, dst, src, 8, 0);
      case "1664" -> new Insn(Opcodes.ALU64 | opcode, dst, src, 16, 0);
      case "3264" -> new Insn(Opcodes.ALU64 | opcode, dst, src, 32, 0);
      default -> throw operands.wrong("movsx832, 1632, 864, 1664 or 3264", mnemonic);
    };
  }

  private static InvalidInsnException error(int line, String what) {
    return new InvalidInsnException("line %d: %s".formatted(line, what));
  }
}
