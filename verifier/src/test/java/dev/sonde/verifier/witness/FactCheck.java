package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Branch;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Holds every fact of a program against what a machine does. */
final class FactCheck {
  private final ResolvedProgram program;
  private final ProgramFacts facts;
  private final Map<Integer, Loop> loopAtHead = new HashMap<>();
  private final Map<Integer, Loop> loopAtTest = new HashMap<>();
  private final Deque<Map<Loop, Integer>> turns = new ArrayDeque<>();
  private final List<Subprogram> entered = new ArrayList<>(); // by frame
  private long loopsCounted;

  FactCheck(ResolvedProgram program, ProgramFacts facts) {
    this.program = program;
    this.facts = facts;
    for (Loop loop : facts.loops()) {
      loopAtHead.put(loop.head(), loop);
      loopAtTest.put(loop.test(), loop);
    }
  }

  long loopsCounted() {
    return loopsCounted;
  }

  void begins() {
    turns.clear();
    entered.clear();
  }

  void before(int insn, int from, Machine machine) {
    if (!facts.reached().get(insn)) {
      throw new WitnessFailure("insn %d is executed but not reached".formatted(insn));
    }
    while (turns.size() > machine.frames.size()) {
      turns.pop();
      entered.remove(entered.size() - 1);
    }
    while (turns.size() < machine.frames.size()) {
      turns.push(new HashMap<>());
      entered.add(subprogramAt(insn));
    }
    Loop loop = loopAtHead.get(insn);
    if (loop != null && from != loop.backEdge()) {
      turns.element().put(loop, 0);
      long start = machine.register(loop.counter());
      if (start != loop.start()) {
        throw new WitnessFailure("%s starts at %d".formatted(loop, start));
      }
    }
  }

  void jumps(int insn, boolean taken) {
    Branch branch = facts.branches().get(insn);
    if (branch == (taken ? Branch.NEVER : Branch.ALWAYS)) {
      throw new WitnessFailure("insn %d: %s, but taken is %s".formatted(insn, branch, taken));
    }
    Loop loop = loopAtTest.get(insn);
    if (loop != null) {
      int turn = turns.element().merge(loop, 1, Integer::sum);
      int target = insn + 1 + (taken ? program.insns().get(insn).off() : 0);
      boolean stays = isInside(loop, target);
      if (stays ? turn >= loop.trips() : turn != loop.trips()) {
        throw new WitnessFailure("%s: stays is %s in turn %d".formatted(loop, stays, turn));
      }
      loopsCounted += stays ? 0 : 1;
    }
  }

  /** A bottom test goes back or falls out; a top test falls in or jumps out. */
  private static boolean isInside(Loop loop, int target) {
    return target >= loop.head() && target <= loop.backEdge();
  }

  void after(int insn, Machine machine) {
    Insn code = program.insns().get(insn);
    Range range = facts.ranges().get(insn);
    int defined = defined(code);
    if (range != null && defined >= 0) {
      long value = machine.register(defined);
      if (value < range.min() || value > range.max()) {
        throw new WitnessFailure(
            "insn %d: r%d = %d not in %s".formatted(insn, defined, value, range));
      }
    }
  }

  /** Returns the register whose range the facts give for {@code insn}. */
  private static int defined(Insn insn) {
    int cls = insn.opcode() & 7;
    if (cls == Opcodes.ALU || cls == Opcodes.ALU64 || cls == Opcodes.LDX || insn.isLdImm64()) {
      return insn.dst();
    }
    return insn.isHelperCall() ? 0 : -1;
  }

  private Subprogram subprogramAt(int insn) {
    return facts.subprograms().stream()
        .filter(s -> s.firstInsn() <= insn && insn < s.endInsn())
        .findFirst()
        .orElseThrow();
  }

  void touches(int insn, Memory.Block block, long offset, int sizeBytes, Machine machine) {
    Access access = facts.accesses().get(insn);
    if (access == null) {
      throw new WitnessFailure("insn %d touches memory that no fact names".formatted(insn));
    }
    if (access.region() == Region.MEM) {
      return; // a piece of whatever block: that it lies inside was checked
    }
    boolean region = access.region() == block.region || access.region() == Region.MIXED;
    boolean stack = block.region == Region.STACK;
    long fact = stack ? offset - block.sizeBytes() : offset;
    boolean packet = block.region == Region.PACKET; // metadata lies in front of it
    boolean own = machine.frames.get(machine.frames.size() - 1).stack == block;
    if (!region
        || access.constantOffset() && access.offsetBytes() != fact && !packet
        || stack && access.ownFrame() && !own) {
      throw new WitnessFailure(
          "insn %d touches %s at %d, fact %s".formatted(insn, block.region, fact, access));
    }
    if (stack && !access.isOwnSlot()) {
      requireShared(insn, block, (int) offset, sizeBytes, machine);
    }
  }

  private void requireShared(
      int insn, Memory.Block block, int offset, int sizeBytes, Machine machine) {
    for (int i = 0; i < machine.frames.size(); i++) {
      BitSet shared = entered.get(i).sharedFrameBytes();
      boolean touched = machine.frames.get(i).stack == block;
      if (touched && shared.nextClearBit(offset) < offset + sizeBytes) {
        throw new WitnessFailure(
            "insn %d touches bytes %d to %d of a frame, shared are %s"
                .formatted(insn, offset, offset + sizeBytes, shared));
      }
    }
  }
}
