package dev.sonde.vm.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTest {
  private static final int[] IMMS = {0, 1, -1, 77, Integer.MIN_VALUE, Integer.MAX_VALUE};

  @Test
  void everyInsnComesBackFromTheLogsSyntax() {
    for (Insn insn : everyInsn()) {
      String text = Disassembler.text(List.of(insn), 0, CallNames.UNKNOWN);
      assertEquals(List.of(insn), LogAssembler.assemble(text, List.of()), text);
    }
  }

  @Test
  void everyInsnComesBackFromTheSuitesSyntax() {
    for (Insn insn : everyInsn()) {
      String text = SuiteDisassembler.text(List.of(insn), 0);
      assertEquals(List.of(insn), Assembler.assemble(text), text);
    }
  }

  @Test
  void lddwComesBackFromBoth() {
    for (long value : new long[] {0, -1, 1L << 63, 0x1122334455667788L, 0xffffffffL}) {
      List<Insn> insns =
          List.of(
              new Insn(Opcodes.LD_IMM64, 3, 0, 0, (int) value),
              new Insn(0, 0, 0, 0, (int) (value >>> 32)));
      assertEquals(insns, Assembler.assemble(SuiteDisassembler.text(insns, 0)));
      String log = Disassembler.text(insns, 0, CallNames.UNKNOWN);
      assertEquals(insns, LogAssembler.assemble(log, List.of()));
    }
    for (int src : new int[] {1, 2, 4}) {
      List<Insn> insns =
          List.of(
              new Insn(Opcodes.LD_IMM64, 3, src, 0, 2),
              new Insn(0, 0, 0, 0, src == Opcodes.PSEUDO_MAP_VALUE ? 24 : 0));
      assertEquals(insns, Assembler.assemble(SuiteDisassembler.text(insns, 0)));
    }
  }

  @Test
  void aLogCanBeAssembledAgain() {
    String log =
        """
        0: (b7) r0 = 0                        ; R0=0
        1: (85) call bpf_ktime_get_ns#5       ; R0=scalar()
        2: (85) call my_kfunc#7
        3: (95) exit
        """;
    List<Insn> insns = LogAssembler.assemble(log, List.of("other", "my_kfunc"));
    assertEquals(4, insns.size());
    assertEquals(5, insns.get(1).imm());
    assertTrue(insns.get(2).isKfuncCall());
    assertEquals(1, insns.get(2).imm());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frob %r1",
        "add %r11, 1",
        "ldxb %r1, %r2",
        "jeq %r1, 2, nowhere",
        "mov %r1",
        "add %r1, 1 2",
        "ldxq %r1, [%r2]",
        "stw [%r1+70000], 1",
        "x:\nx:\nexit",
        "lock nand [%r1], %r2"
      })
  void whatIsWrongIsNamedWithItsLine(String asm) {
    InvalidInsnException wrong =
        assertThrows(InvalidInsnException.class, () -> Assembler.assemble(asm));
    assertTrue(wrong.getMessage().startsWith("line "), wrong.getMessage());
  }

  @Test
  void aLineThatIsNoInsnOfALogIsNamed() {
    InvalidInsnException wrong =
        assertThrows(
            InvalidInsnException.class, () -> LogAssembler.assemble("exit\nr0 ~= 5", List.of()));
    assertTrue(wrong.getMessage().startsWith("line 2"), wrong.getMessage());
  }

  /** Returns every operation, with registers, offsets and immediates at their ends. */
  private static List<Insn> everyInsn() {
    List<Insn> insns = new ArrayList<>();
    arithmetic(insns);
    memory(insns);
    jumps(insns);
    return insns;
  }

  private static void arithmetic(List<Insn> insns) {
    for (int cls : new int[] {Opcodes.ALU, Opcodes.ALU64}) {
      for (AluOp op : AluOp.values()) {
        int opcode = cls | op.code();
        if (op == AluOp.NEG) {
          insns.add(new Insn(opcode, 4, 0, 0, 0));
        } else if (op == AluOp.END) {
          for (int bits : new int[] {16, 32, 64}) {
            insns.add(new Insn(opcode, 4, 0, 0, bits));
            if (cls == Opcodes.ALU) {
              insns.add(new Insn(opcode | Opcodes.X, 4, 0, 0, bits));
            }
          }
        } else {
          boolean division = op == AluOp.DIV || op == AluOp.MOD;
          for (int off = 0; off <= (division ? 1 : 0); off++) {
            insns.add(new Insn(opcode | Opcodes.X, 0, 10, off, 0));
            for (int imm : IMMS) {
              insns.add(new Insn(opcode, 9, 0, off, imm));
            }
          }
        }
      }
      for (int bits = 8; bits <= (cls == Opcodes.ALU ? 16 : 32); bits *= 2) {
        insns.add(new Insn(cls | Opcodes.MOV | Opcodes.X, 1, 2, bits, 0));
      }
    }
  }

  private static void memory(List<Insn> insns) {
    int[] sizes = {Opcodes.B, Opcodes.H, Opcodes.W, Opcodes.DW};
    for (int size : sizes) {
      for (int off : new int[] {0, 8, -8, 32767, -32768}) {
        insns.add(new Insn(Opcodes.LDX | Opcodes.MEM | size, 1, 2, off, 0));
        insns.add(new Insn(Opcodes.STX | Opcodes.MEM | size, 1, 2, off, 0));
        insns.add(new Insn(Opcodes.ST | Opcodes.MEM | size, 1, 0, off, -5));
        if (size != Opcodes.DW) {
          insns.add(new Insn(Opcodes.LDX | Opcodes.MEMSX | size, 1, 2, off, 0));
        }
      }
      int atomic = Opcodes.STX | Opcodes.ATOMIC | size;
      insns.add(new Insn(atomic, 1, 2, 8, Opcodes.LOAD_ACQ));
      insns.add(new Insn(atomic, 1, 2, 8, Opcodes.STORE_REL));
      if (size == Opcodes.W || size == Opcodes.DW) {
        for (int op : new int[] {Opcodes.ADD, Opcodes.OR, Opcodes.AND, Opcodes.XOR}) {
          insns.add(new Insn(atomic, 1, 2, -8, op));
          insns.add(new Insn(atomic, 1, 2, -8, op | Opcodes.FETCH));
        }
        insns.add(new Insn(atomic, 1, 2, -8, Opcodes.XCHG));
        insns.add(new Insn(atomic, 1, 2, -8, Opcodes.CMPXCHG));
      }
      if (size != Opcodes.DW) {
        insns.add(new Insn(Opcodes.LD | Opcodes.ABS | size, 0, 0, 0, -4096));
        insns.add(new Insn(Opcodes.LD | Opcodes.IND | size, 0, 7, 0, 12));
      }
    }
  }

  private static void jumps(List<Insn> insns) {
    for (int cls : new int[] {Opcodes.JMP, Opcodes.JMP32}) {
      for (JumpOp op : JumpOp.values()) {
        insns.add(new Insn(cls | op.code() | Opcodes.X, 1, 2, -3, 0));
        for (int imm : IMMS) {
          insns.add(new Insn(cls | op.code(), 1, 0, 32767, imm));
        }
      }
    }
    insns.add(new Insn(Opcodes.JMP, 0, 0, -32768, 0));
    insns.add(new Insn(Opcodes.JMP32, 0, 0, 0, 1_000_000));
    insns.add(new Insn(Opcodes.MAY_GOTO, 0, 0, 5, 0));
    insns.add(new Insn(Opcodes.CALL, 0, 0, 0, 112));
    insns.add(new Insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, -9));
    insns.add(new Insn(Opcodes.CALLX, 6, 0, 0, 0));
    insns.add(new Insn(Opcodes.EXIT, 0, 0, 0, 0));
  }
}
