package dev.sonde.vm.isa;

import static dev.sonde.vm.isa.Opcodes.ALU;
import static dev.sonde.vm.isa.Opcodes.ALU64;
import static dev.sonde.vm.isa.Opcodes.ATOMIC;
import static dev.sonde.vm.isa.Opcodes.DW;
import static dev.sonde.vm.isa.Opcodes.FETCH;
import static dev.sonde.vm.isa.Opcodes.JMP;
import static dev.sonde.vm.isa.Opcodes.JMP32;
import static dev.sonde.vm.isa.Opcodes.LD;
import static dev.sonde.vm.isa.Opcodes.LDX;
import static dev.sonde.vm.isa.Opcodes.MEM;
import static dev.sonde.vm.isa.Opcodes.MEMSX;
import static dev.sonde.vm.isa.Opcodes.ST;
import static dev.sonde.vm.isa.Opcodes.STX;
import static dev.sonde.vm.isa.Opcodes.W;
import static dev.sonde.vm.isa.Opcodes.X;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Assembles the syntax of the kernel's verifier log, as {@link Disassembler} writes it: {@code r0 =
 * *(u32 *)(r1 +4)}, {@code if w1 s> 0x5 goto pc+3}. One insn a line; a number and opcode before it
 * ({@code 12: (61)}) and a comment behind it ({@code ; ...}) are skipped, so that a log can be
 * assembled again.
 *
 * <p>What the log does not tell is not there: an lddw is of a plain number.
 */
public final class LogAssembler {
  private static final String REG = "([rw])(\\d+)";
  private static final String PLACE = "\\*\\(([us])(8|16|32|64) \\*\\)\\(r(\\d+) ([+-]\\d+)\\)";
  private static final String CAST = "\\(\\(u(8|16|32|64) \\*\\)\\(r(\\d+) ([+-]\\d+)\\)";
  private static final String NUMBER = "(-?(?:0x[0-9a-f]+|\\d+))";
  private static final String OP = "(\\+|-|\\*|/|s/|\\||&|<<|>>|%|s%|\\^|s>>)?=";

  private record Form(Pattern pattern, Function<MatchResult, Insn> insn) {}

  private final List<String> kfuncNames;
  private final List<Form> forms = new ArrayList<>();

  private LogAssembler(List<String> kfuncNames) {
    this.kfuncNames = kfuncNames;
    loads();
    stores();
    atomics();
    arithmetic();
    jumps();
  }

  /**
   * Returns the insns of {@code text}.
   *
   * @param kfuncNames which called names are kfuncs, by index; every other is a helper
   * @throws InvalidInsnException naming the line, what stands there and what is wanted
   */
  public static List<Insn> assemble(String text, List<String> kfuncNames) {
    LogAssembler assembler = new LogAssembler(kfuncNames);
    List<Insn> insns = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String code = line.replaceFirst(";.*", "").replaceFirst("^\\s*\\d+: \\([0-9a-f]{2}\\)", "");
      if (!code.isBlank()) {
        assembler.line(number, code.trim(), insns);
      }
    }
    return insns;
  }

  private void line(int number, String code, List<Insn> insns) {
    Matcher wide = Pattern.compile("r(\\d+) = 0x([0-9a-f]+)(?: ll)?").matcher(code);
    try {
      if (wide.matches()) {
        long value = Long.parseUnsignedLong(wide.group(2), 16);
        int dst = Integer.parseInt(wide.group(1));
        insns.add(new Insn(Opcodes.LD_IMM64, dst, 0, 0, (int) value));
        insns.add(new Insn(0, 0, 0, 0, (int) (value >>> 32)));
        return;
      }
      Insn insn = insn(code);
      if (insn != null) {
        insns.add(insn);
        return;
      }
    } catch (IllegalArgumentException outOfRange) {
      throw new InvalidInsnException("line %d: %s".formatted(number, outOfRange.getMessage()));
    }
    throw new InvalidInsnException(
        "line %d: got \"%s\", want an insn as the verifier log writes it".formatted(number, code));
  }

  private @Nullable Insn insn(String code) {
    for (Form form : forms) {
      Matcher matcher = form.pattern.matcher(code);
      if (matcher.matches()) {
        return form.insn.apply(matcher);
      }
    }
    return null;
  }

  private void form(String pattern, Function<MatchResult, Insn> insn) {
    forms.add(new Form(Pattern.compile(pattern), insn));
  }

  private void loads() {
    form(
        "r(\\d+) = " + PLACE,
        m -> {
          int mode = m.group(2).equals("s") ? MEMSX : MEM;
          return new Insn(LDX | mode | size(m.group(3)), at(m, 1), at(m, 4), at(m, 5), 0);
        });
    form(
        "r0 = \\*\\(u(8|16|32) \\*\\)skb\\[" + NUMBER + "\\]",
        m -> new Insn(LD | Opcodes.ABS | size(m.group(1)), 0, 0, 0, number(m.group(2))));
    form(
        "r0 = \\*\\(u(8|16|32) \\*\\)skb\\[r(\\d+) \\+ " + NUMBER + "\\]",
        m -> new Insn(LD | Opcodes.IND | size(m.group(1)), 0, at(m, 2), 0, number(m.group(3))));
  }

  private void stores() {
    form(
        PLACE + " = r(\\d+)",
        m -> new Insn(STX | MEM | size(m.group(2)), at(m, 3), at(m, 5), at(m, 4), 0));
    form(
        PLACE + " = " + NUMBER,
        m -> new Insn(ST | MEM | size(m.group(2)), at(m, 3), 0, at(m, 4), number(m.group(5))));
  }

  private void atomics() {
    form(
        "lock " + PLACE + " (\\+|\\||&|\\^)= r(\\d+)",
        m -> atomic(m.group(2), at(m, 3), at(m, 6), at(m, 4), aluOp(m.group(5)).code()));
    form(
        "r(\\d+) = atomic(?:64)?_fetch_(add|or|and|xor)" + CAST + ", r\\d+\\)",
        m -> {
          int op = AluOp.valueOf(m.group(2).toUpperCase(java.util.Locale.ROOT)).code();
          return atomic(m.group(3), at(m, 4), at(m, 1), at(m, 5), op | FETCH);
        });
    form(
        "r(\\d+) = atomic(?:64)?_xchg" + CAST + ", r\\d+\\)",
        m -> atomic(m.group(2), at(m, 3), at(m, 1), at(m, 4), Opcodes.XCHG));
    form(
        "r0 = atomic(?:64)?_cmpxchg" + CAST + ", r0, r(\\d+)\\)",
        m -> atomic(m.group(1), at(m, 2), at(m, 4), at(m, 3), Opcodes.CMPXCHG));
    form(
        "r(\\d+) = load_acquire" + CAST + "\\)",
        m -> atomic(m.group(2), at(m, 1), at(m, 3), at(m, 4), Opcodes.LOAD_ACQ));
    form(
        "store_release" + CAST + ", r(\\d+)\\)",
        m -> atomic(m.group(1), at(m, 2), at(m, 4), at(m, 3), Opcodes.STORE_REL));
  }

  private static Insn atomic(String bits, int dst, int src, int offset, int op) {
    return new Insn(STX | ATOMIC | size(bits), dst, src, offset, op);
  }

  private void arithmetic() {
    form(
        "r(\\d+) = (be|le|bswap)(16|32|64) r\\d+",
        m -> {
          int cls = m.group(2).equals("bswap") ? ALU64 : ALU;
          int opcode = cls | Opcodes.END | (m.group(2).equals("be") ? X : 0);
          return new Insn(opcode, at(m, 1), 0, 0, at(m, 3));
        });
    form(REG + " = -[rw]\\d+", m -> new Insn(cls(m.group(1)) | Opcodes.NEG, at(m, 2), 0, 0, 0));
    form(
        REG + " = \\(s(8|16|32)\\)[rw](\\d+)",
        m -> new Insn(cls(m.group(1)) | Opcodes.MOV | X, at(m, 2), at(m, 4), at(m, 3), 0));
    form(REG + " " + OP + " [rw](\\d+)", m -> alu(m, X, at(m, 4), 0));
    form(REG + " " + OP + " (-?\\d+)", m -> alu(m, 0, 0, number(m.group(4))));
  }

  private static Insn alu(MatchResult m, int source, int src, int imm) {
    String symbol = m.group(3) == null ? "" : m.group(3);
    boolean signed = symbol.equals("s/") || symbol.equals("s%");
    AluOp op = aluOp(signed ? symbol.substring(1) : symbol);
    return new Insn(cls(m.group(1)) | op.code() | source, at(m, 2), src, signed ? 1 : 0, imm);
  }

  private void jumps() {
    String compare = "(==|>|>=|&|!=|s>|s>=|<|<=|s<|s<=)";
    form(
        "if " + REG + " " + compare + " [rw](\\d+) goto pc([+-]\\d+)",
        m -> new Insn(jump(m) | X, at(m, 2), at(m, 4), at(m, 5), 0));
    form(
        "if " + REG + " " + compare + " 0x([0-9a-f]+) goto pc([+-]\\d+)",
        m -> new Insn(jump(m), at(m, 2), 0, at(m, 5), Integer.parseUnsignedInt(m.group(4), 16)));
    form("goto pc([+-]\\d+)", m -> new Insn(JMP, 0, 0, at(m, 1), 0));
    form("gotol pc([+-]\\d+)", m -> new Insn(JMP32, 0, 0, 0, at(m, 1)));
    form("may_goto pc([+-]\\d+)", m -> new Insn(Opcodes.MAY_GOTO, 0, 0, at(m, 1), 0));
    form("exit", m -> new Insn(Opcodes.EXIT, 0, 0, 0, 0));
    form("call pc([+-]\\d+)", m -> new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, at(m, 1)));
    form("callx r(\\d+)", m -> new Insn(Opcodes.CALLX, at(m, 1), 0, 0, 0));
    form(
        "call (\\w+)#(-?\\d+)",
        m -> {
          int kfunc = kfuncNames.indexOf(m.group(1));
          return kfunc >= 0
              ? new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_KFUNC_CALL, 0, kfunc)
              : new Insn(Opcodes.CALL, 0, 0, 0, at(m, 2));
        });
  }

  private static int jump(MatchResult m) {
    int cls = m.group(1).equals("w") ? JMP32 : JMP;
    for (JumpOp op : JumpOp.values()) {
      if (op.symbol().equals(m.group(3))) {
        return cls | op.code();
      }
    }
    throw new InvalidInsnException("no comparison \"%s\"".formatted(m.group(3)));
  }

  private static AluOp aluOp(String symbol) {
    for (AluOp op : AluOp.values()) {
      if (op != AluOp.NEG && op != AluOp.END && op.symbol().equals(symbol + "=")) {
        return op;
      }
    }
    throw new InvalidInsnException("no operation \"%s=\"".formatted(symbol));
  }

  private static int cls(String width) {
    return width.equals("w") ? ALU : ALU64;
  }

  private static int size(String bits) {
    return switch (bits) {
      case "8" -> Opcodes.B;
      case "16" -> Opcodes.H;
      case "32" -> W;
      default -> DW;
    };
  }

  private static int at(MatchResult m, int group) {
    return Integer.parseInt(m.group(group));
  }

  private static int number(String text) {
    return Long.decode(text).intValue();
  }
}
