package dev.sonde.probes.unwind;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;

/**
 * A DWARF expression as call frame information uses it (DWARF 5, section 2.5): a stack machine over
 * registers and the copy of the stack, with a bound on its steps.
 */
final class DwarfExpression {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_STEPS = 1000;

  private final DwarfCursor in;
  private final int end;
  private final Registers registers;
  private final StackWindow stack;
  private final long[] values = new long[MAX_DEPTH];
  private int depth;

  private DwarfExpression(ObjectBytes code, Registers registers, StackWindow stack) {
    this.in = new DwarfCursor(code, 0, 0, 0);
    this.end = code.size();
    this.registers = registers;
    this.stack = stack;
  }

  /**
   * Returns the value of {@code code}.
   *
   * @throws ObjectFormatException when it reads what is not known, or is no expression
   */
  static long evaluate(ObjectBytes code, Registers registers, StackWindow stack) {
    return new DwarfExpression(code, registers, stack).run();
  }

  /** With {@code cfa} on the stack at first, as the rules for registers want it. */
  static long evaluate(ObjectBytes code, Registers registers, StackWindow stack, long cfa) {
    DwarfExpression expression = new DwarfExpression(code, registers, stack);
    expression.push(cfa);
    return expression.run();
  }

  private long run() {
    for (int steps = 0; in.position() < end; steps++) {
      if (steps == MAX_STEPS) {
        throw new ObjectFormatException("expression", "steps", steps, "an end before");
      }
      step(in.u8());
    }
    return pop();
  }

  private void step(int op) {
    if (op >= 0x30 && op <= 0x4f) {
      push(op - 0x30); // lit0 to lit31
    } else if (op >= 0x70 && op <= 0x8f) {
      push(register(op - 0x70) + in.sleb()); // breg0 to breg31
    } else if (op >= 0x08 && op <= 0x11) {
      push(constant(op));
    } else if (op >= 0x1a && op <= 0x27 && op != 0x1f && op != 0x20 && op != 0x23) {
      long second = pop();
      push(binary(op, pop(), second));
    } else if (op >= 0x29 && op <= 0x2e) {
      long second = pop();
      push(compare(op, pop(), second) ? 1 : 0);
    } else {
      other(op);
    }
  }

  private long constant(int op) {
    return switch (op) {
      case 0x08 -> in.u8();
      case 0x09 -> (byte) in.u8();
      case 0x0a -> in.u16();
      case 0x0b -> (short) in.u16();
      case 0x0c -> in.i32() & 0xffff_ffffL;
      case 0x0d -> in.i32();
      case 0x0e, 0x0f -> in.i64();
      case 0x10 -> in.uleb();
      default -> in.sleb();
    };
  }

  private long binary(int op, long a, long b) {
    return switch (op) {
      case 0x1a -> a & b;
      case 0x1b -> b == 0 ? fail("divisor", 0) : a / b;
      case 0x1c -> a - b;
      case 0x1d -> b == 0 ? fail("divisor", 0) : Long.remainderUnsigned(a, b);
      case 0x1e -> a * b;
      case 0x21 -> a | b;
      case 0x22 -> a + b;
      case 0x24 -> b < 0 || b > 63 ? 0 : a << b;
      case 0x25 -> b < 0 || b > 63 ? 0 : a >>> b;
      case 0x26 -> b < 0 || b > 63 ? a >> 63 : a >> b;
      default -> a ^ b;
    };
  }

  private static boolean compare(int op, long a, long b) {
    return switch (op) {
      case 0x29 -> a == b;
      case 0x2a -> a >= b;
      case 0x2b -> a > b;
      case 0x2c -> a <= b;
      case 0x2d -> a < b;
      default -> a != b;
    };
  }

  private void other(int op) {
    switch (op) {
      case 0x06 -> push(load(pop())); // deref
      case 0x12 -> push(pick(0)); // dup
      case 0x13 -> pop(); // drop
      case 0x14 -> push(pick(1)); // over
      case 0x15 -> push(pick(in.u8()));
      case 0x16 -> { // swap
        long top = pop();
        long below = pop();
        push(top);
        push(below);
      }
      case 0x19 -> push(Math.abs(pop()));
      case 0x1f -> push(-pop());
      case 0x20 -> push(~pop());
      case 0x23 -> push(pop() + in.uleb()); // plus_uconst
      case 0x28 -> { // bra
        int offset = (short) in.u16();
        jump(pop() != 0 ? offset : 0);
      }
      case 0x2f -> jump((short) in.u16()); // skip
      case 0x92 -> push(register(in.uleb()) + in.sleb()); // bregx
      case 0x96 -> {} // nop
      default -> throw in.bad("operation", op);
    }
  }

  private void jump(int offset) {
    int to = in.position() + offset;
    if (to < 0 || to > end) {
      fail("jump", to);
    }
    in.moveTo(to);
  }

  private long load(long address) {
    return stack.holds(address) ? stack.at(address) : fail("address outside of the stack", address);
  }

  /** The return address's column stands for the program counter: PLT entries read it. */
  private long register(long number) {
    if (number == 16 && registers.architecture() == Architecture.X86_64) {
      return registers.pc();
    }
    return number < 64 && registers.isKnown((int) number)
        ? registers.get((int) number)
        : fail("register without a value", number);
  }

  private long pick(int index) {
    return index < depth ? values[depth - 1 - index] : fail("stack index", index);
  }

  private void push(long value) {
    if (depth == MAX_DEPTH) {
      fail("stack depth", depth);
    }
    values[depth++] = value;
  }

  private long pop() {
    return depth > 0 ? values[--depth] : fail("stack depth", 0);
  }

  private static long fail(String what, long got) {
    throw new ObjectFormatException(
        "expression", what, "0x" + Long.toHexString(got), "something that can be computed");
  }
}
