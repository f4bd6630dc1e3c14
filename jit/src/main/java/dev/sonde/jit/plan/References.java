package dev.sonde.jit.plan;

import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.Proof.Memory;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Context fields that the main function does nothing with but hand them to kfuncs as handles, and
 * ask whether they are 0. Nobody then sees the number, so that the Java reference itself can travel
 * as an argument of the compiled method, and no handle has to be made.
 */
public final class References {
  static final References NONE = new References(new int[0], new TreeSet<>());
  private static final int UNSEEN = -1;
  private static final int OTHER = -2;
  private static final int MOVE = Opcodes.ALU64 | Opcodes.MOV | Opcodes.X;

  /** By web: the offset of the field that it always is, or one of the constants. */
  private final int[] fieldOf;

  private final TreeSet<Integer> fields;

  private References(int[] fieldOf, TreeSet<Integer> fields) {
    this.fieldOf = fieldOf;
    this.fields = fields;
  }

  /** Finds the fields of the function with {@code blocks}, the main one. */
  static References of(
      Knowledge known, List<FlowGraph.Block> blocks, Webs webs, Liveness.Callees callees) {
    if (known.checked() || !known.readsContextByField()) {
      return NONE;
    }
    int[] fieldOf = new int[webs.size()];
    Arrays.fill(fieldOf, UNSEEN);
    References references = new References(fieldOf, new TreeSet<>());
    boolean changed = true;
    while (changed) {
      changed = false;
      for (FlowGraph.Block block : blocks) {
        changed |= references.define(known, block, webs);
      }
    }
    TreeSet<Integer> seenAsNumbers = new TreeSet<>();
    for (FlowGraph.Block block : blocks) {
      references.use(known, block, webs, callees, seenAsNumbers);
    }
    references.fields.removeAll(seenAsNumbers);
    return references.fields.isEmpty() ? NONE : references;
  }

  /** Tells whether the 8 bytes at {@code offsetBytes} of the context are such a field. */
  public boolean isField(int offsetBytes) {
    return fields.contains(offsetBytes);
  }

  /** Tells whether {@code web} is always one of the fields. */
  public boolean isReference(int web) {
    return web < fieldOf.length && fields.contains(fieldOf[web]);
  }

  /** Returns which field {@code web} is. */
  public int fieldOf(int web) {
    return fieldOf[web];
  }

  private boolean define(Knowledge known, FlowGraph.Block block, Webs webs) {
    boolean changed = false;
    webs.enter(block);
    for (int at = block.first(); at <= block.last() && known.isReached(at); at += known.step(at)) {
      if (Operands.defined(known.insn(at)) != Operands.NONE) {
        int web = webs.definedBy(at);
        int field = defined(known, at, webs);
        int met =
            fieldOf[web] == UNSEEN || field == UNSEEN || fieldOf[web] == field ? field : OTHER;
        if (met != UNSEEN && met != fieldOf[web]) {
          fieldOf[web] = met;
          changed = true;
        }
      }
      webs.pass(at);
    }
    return changed;
  }

  private int defined(Knowledge known, int at, Webs webs) {
    Op insn = known.insn(at);
    int load = loadedField(known, at);
    if (load >= 0) {
      fields.add(load);
      return load;
    }
    return insn.opcode() == MOVE && insn.off() == 0 ? fieldOf[webs.of(insn.src())] : OTHER;
  }

  private static int loadedField(Knowledge known, int at) {
    Op insn = known.insn(at);
    var access = known.access(at);
    boolean word = insn.opcode() == (Opcodes.LDX | Opcodes.MEM | Opcodes.DW);
    boolean field = word && access != null && known.proof().memory(at) == Memory.CONTEXT;
    return field ? access.offsetBytes() : OTHER;
  }

  private void use(
      Knowledge known,
      FlowGraph.Block block,
      Webs webs,
      Liveness.Callees callees,
      TreeSet<Integer> seenAsNumbers) {
    webs.enter(block);
    for (int at = block.first(); at <= block.last() && known.isReached(at); at += known.step(at)) {
      long used = Operands.used(known, at, callees.arguments(known, at));
      for (int r = 0; r < webs.registers(); r++) {
        int field = (used & 1L << r) == 0 ? OTHER : fieldOf[webs.of(r)];
        if (field >= 0 && !isHandedOn(known, at, r, webs)) {
          seenAsNumbers.add(field);
        }
      }
      int loaded = loadedField(known, at);
      if (loaded >= 0 && fieldOf[webs.definedBy(at)] != loaded) {
        seenAsNumbers.add(loaded);
      }
      webs.pass(at);
    }
  }

  private boolean isHandedOn(Knowledge known, int at, int register, Webs webs) {
    Op insn = known.insn(at);
    return switch (insn.opcode()) {
      case MOVE -> insn.off() == 0 && fieldOf[webs.definedBy(at)] == fieldOf[webs.of(register)];
      case Opcodes.JMP | Opcodes.JEQ, Opcodes.JMP | Opcodes.JNE -> insn.imm() == 0;
      case Opcodes.CALL -> !insn.isPseudoCall() && takesReference(known.callee(at), register);
      default -> false;
    };
  }

  private static boolean takesReference(
      @org.jspecify.annotations.Nullable HelperProto callee, int register) {
    return callee != null
        && callee.referenceBody() != null
        && callee.arg(register - 1) == ArgKind.HANDLE;
  }
}
