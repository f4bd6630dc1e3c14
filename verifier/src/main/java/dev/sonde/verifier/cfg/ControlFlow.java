package dev.sonde.verifier.cfg;

import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a program whose structure is sound: its functions, where states are compared, which
 * registers are live (V-09 to V-12).
 */
public final class ControlFlow {
  private final ResolvedProgram program;
  private final List<Insn> insns;
  private final int[] starts;
  private final BitSet prunePoints = new BitSet();
  private final BitSet checkpoints = new BitSet();
  private final int[] liveRegs;
  private final BitSet packetChanges;

  private ControlFlow(ResolvedProgram program) {
    this.program = program;
    insns = program.insns();
    starts = new Structure(program).check();
    new Reachability(this).check();
    liveRegs = Liveness.compute(this, program);
    packetChanges = findPacketChanges();
  }

  /**
   * Checks the structure of {@code program} and computes its control flow.
   *
   * @throws Rejection if it is none
   */
  public static ControlFlow of(ResolvedProgram program) {
    return new ControlFlow(program);
  }

  public List<Insn> insns() {
    return insns;
  }

  public int subprograms() {
    return starts.length;
  }

  public int start(int subprogram) {
    return starts[subprogram];
  }

  public int end(int subprogram) {
    return subprogram + 1 < starts.length ? starts[subprogram + 1] : insns.size();
  }

  /** Returns the function that begins at {@code insn}, or -1. */
  public int subprogramAt(int insn) {
    int found = Arrays.binarySearch(starts, insn);
    return found < 0 ? -1 : found;
  }

  /** Returns the function that {@code insn} is part of. */
  public int subprogramOf(int insn) {
    int found = Arrays.binarySearch(starts, insn);
    return found < 0 ? -found - 2 : found;
  }

  /** Tells whether states are compared before {@code insn}. */
  public boolean isPrunePoint(int insn) {
    return prunePoints.get(insn);
  }

  /** Tells whether a state is kept each time before {@code insn}: where loops converge. */
  public boolean isCheckpoint(int insn) {
    return checkpoints.get(insn);
  }

  /** Tells whether {@code insn} hands a function to a helper that runs it before it returns. */
  public boolean callsBack(int insn) {
    Insn code = insns.get(insn);
    return code.isHelperCall()
        && switch (code.imm()) {
          case Helpers.LOOP, Helpers.FOR_EACH_MAP_ELEM, Helpers.USER_RINGBUF_DRAIN -> true;
          default -> false;
        };
  }

  /** Tells whether {@code insn} asks an open-coded iterator for its next element. */
  public boolean stepsIterator(int insn) {
    HelperProto kfunc = kfunc(insns.get(insn));
    return kfunc != null && kfunc.arg(0) == ArgKind.ITERATOR_NEXT;
  }

  private @Nullable HelperProto kfunc(Insn insn) {
    boolean known = insn.isKfuncCall() && insn.imm() >= 0 && insn.imm() < program.kfuncs().size();
    return known ? program.kfuncs().get(insn.imm()) : null;
  }

  /** Tells whether packet pointers are lost by some call in {@code subprogram} or below it. */
  public boolean changesPacket(int subprogram) {
    return packetChanges.get(subprogram);
  }

  private BitSet findPacketChanges() {
    BitSet changes = new BitSet();
    boolean grown = true;
    while (grown) {
      grown = false;
      for (int s = 0; s < starts.length; s++) {
        if (!changes.get(s) && changesPacket(s, changes)) {
          changes.set(s);
          grown = true;
        }
      }
    }
    return changes;
  }

  private boolean changesPacket(int subprogram, BitSet known) {
    for (int i = start(subprogram); i < end(subprogram); i++) {
      Insn insn = insns.get(i);
      HelperProto called = insn.isHelperCall() ? Helpers.byId(insn.imm()) : kfunc(insn);
      boolean refers = insn.isPseudoCall() || Code.isFunctionPointer(insn);
      if (called != null && called.changesPacket()
          || refers && known.get(subprogramAt(i + 1 + insn.imm()))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the registers, a bit each, that some path from before {@code insn} may read. */
  public int liveRegs(int insn) {
    return liveRegs[insn];
  }

  /** Returns the insns that may follow {@code i} in its own function. */
  int[] successors(int i) {
    Insn insn = insns.get(i);
    if (insn.opcode() == Opcodes.EXIT) {
      return new int[0];
    }
    if (Code.isGoto(insn)) {
      return new int[] {i + 1 + Code.jumpOffset(insn)};
    }
    if (Code.isConditional(insn)) {
      return new int[] {i + 1, i + 1 + insn.off()};
    }
    return new int[] {i + (insn.isLdImm64() ? 2 : 1)};
  }

  void markPrunePoint(int insn) {
    prunePoints.set(insn);
  }

  void markCheckpoint(int insn) {
    prunePoints.set(insn);
    checkpoints.set(insn);
  }

  static Rejection invalid(String message) {
    return new Rejection(Errno.EINVAL, message);
  }
}
