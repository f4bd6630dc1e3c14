package dev.sonde.verifier.facts;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the counter of a loop starts and what it is compared with, in all states seen. */
final class LoopBounds {
  /** More turns than the verifier walks are not worth counting. */
  private static final int MAX_TRIPS = 1 << 20;

  private final LoopShape shape;
  private final ConstantSeen start = new ConstantSeen();
  private final ConstantSeen limit = new ConstantSeen();

  LoopBounds(LoopShape shape) {
    this.shape = shape;
  }

  void enter(@Nullable Scalar counter) {
    start.see(counter);
  }

  void compareWith(@Nullable Scalar src) {
    limit.see(src);
  }

  /** Returns the loop with its number of turns, or null where that is not the same always. */
  @Nullable Loop count(List<Insn> insns) {
    if (!start.isConstant() || !limit.isConstant()) {
      return null;
    }
    Insn test = insns.get(shape.test());
    JumpOp op = Objects.requireNonNull(JumpOp.of(test.opcode()));
    boolean wide = (test.opcode() & 7) == Opcodes.JMP;
    boolean narrow = !wide || (insns.get(shape.step()).opcode() & 7) == Opcodes.ALU;
    long value = start.value();
    for (int trips = 1; trips <= MAX_TRIPS; trips++) {
      long stepped = value + shape.increment();
      if (!fits(value, narrow) || !fits(stepped, narrow)) {
        return null;
      }
      if (!stays(op, wide, shape.stepsFirst() ? stepped : value)) {
        return loop(trips);
      }
      value = stepped;
    }
    return null;
  }

  /** A 32-bit insn clears the upper half: only from 0 upwards do both widths count alike. */
  private static boolean fits(long value, boolean narrow) {
    return value == (int) value && (!narrow || value >= 0);
  }

  private boolean stays(JumpOp op, boolean wide, long value) {
    long against = wide ? limit.value() : (int) limit.value();
    int unsigned = Long.compareUnsigned(value, against);
    boolean taken =
        switch (op) {
          case JEQ -> value == against;
          case JNE -> value != against;
          case JSET -> (value & against) != 0;
          case JGT -> unsigned > 0;
          case JGE -> unsigned >= 0;
          case JLT -> unsigned < 0;
          case JLE -> unsigned <= 0;
          case JSGT -> value > against;
          case JSGE -> value >= against;
          case JSLT -> value < against;
          case JSLE -> value <= against;
        };
    return taken == shape.staysIfTaken();
  }

  private Loop loop(int trips) {
    return new Loop(
        shape.head(),
        shape.backEdge(),
        shape.test(),
        shape.counter(),
        shape.step(),
        start.value(),
        shape.increment(),
        trips);
  }

  /** One value, the same each time it was seen. */
  private static final class ConstantSeen {
    private boolean seen;
    private boolean varies;
    private long value;

    void see(@Nullable Scalar scalar) {
      if (scalar == null || !scalar.isConstant() || seen && scalar.value() != value) {
        varies = true;
      } else {
        value = scalar.value();
      }
      seen = true;
    }

    boolean isConstant() {
      return seen && !varies;
    }

    long value() {
      return value;
    }
  }
}
