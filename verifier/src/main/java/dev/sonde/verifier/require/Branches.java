package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Decision;
import dev.sonde.verifier.domain.Refined;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** Conditional jumps ({@code check_cond_jmp_op}, Linux 6.18): V-40 to V-44, V-50, V-52, V-133. */
final class Branches {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;

  private final Step step;

  Branches(Step step) {
    this.step = step;
  }

  int run(Insn insn) {
    int op = insn.opcode() & 0xf0;
    if (op == Opcodes.JCOND) {
      return mayGoto(insn);
    }
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    step.requireReadable(insn.dst());
    if (register ? insn.imm() != 0 : insn.src() != 0) {
      throw invalid("BPF_JMP/JMP32 uses reserved fields");
    }
    if (register) {
      step.requireReadable(insn.src());
      boolean packets = isPacketAny(step.reg(insn.dst())) && isPacketAny(step.reg(insn.src()));
      if (!packets && step.leaks(insn.src())) {
        throw denied("R%d pointer comparison prohibited".formatted(insn.src()));
      }
    }
    boolean wide = (insn.opcode() & 7) == Opcodes.JMP;
    Reg dst = step.reg(insn.dst());
    Reg src = register ? step.reg(insn.src()) : Reg.constant(insn.imm());
    Decision decision = decide(op, wide, dst, src);
    if (decision != Decision.UNKNOWN) {
      return decided(insn, register, decision == Decision.ALWAYS);
    }
    return both(insn, op, wide, register);
  }

  private int mayGoto(Insn insn) {
    if (insn.src() != 0 || insn.dst() != 0 || insn.imm() != 0) {
      throw invalid("invalid may_goto imm " + insn.imm());
    }
    State fallThrough = step.state().copy();
    fallThrough.setTurns(fallThrough.turns() + 1);
    step.path().loopBranch(fallThrough, step.at() + 1, step.at());
    step.facts().branch(step.at(), true);
    step.facts().branch(step.at(), false);
    return step.at() + 1 + insn.off();
  }

  private int decided(Insn insn, boolean register, boolean taken) {
    if (step.reg(insn.dst()).isScalar()) {
      step.path().precise(insn.dst());
    }
    if (register && step.reg(insn.src()).isScalar()) {
      step.path().precise(insn.src());
    }
    step.facts().branch(step.at(), taken);
    return step.at() + 1 + (taken ? insn.off() : 0);
  }

  private static boolean isPacketAny(Reg reg) {
    return reg.flags() == 0 && (reg.kind().isPacket() || reg.kind() == RegKind.PACKET_END);
  }

  // ---- decision
  // ------------------------------------------------------------------------------------

  private static Decision decide(int op, boolean wide, Reg dst, Reg src) {
    if (dst.isScalar() && src.isScalar()) {
      return DOMAIN.decide(op, wide, dst.var(), src.var());
    }
    if (!wide) {
      return Decision.UNKNOWN; // the low half of an address may be anything
    }
    Decision packets = PacketRanges.decide(op, dst, src);
    if (packets != Decision.UNKNOWN) {
      return packets;
    }
    boolean null1 = src.isConstant(0) && isNotNull(dst);
    boolean null2 = dst.isConstant(0) && isNotNull(src);
    if (!null1 && !null2) {
      return Decision.UNKNOWN;
    }
    return switch (op) {
      case Opcodes.JEQ -> Decision.NEVER;
      case Opcodes.JNE -> Decision.ALWAYS;
      default -> Decision.UNKNOWN;
    };
  }

  private static boolean isNotNull(Reg reg) {
    boolean flagsOk = (reg.flags() & (Reg.MAYBE_NULL | Reg.UNTRUSTED)) == 0;
    return flagsOk
        && switch (reg.kind()) {
          case MAP_VALUE, MAP_KEY, SOCK_COMMON, SOCKET, TCP_SOCK, MEM, MAP_PTR -> true;
          default -> false;
        };
  }

  // ---- both ways
  // -----------------------------------------------------------------------------------

  private int both(Insn insn, int op, boolean wide, boolean register) {
    State here = step.state();
    Reg dst = step.reg(insn.dst());
    Reg src = register ? step.reg(insn.src()) : Reg.constant(insn.imm());
    int[] linked = ScalarIds.collect(step, src, new int[0]);
    linked = src.id() != dst.id() ? ScalarIds.collect(step, dst, linked) : linked;
    dst = step.reg(insn.dst());
    src = register ? step.reg(insn.src()) : src;
    if (linked.length > 1) {
      step.path().linked(linked);
    }
    boolean same = register && insn.dst() == insn.src();
    boolean refines = dst.isScalar() && src.isScalar() && !same;
    State jumped = here.copy();
    Refined taken = refines ? DOMAIN.refine(op, wide, dst.var(), src.var(), true) : null;
    Refined fallen = refines ? DOMAIN.refine(op, wide, dst.var(), src.var(), false) : null;
    if (refines && (taken == null || fallen == null)) {
      return decided(insn, register, fallen == null);
    }
    if (taken != null && fallen != null) {
      teach(here, insn, dst, src, fallen, register, linked);
      teach(jumped, insn, dst, src, taken, register, linked);
    } else if (wide) {
      comparePointers(insn, op, register, dst, src, here, jumped);
    }
    if (step.leaks(insn.dst()) && !isAllowedInStrict(insn, op, wide, register, dst, src)) {
      throw denied("R%d pointer comparison prohibited".formatted(insn.dst()));
    }
    step.facts().branch(step.at(), true);
    step.facts().branch(step.at(), false);
    step.path().branch(jumped, step.at() + 1 + insn.off());
    return step.at() + 1;
  }

  private static boolean isAllowedInStrict(
      Insn insn, int op, boolean wide, boolean register, Reg dst, Reg src) {
    boolean equality = op == Opcodes.JEQ || op == Opcodes.JNE;
    boolean nullCheck = wide && !register && insn.imm() == 0 && equality && dst.maybeNull();
    return nullCheck || wide && isPacketAny(dst) && isPacketAny(src);
  }

  private static void teach(
      State state, Insn insn, Reg dst, Reg src, Refined refined, boolean register, int[] linked) {
    Reg newDst = dst.withVar(refined.dst());
    Reg newSrc = src.withVar(refined.src());
    state.setReg(insn.dst(), newDst);
    if (register) {
      state.setReg(insn.src(), newSrc);
      ScalarIds.spread(state, linked, newSrc);
    }
    ScalarIds.spread(state, linked, newDst);
  }

  private static void comparePointers(
      Insn insn, int op, boolean register, Reg dst, Reg src, State here, State jumped) {
    boolean equality = op == Opcodes.JEQ || op == Opcodes.JNE;
    if (equality) {
      equalPointers(insn, dst, src, op == Opcodes.JEQ ? jumped : here);
    }
    if (!register && insn.imm() == 0 && equality) {
      NullChecks.apply(here, dst, op == Opcodes.JNE);
      NullChecks.apply(jumped, dst, op == Opcodes.JEQ);
    } else if (register) {
      PacketRanges.learn(op, dst, src, here, jumped, insn);
    }
  }

  /** V-52: what equals a pointer that is not null is not null. */
  private static void equalPointers(Insn insn, Reg dst, Reg src, State equal) {
    boolean candidates =
        dst.maybeNull() != src.maybeNull()
            && dst.kind() != RegKind.BTF_ID
            && src.kind() != RegKind.BTF_ID;
    if (candidates) {
      Reg sure = dst.maybeNull() ? src : dst;
      if (isNotNull(sure)) {
        int index = dst.maybeNull() ? insn.dst() : insn.src();
        Reg reg = equal.reg(index);
        equal.setReg(index, NullChecks.notNull(reg));
      }
    }
  }
}
