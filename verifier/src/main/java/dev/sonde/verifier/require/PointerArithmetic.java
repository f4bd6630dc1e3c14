package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** Pointer plus or minus scalar ({@code adjust_ptr_min_max_vals}): V-51, V-60 to V-64. */
final class PointerArithmetic {
  static final int MAX_VAR_OFF = 1 << 29;

  private final Step step;

  PointerArithmetic(Step step) {
    this.step = step;
  }

  /**
   * Returns the moved pointer.
   *
   * @param reversed whether the insn's destination is the scalar
   */
  Reg apply(Insn insn, Reg pointer, Reg scalar, boolean reversed) {
    int dst = insn.dst();
    int op = insn.opcode() & 0xf0;
    if ((insn.opcode() & 7) != Opcodes.ALU64) {
      if (op == Opcodes.SUB && !step.isStrict()) {
        return Reg.UNKNOWN;
      }
      throw denied("R%d 32-bit pointer arithmetic prohibited".formatted(dst));
    }
    requireMovable(dst, op, pointer, scalar.var());
    requireSane(scalar.var(), 0, pointer);
    requireSane(pointer.var(), pointer.off(), pointer);
    Reg moved =
        switch (op) {
          case Opcodes.ADD -> add(pointer, scalar.var());
          case Opcodes.SUB -> subtract(dst, pointer, scalar.var(), reversed);
          case Opcodes.AND, Opcodes.OR, Opcodes.XOR ->
              throw denied(
                  "R%d bitwise operator %s on pointer prohibited".formatted(dst, symbol(insn)));
          default ->
              throw denied(
                  "R%d pointer arithmetic with %s operator prohibited"
                      .formatted(dst, symbol(insn)));
        };
    requireSane(moved.var(), moved.off(), pointer);
    return moved.extra() < 0 && moved.kind().isPacket() ? moved.withExtra(0) : moved; // moved away
  }

  private static String symbol(Insn insn) {
    return AluOp.of(insn.opcode()).symbol();
  }

  /** A list of what may be moved, not of what may not: a kind that is forgotten is refused. */
  private static void requireMovable(int dst, int op, Reg pointer, Scalar by) {
    if (pointer.maybeNull()) {
      throw denied(
          "R%d pointer arithmetic on %s prohibited, null-check it first"
              .formatted(dst, pointer.typeText()));
    }
    boolean movable =
        switch (pointer.kind()) {
          case CTX,
              MAP_VALUE,
              MAP_KEY,
              STACK,
              PACKET,
              PACKET_META,
              TP_BUFFER,
              BTF_ID,
              MEM,
              BUF,
              FUNC,
              DYNPTR ->
              true;
          case MAP_PTR -> by.isConstant() && by.value() == 0 && op == Opcodes.ADD;
          case NOT_INIT, SCALAR, PACKET_END, ITERATOR -> false;
          case SOCK_COMMON, SOCKET, TCP_SOCK, XDP_SOCK -> false;
        };
    if (!movable) {
      throw denied("R%d pointer arithmetic on %s prohibited".formatted(dst, pointer.typeText()));
    }
  }

  private static void requireSane(Scalar var, int off, Reg pointer) {
    String type = pointer.typeText();
    if (var.isConstant() && isFar(var.value())) {
      throw invalid("math between %s pointer and %d is not allowed".formatted(type, var.value()));
    }
    if (isFar(off)) {
      throw invalid("%s pointer offset %d is not allowed".formatted(type, off));
    }
    if (var.smin() == Long.MIN_VALUE) {
      throw invalid(
          "math between %s pointer and register with unbounded min value is not allowed"
              .formatted(type));
    }
    if (isFar(var.smin())) {
      throw invalid("value %d makes %s pointer be out of bounds".formatted(var.smin(), type));
    }
  }

  private static boolean isFar(long offset) {
    return offset >= MAX_VAR_OFF || offset <= -MAX_VAR_OFF;
  }

  private Reg add(Reg pointer, Scalar by) {
    if (by.isConstant()) {
      return pointer.withOff((int) (pointer.off() + by.value()));
    }
    Reg moved = pointer.withVar(combine(Opcodes.ADD, pointer, by));
    return pointer.kind().isPacket() ? moved.withId(step.newId()).withExtra(0) : moved;
  }

  private Reg subtract(int dst, Reg pointer, Scalar by, boolean reversed) {
    if (reversed) {
      throw denied("R%d tried to subtract pointer from scalar".formatted(dst));
    }
    if (pointer.kind() == RegKind.STACK) {
      throw denied("R%d subtraction from stack pointer prohibited".formatted(dst));
    }
    if (by.isConstant()) {
      return pointer.withOff((int) (pointer.off() - by.value()));
    }
    Reg moved = pointer.withVar(combine(Opcodes.SUB, pointer, by));
    if (!pointer.kind().isPacket()) {
      return moved;
    }
    moved = moved.withId(step.newId());
    return by.smin() < 0 ? moved.withExtra(0) : moved;
  }

  private static Scalar combine(int op, Reg pointer, Scalar by) {
    return ScalarDomain.LINUX.alu(op, true, pointer.var(), by);
  }
}
