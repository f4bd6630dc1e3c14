package dev.sonde.jit.plan;

import dev.sonde.jit.plan.Definitions.Definition;
import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.jit.plan.NaturalLoops.Loop;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Loops whose counter starts at a constant, steps by a constant and is compared with a constant.
 * How often they turn is then known, and between which values the counter stays.
 */
final class CountedLoops {
  /** More turns than this are not kept in an int without a thought. */
  private static final long MAX_TRIPS = 1 << 24;

  private final Knowledge known;
  private final List<Block> blocks;
  private final Webs webs;
  private final Definitions definitions;
  private final NaturalLoops loops;
  private final Transfer transfer;
  private final Map<Integer, Counted> byTest = new HashMap<>();
  private final Map<Integer, Interval> ranges = new HashMap<>();

  /**
   * @param test the insn that stays or leaves
   * @param web the counter
   * @param step what each turn adds
   * @param trips the most turns for each entry
   * @param limit what the counter is compared with
   * @param chunk how many turns may pass without a chance to stop; 0: all of them
   */
  record Counted(Loop loop, int test, int web, long step, long trips, int limit, int chunk) {
    Counted in(int turns) {
      return new Counted(loop, test, web, step, trips, limit, turns);
    }
  }

  CountedLoops(Knowledge known, List<Block> blocks, Webs webs, Definitions definitions, int start) {
    this.known = known;
    this.blocks = blocks;
    this.webs = webs;
    this.definitions = definitions;
    this.loops = new NaturalLoops(blocks, start);
    this.transfer = new Transfer(known);
    for (Loop loop : loops.all()) {
      find(loop);
    }
    Safepoints.chunk(known, blocks, byTest);
  }

  /** Returns the values of webs that count turns, directly or beside the counter. */
  Map<Integer, Interval> ranges() {
    return ranges;
  }

  /** Returns the steps of counters, by the insn that tests them against equality. */
  Map<Integer, Counted> byTest() {
    return byTest;
  }

  private void find(Loop loop) {
    BitSet body = loop.body();
    for (int b = body.nextSetBit(0); b >= 0; b = body.nextSetBit(b + 1)) {
      Block block = blocks.get(b);
      if (block.successors().length == 2 && loops.isInnermost(loop, b) && isPassedByAll(loop, b)) {
        boolean straightStays = body.get(block.successors()[0]);
        boolean takenStays = body.get(block.successors()[1]);
        if (straightStays != takenStays && test(loop, block, takenStays)) {
          return;
        }
      }
    }
  }

  private boolean isPassedByAll(Loop loop, int block) {
    return loop.latches().stream().allMatch(l -> loops.dominators().dominates(block, l));
  }

  private boolean test(Loop loop, Block block, boolean takenStays) {
    Op insn = known.insn(block.last());
    JumpOp op = JumpOp.of(insn.opcode());
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    if (op == null || register) {
      return false;
    }
    int web = definitions.dstOf(block.last());
    Definition step = step(loop, web);
    if (step == null
        || !loops.dominators().dominates(step.block(), block.index())
        || reenters(loop, known.insn(step.insn()).dst())) {
      return false;
    }
    Interval start = start(loop, web, step);
    if (start == null || !start.isConstant()) {
      return false;
    }
    long by = known.insn(step.insn()).imm();
    boolean narrow =
        (insn.opcode() & 7) == Opcodes.JMP32
            || (known.insn(step.insn()).opcode() & 7) == Opcodes.ALU;
    long trips = trips(takenStays ? op : opposite(op), start.min(), by, insn.imm());
    if (trips <= 0 || trips > MAX_TRIPS) {
      return false;
    }
    Interval values = Interval.of(start.min()).unite(Interval.of(start.min() + trips * by));
    boolean fits = values.min() >= Integer.MIN_VALUE && values.max() <= Integer.MAX_VALUE;
    if (!fits || narrow && values.min() < 0) {
      return false;
    }
    Counted counted = new Counted(loop, block.last(), web, by, trips, insn.imm(), 0);
    byTest.put(block.last(), counted);
    ranges.put(web, values);
    findBeside(counted);
    return true;
  }

  /**
   * Returns how often the loop turns that goes on while {@code i op limit}, tested after the step.
   */
  private static long trips(JumpOp op, long start, long step, long limit) {
    long distance = limit - start;
    return switch (op) {
      case JNE -> step != 0 && distance % step == 0 ? distance / step : 0;
      case JLT, JSLT ->
          start >= 0 && limit >= 0 && step > 0 ? Math.max(1, ceil(distance, step)) : 0;
      case JLE, JSLE ->
          start >= 0 && limit >= 0 && step > 0 ? Math.max(1, ceil(distance + 1, step)) : 0;
      default -> 0;
    };
  }

  private static long ceil(long distance, long step) {
    return distance <= 0 ? 0 : (distance + step - 1) / step;
  }

  private static JumpOp opposite(JumpOp op) {
    return switch (op) {
      case JEQ -> JumpOp.JNE;
      case JGE -> JumpOp.JLT;
      case JSGE -> JumpOp.JSLT;
      case JGT -> JumpOp.JLE;
      case JSGT -> JumpOp.JSLE;
      default -> JumpOp.JSET; // whose loops are not counted
    };
  }

  /** Returns the only definition inside the loop, if it adds a constant to the web itself. */
  private @org.jspecify.annotations.Nullable Definition step(Loop loop, int web) {
    Definition found = null;
    for (Definition definition : definitions.of(web)) {
      if (loop.body().get(definition.block())) {
        Op insn = known.insn(definition.insn());
        int opcode = insn.opcode() & ~7;
        int cls = insn.opcode() & 7;
        boolean adds = opcode == Opcodes.ADD && (cls == Opcodes.ALU || cls == Opcodes.ALU64);
        if (found != null
            || !adds
            || definition.dst() != web
            || !loops.isInnermost(loop, definition.block())) {
          return null;
        }
        found = definition;
      }
    }
    return found;
  }

  /** Returns the values that the web enters the loop with, or null. */
  private @org.jspecify.annotations.Nullable Interval start(Loop loop, int web, Definition step) {
    if (definitions.isGiven(web)) {
      return null;
    }
    Interval start = null;
    for (Definition definition : definitions.of(web)) {
      if (definition != step) {
        Interval one = transfer.alone(definition);
        start = start == null ? one : start.unite(one);
      }
    }
    return start;
  }

  /** Tells whether the loop may be entered again with what the register held when it was left. */
  private boolean reenters(Loop loop, int register) {
    Deque<Integer> pending = new ArrayDeque<>();
    BitSet seen = new BitSet();
    BitSet body = loop.body();
    for (int b = body.nextSetBit(0); b >= 0; b = body.nextSetBit(b + 1)) {
      for (int successor : blocks.get(b).successors()) {
        if (!body.get(successor)) {
          pending.push(successor);
        }
      }
    }
    while (!pending.isEmpty()) {
      int at = pending.pop();
      if (at == loop.head()) {
        return true;
      }
      if (!seen.get(at) && !defines(blocks.get(at), register)) {
        for (int successor : blocks.get(at).successors()) {
          pending.push(successor);
        }
      }
      seen.set(at);
    }
    return false;
  }

  private boolean defines(Block block, int register) {
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      if (Operands.defined(known.insn(at)) == register) {
        return true;
      }
      at += known.insn(at).isLdImm64() ? 2 : 1;
    }
    return false;
  }

  /** What a turn adds a constant to once stays between its start and that, times the turns. */
  private void findBeside(Counted counted) {
    for (Definition definition : definitions.all()) {
      int web = definition.web();
      if (!counted.loop.body().get(definition.block()) || ranges.containsKey(web)) {
        continue;
      }
      Definition step = step(counted.loop, web);
      Interval start = step == null ? null : start(counted.loop, web, step);
      if (start == null
          || start.equals(Interval.ALL)
          || reenters(counted.loop, known.insn(step.insn()).dst())) {
        continue;
      }
      Interval all = beside(start, known.insn(step.insn()).imm() * counted.trips);
      boolean narrow = (known.insn(step.insn()).opcode() & 7) == Opcodes.ALU;
      boolean wraps = narrow && (all.min() < 0 || all.max() > Interval.U32);
      if (!wraps) {
        ranges.put(web, all);
      }
    }
  }

  private static Interval beside(Interval start, long sum) {
    long low = Math.min(0, sum);
    long high = Math.max(0, sum);
    if (start.min() < Long.MIN_VALUE / 2 || start.max() > Long.MAX_VALUE / 2) {
      return Interval.ALL;
    }
    return new Interval(start.min() + low, start.max() + high);
  }
}
