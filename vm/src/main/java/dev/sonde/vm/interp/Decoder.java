package dev.sonde.vm.interp;

import dev.sonde.vm.context.ContextAccess;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.HelperTurns;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.FunctionTurns;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.Proof;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Turns insns into words ({@link Code}): references become values, special forms become operations
 * of their own, and for unproved programs a check goes before whatever could do harm.
 */
final class Decoder {
  private static final int NO_REGISTER = 15;

  private final Proof proof;
  private final ProgramSpec spec;
  private final List<Insn> insns;
  private final IntFunction<@Nullable HelperProto> helpers;
  private final boolean checked;
  private final List<MethodHandle> handles = new ArrayList<>();
  private final Map<Integer, Integer> handleOfId = new HashMap<>();
  private final List<Fixup> fixups = new ArrayList<>();
  private final int[] wordOf;
  private final List<Code.Word> words = new ArrayList<>();
  private final BitSet targets;
  private final Map<Integer, Integer> turns; // by the first insn of a function
  private boolean tailCalls;

  /**
   * A reference to a slot whose word is not known yet.
   *
   * @param asAddress whether it is the immediate that becomes the word's address, else the offset
   *     becomes the distance to it
   */
  private record Fixup(int word, int targetSlot, boolean asAddress) {}

  /**
   * @param helpers the row of a helper id, or null where the program may call none of that id
   * @param checked whether the program is unproved
   */
  Decoder(Proof proof, IntFunction<@Nullable HelperProto> helpers, boolean checked) {
    this.proof = proof;
    this.spec = proof.program().spec();
    this.insns = proof.program().insns();
    this.helpers = helpers;
    this.checked = checked;
    this.wordOf = new int[insns.size()];
    this.targets = Fusion.targets(insns);
    this.turns = checked ? Map.of() : FunctionTurns.of(proof.program());
    if (checked) {
      prepareAll();
    }
  }

  /** A callx finds the helper of an id at that index. */
  private void prepareAll() {
    for (int id = 0; id < SuiteHelpers.COUNT; id++) {
      handleOfId.put(id, id);
      handles.add(HelperHandles.of(Objects.requireNonNull(helpers.apply(id))));
    }
  }

  /**
   * @throws InvalidInsnException if something is no insn, or jumps out of the program
   */
  Code decode() {
    emitAll();
    for (Fixup fixup : fixups) {
      int target = wordOf[fixup.targetSlot];
      if (target < 0) {
        throw invalid(fixup.targetSlot, "jump into the middle of an lddw");
      }
      if (!fixup.asAddress) {
        int distance = (target - (fixup.word + 1)) * Code.WORD_BYTES;
        words.set(fixup.word, words.get(fixup.word).withOffset(distance));
      }
    }
    Code code = Code.of(words, handles.toArray(new MethodHandle[0]), tailCalls);
    for (Fixup fixup : fixups) {
      if (fixup.asAddress) {
        long target = code.wordAddress(wordOf[fixup.targetSlot]);
        RawMemory.putLong(code.wordAddress(fixup.word) + Code.IMMEDIATE, target);
      }
    }
    return code;
  }

  private void emitTurns(int slot) {
    Integer count = turns.get(slot);
    if (count != null) {
      emit(Op.SPEND, 0, NO_REGISTER, 0, count);
    }
  }

  /** A call that may take long counts for turns of a loop. */
  private void emitTurns(HelperProto helper) {
    int fixed = HelperTurns.fixed(helper);
    int size = HelperTurns.sizeRegister(helper);
    if (!checked && (fixed > 0 || size > 0)) {
      emit(Op.SPEND, 0, size > 0 ? size : NO_REGISTER, 0, fixed);
    }
  }

  private void emitAll() {
    Arrays.fill(wordOf, -1);
    for (int slot = 0; slot < insns.size(); slot++) {
      wordOf[slot] = words.size();
      Insn insn = insns.get(slot);
      emitTurns(slot);
      if (!proof.isReached(slot)) {
        emit(Op.TRAP, 0, 0, 0, 0);
      } else if (emitPair(slot, insn)) {
        slot++;
      } else {
        emitInsn(slot, insn);
      }
      if (insn.isLdImm64()) {
        slot++; // its second slot is nobody's target
      }
    }
    emit(Op.TRAP, 0, 0, 0, 0); // what falls off the end
    emit(Op.EXIT, 0, 0, 0, 0); // for operations that end the frame
  }

  /** Emits an insn together with the next one where both make one word. */
  private boolean emitPair(int slot, Insn insn) {
    int next = slot + 1;
    boolean joined = !checked && next < insns.size() && proof.isReached(next) && !targets.get(next);
    if (!joined || proof.memory(slot) != Proof.Memory.PLAIN) {
      return false;
    }
    Fusion.Pair pair = Fusion.of(insn, insns.get(next), next);
    if (pair == null || !isRegular(insn) || !isRegular(insns.get(next))) {
      return false;
    }
    if (pair.targetSlot() >= 0) {
      target(next, insns.get(next).off()); // inside the program, or refused
      fixups.add(new Fixup(words.size(), pair.targetSlot(), false));
    }
    words.add(new Code.Word(pair.op(), pair.dst(), pair.src(), pair.third(), 0, pair.imm()));
    return true;
  }

  private static boolean isRegular(Insn insn) {
    return insn.dst() < Opcodes.REGISTERS && insn.src() < Opcodes.REGISTERS;
  }

  private void emit(int op, int dst, int src, int offset, long imm) {
    words.add(new Code.Word(op, dst, src, 0, offset, imm));
  }

  private void emitJump(int op, int dst, int src, long imm, int target) {
    fixups.add(new Fixup(words.size(), target, false));
    emit(op, dst, src, 0, imm);
  }

  private void emitInsn(int slot, Insn insn) {
    if (insn.dst() >= Opcodes.REGISTERS || insn.src() >= Opcodes.REGISTERS) {
      throw invalid(
          slot, "register r%d, want r0 to r10".formatted(Math.max(insn.dst(), insn.src())));
    }
    switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> alu(slot, insn);
      case Opcodes.LD -> load(slot, insn);
      case Opcodes.LDX -> loadRegister(slot, insn);
      case Opcodes.ST, Opcodes.STX -> store(slot, insn);
      default -> jump(slot, insn);
    }
  }

  // ---- arithmetic -------------------------------------------------------------------------------

  private void alu(int slot, Insn insn) {
    int op = AluDecoder.of(insn, what -> invalid(slot, what));
    boolean swap = AluOp.of(insn.opcode()) == AluOp.END; // le64 is a mov of a register to itself
    emit(op, insn.dst(), swap ? insn.dst() : insn.src(), 0, insn.imm());
  }

  // ---- loads and stores -------------------------------------------------------------------------

  private void load(int slot, Insn insn) {
    int mode = insn.opcode() & 0xe0;
    if (mode == Opcodes.ABS || mode == Opcodes.IND) {
      int size = sizeOf(insn);
      if (size == 8) {
        throw invalid(slot, "unknown opcode %02x".formatted(insn.opcode()));
      }
      emit(Op.LD_PACKET, 0, mode == Opcodes.ABS ? NO_REGISTER : insn.src(), size, insn.imm());
      return;
    }
    if (!insn.isLdImm64() || slot + 1 >= insns.size()) {
      throw invalid(slot, "invalid BPF_LD_IMM insn");
    }
    if (insn.src() == Opcodes.PSEUDO_FUNC) {
      fixups.add(new Fixup(words.size(), target(slot, insn.imm()), true));
    }
    emit(Op.MOV64_K, insn.dst(), 0, 0, immediate(slot, insn, insns.get(slot + 1).imm()));
  }

  private long immediate(int slot, Insn insn, int upper) {
    return switch (insn.src()) {
      case 0 -> (long) upper << 32 | insn.imm() & 0xffffffffL;
      case Opcodes.PSEUDO_MAP_FD, Opcodes.PSEUDO_MAP_IDX -> map(slot, insn).id();
      case Opcodes.PSEUDO_MAP_VALUE, Opcodes.PSEUDO_MAP_IDX_VALUE ->
          map(slot, insn).directValueAddress(upper);
      case Opcodes.PSEUDO_FUNC -> 0;
      default -> throw invalid(slot, "lddw of kind %d is not resolved".formatted(insn.src()));
    };
  }

  private BpfMap map(int slot, Insn insn) {
    List<BpfMap> maps = proof.program().maps();
    if (insn.imm() < 0 || insn.imm() >= maps.size()) {
      throw invalid(slot, "map %d of %d".formatted(insn.imm(), maps.size()));
    }
    return maps.get(insn.imm());
  }

  private void loadRegister(int slot, Insn insn) {
    int mode = insn.opcode() & 0xe0;
    boolean signed = mode == Opcodes.MEMSX;
    if (mode != Opcodes.MEM && !(signed && sizeOf(insn) < 8)) {
      throw invalid(slot, "unknown opcode %02x".formatted(insn.opcode()));
    }
    check(insn.src(), insn.off(), sizeOf(insn), false);
    if (proof.memory(slot) == Proof.Memory.UNTRUSTED) {
      int size = signed ? -sizeOf(insn) : sizeOf(insn);
      emit(Op.LDX_UNTRUSTED, insn.dst(), insn.src(), insn.off(), size);
      return;
    }
    ContextAccess moved = contextAccess(slot, insn);
    if (moved != null && moved.storedSizeBytes() == 8) {
      emit(Op.LDX_DW, insn.dst(), insn.src(), moved.storedOffsetBytes(), 0);
      return;
    }
    int op = (signed ? Op.LDXS_B : Op.LDX_B) + sizeIndex(insn);
    emit(op, insn.dst(), insn.src(), insn.off(), 0);
  }

  private @Nullable ContextAccess contextAccess(int slot, Insn insn) {
    return proof.memory(slot) == Proof.Memory.CONTEXT
        ? spec.type().contextLayout().access(insn.off(), sizeOf(insn), false)
        : null;
  }

  private void store(int slot, Insn insn) {
    int mode = insn.opcode() & 0xe0;
    boolean immediate = (insn.opcode() & 7) == Opcodes.ST;
    if (mode == Opcodes.MEM) {
      check(insn.dst(), insn.off(), sizeOf(insn), false);
      int op = (immediate ? Op.ST_B : Op.STX_B) + sizeIndex(insn);
      emit(op, insn.dst(), insn.src(), insn.off(), insn.imm());
    } else if (mode == Opcodes.ATOMIC && !immediate) {
      atomic(slot, insn);
    } else {
      throw invalid(slot, "unknown opcode %02x".formatted(insn.opcode()));
    }
  }

  private void atomic(int slot, Insn insn) {
    int size = sizeOf(insn);
    boolean load = insn.imm() == Opcodes.LOAD_ACQ;
    check(load ? insn.src() : insn.dst(), insn.off(), size, true);
    if (load || insn.imm() == Opcodes.STORE_REL) {
      int op = load ? Op.LOAD_ACQUIRE : Op.STORE_RELEASE;
      emit(op, insn.dst(), insn.src(), insn.off(), size);
      return;
    }
    int operation = insn.imm() & ~Opcodes.FETCH;
    boolean arithmetic =
        operation == Opcodes.ADD
            || operation == Opcodes.OR
            || operation == Opcodes.AND
            || operation == Opcodes.XOR;
    boolean exchange = insn.imm() == Opcodes.XCHG || insn.imm() == Opcodes.CMPXCHG;
    if (size < 4 || !arithmetic && !exchange) {
      throw invalid(slot, "BPF_ATOMIC uses invalid atomic opcode %02x".formatted(insn.imm()));
    }
    int op = size == 8 ? Op.ATOMIC64 : Op.ATOMIC32;
    emit(op, insn.dst(), insn.src(), insn.off(), insn.imm());
  }

  private void check(int register, int offset, int size, boolean aligned) {
    if (checked) {
      emit(aligned ? Op.CHECK_ALIGNED : Op.CHECK_ACCESS, 0, register, offset, size);
    }
  }

  private static int sizeOf(Insn insn) {
    return 1 << sizeIndex(insn);
  }

  /** Returns 0 to 3 for 1, 2, 4 and 8 bytes. */
  private static int sizeIndex(Insn insn) {
    return switch (insn.opcode() & 0x18) {
      case Opcodes.B -> 0;
      case Opcodes.H -> 1;
      case Opcodes.W -> 2;
      default -> 3;
    };
  }

  // ---- jumps and calls --------------------------------------------------------------------------

  private void jump(int slot, Insn insn) {
    JumpOp op = JumpOp.of(insn.opcode());
    if (op != null) {
      conditional(slot, insn, op);
      return;
    }
    switch (insn.opcode()) {
      case Opcodes.JMP -> always(slot, target(slot, insn.off()));
      case Opcodes.JMP32 -> always(slot, target(slot, insn.imm()));
      case Opcodes.MAY_GOTO -> reach(slot, Op.MAY_GOTO, 0, 0, 0, target(slot, insn.off()));
      case Opcodes.CALL -> call(slot, insn);
      case Opcodes.CALLX -> {
        if (!checked) {
          throw invalid(slot, "callx: a proved program has none");
        }
        emit(Op.CALLX, insn.dst(), 0, 0, 0);
      }
      case Opcodes.EXIT -> emit(Op.EXIT, 0, 0, 0, 0);
      default -> throw invalid(slot, "unknown opcode %02x".formatted(insn.opcode()));
    }
  }

  private void always(int slot, int target) {
    budget(slot, target);
    emitJump(Op.JA, 0, 0, 0, target);
  }

  private void conditional(int slot, Insn insn, JumpOp op) {
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    int block =
        (insn.opcode() & 7) == Opcodes.JMP
            ? register ? Op.JEQ64_X : Op.JEQ64_K
            : register ? Op.JEQ32_X : Op.JEQ32_K;
    int target = target(slot, insn.off());
    reach(slot, block + op.ordinal(), insn.dst(), insn.src(), biased(insn, op), target);
  }

  /**
   * Unsigned comparisons are signed ones of biased numbers; the immediate is biased here, so that
   * the loop has only the register to bias.
   */
  private static long biased(Insn insn, JumpOp op) {
    boolean unsigned = op == JumpOp.JGT || op == JumpOp.JGE || op == JumpOp.JLT || op == JumpOp.JLE;
    if (!unsigned) {
      return insn.imm();
    }
    boolean wide = (insn.opcode() & 7) == Opcodes.JMP;
    return wide ? insn.imm() + Long.MIN_VALUE : insn.imm() + Integer.MIN_VALUE;
  }

  private void reach(int slot, int op, int dst, int src, long imm, int target) {
    budget(slot, target);
    emitJump(op, dst, src, imm, target);
  }

  private void budget(int slot, int target) {
    if (checked && target <= slot) {
      emit(Op.CHECK_BUDGET, 0, 0, 0, 0);
    }
  }

  private int target(int slot, int distance) {
    long target = (long) slot + 1 + distance;
    if (target < 0 || target >= insns.size()) {
      throw invalid(slot, "jump to insn %d of %d".formatted(target, insns.size()));
    }
    return (int) target;
  }

  private void call(int slot, Insn insn) {
    if (insn.isPseudoCall()) {
      if (checked) {
        emit(Op.CHECK_DEPTH, 0, 0, 0, 0);
      }
      emitJump(Op.CALL_LOCAL, 0, 0, 0, target(slot, insn.imm()));
    } else if (insn.isKfuncCall()) {
      HelperProto kfunc = proof.program().kfuncs().get(insn.imm());
      emitTurns(kfunc);
      handles.add(HelperHandles.of(kfunc));
      emit(Op.CALL_HELPER, 0, 0, 0, handles.size() - 1);
    } else {
      helper(slot, insn.imm());
    }
  }

  private void helper(int slot, int id) {
    HelperProto helper = helpers.apply(id);
    if (helper == null) {
      throw invalid(slot, "invalid func unknown#%d".formatted(id));
    }
    if (helper.body() == null) {
      emit(construct(slot, helper), 0, 0, 0, 0);
    } else if (helper.id() == Helpers.MAP_LOOKUP_ELEM && !checked) {
      emit(Op.MAP_LOOKUP, 0, 0, 0, 0);
    } else {
      int index =
          handleOfId.computeIfAbsent(
              id,
              unused -> {
                handles.add(HelperHandles.of(helper));
                return handles.size() - 1;
              });
      emitTurns(helper);
      emit(Op.CALL_HELPER, 0, 0, 0, index);
    }
  }

  private int construct(int slot, HelperProto helper) {
    if (checked) {
      throw invalid(slot, helper.name() + ": only a proved program may call it");
    }
    return switch (helper.id()) {
      case Helpers.TAIL_CALL -> {
        tailCalls = true;
        yield Op.TAIL_CALL;
      }
      case Helpers.LOOP -> Op.LOOP;
      case Helpers.FOR_EACH_MAP_ELEM -> Op.FOR_EACH;
      case Helpers.USER_RINGBUF_DRAIN -> Op.DRAIN;
      case Helpers.TIMER_SET_CALLBACK -> Op.TIMER_CALLBACK;
      default -> throw invalid(slot, helper.name() + ": the interpreter does not know it");
    };
  }

  private InvalidInsnException invalid(int slot, String what) {
    return new InvalidInsnException(
        "program \"%s\" insn %d: %s".formatted(spec.name(), slot, what));
  }
}
