package dev.sonde.jit.plan;

import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What clang made of a switch: a tree of comparisons of one register with constants. Which leaf a
 * value comes to is looked up in a table instead.
 */
public final class Switches {
  /** Fewer comparisons are as fast as a table. */
  private static final int LEAST_NODES = 4;

  private static final int MOST_CASES = 256;

  private final Knowledge known;
  private final FunctionPlan function;
  private final Map<Integer, Switch> byBlock = new TreeMap<>();
  private final BitSet inTrees = new BitSet();
  private final BitSet unreachable = new BitSet();

  /**
   * A table in place of the jump that ends a block.
   *
   * @param first the value that {@code targets} begins with
   * @param targets the block for each value
   * @param otherwise the block for all other values
   */
  public record Switch(int register, int first, int[] targets, int otherwise) {}

  private Switches(Knowledge known, FunctionPlan function) {
    this.known = known;
    this.function = function;
  }

  /** Finds the switches of {@code function}. */
  public static Switches of(Knowledge known, FunctionPlan function) {
    Switches switches = new Switches(known, function);
    if (!known.checked()) {
      for (Block block : function.blocks()) {
        if (!switches.inTrees.get(block.index()) && switches.isTest(block)) {
          switches.find(block);
        }
      }
      switches.findUnreachable();
    }
    return switches;
  }

  public static Switches none(Knowledge known, FunctionPlan function) {
    return new Switches(known, function);
  }

  /** Returns the table that ends {@code block}, or null. */
  public @Nullable Switch at(int block) {
    return byBlock.get(block);
  }

  /** Tells whether no flow comes to {@code block} any more. */
  public boolean isUnreachable(int block) {
    return unreachable.get(block);
  }

  /** Returns where the flow may go from {@code block}. */
  public int[] successors(Block block) {
    Switch table = byBlock.get(block.index());
    if (table == null) {
      return block.successors();
    }
    int[] all = java.util.Arrays.copyOf(table.targets, table.targets.length + 1);
    all[table.targets.length] = table.otherwise;
    return all;
  }

  private boolean isTest(Block block) {
    if (block.successors().length != 2 || !known.isReached(block.last())) {
      return false;
    }
    Op insn = known.insn(block.last());
    JumpOp op = JumpOp.of(insn.opcode());
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    return op != null && op != JumpOp.JSET && !register && insn.imm() >= 0;
  }

  private boolean isNode(Block block, int register) {
    return isTest(block)
        && block.first() == block.last()
        && known.insn(block.last()).dst() == register;
  }

  private void find(Block root) {
    int register = known.insn(root.last()).dst();
    int web = webAtEnd(root, register);
    Types types = function.types();
    BitSet tree = new BitSet();
    Deque<Block> pending = new ArrayDeque<>();
    pending.push(root);
    int least = Integer.MAX_VALUE;
    int most = 0;
    boolean signed = false;
    while (!pending.isEmpty()) {
      Block node = pending.pop();
      if (tree.get(node.index())) {
        continue;
      }
      tree.set(node.index());
      Op insn = known.insn(node.last());
      least = Math.min(least, insn.imm());
      most = Math.max(most, insn.imm());
      signed |= isSigned(JumpOp.of(insn.opcode()));
      for (int successor : node.successors()) {
        Block next = function.blocks().get(successor);
        if (isNode(next, register) && next != root) {
          pending.push(next);
        }
      }
    }
    boolean fits = types.fitsSigned(web) && types.min(web) >= 0;
    boolean unsigned = types.fitsUnsigned(web) && !signed;
    long first = Math.max(least == 0 ? 0 : least - 1, types.min(web));
    long last = Math.min(most + 1L, types.max(web));
    if (tree.cardinality() < LEAST_NODES
        || !(fits || unsigned)
        || last - first >= MOST_CASES
        || last - first < 1) {
      return;
    }
    table(root, register, tree, (int) first, (int) last, types.min(web), types.max(web));
  }

  /** What is above the last constant comes to one leaf, and so does what is below the first. */
  private void table(
      Block root, int register, BitSet tree, int first, int last, long min, long max) {
    int[] targets = new int[last - first + 1];
    for (int value = first; value <= last; value++) {
      targets[value - first] = leaf(root, register, tree, value);
    }
    int above = targets[targets.length - 1];
    boolean below = min < first && targets[0] != above;
    if (below) {
      return;
    }
    byBlock.put(root.index(), new Switch(register, first, targets, above));
    inTrees.or(tree);
  }

  private int leaf(Block root, int register, BitSet tree, int value) {
    Block at = root;
    for (int steps = 0; steps <= tree.cardinality(); steps++) {
      Op insn = known.insn(at.last());
      boolean taken = isTaken(JumpOp.of(insn.opcode()), value, insn.imm());
      int next = at.successors()[taken ? 1 : 0];
      if (!tree.get(next) || next == root.index()) {
        return next;
      }
      at = function.blocks().get(next);
    }
    throw new IllegalStateException("comparisons at insn " + root.last() + " do not end");
  }

  private static boolean isSigned(@Nullable JumpOp op) {
    return op == JumpOp.JSGT || op == JumpOp.JSGE || op == JumpOp.JSLT || op == JumpOp.JSLE;
  }

  private static boolean isTaken(@Nullable JumpOp op, int value, int constant) {
    if (op == null) {
      throw new IllegalArgumentException("no comparison");
    }
    return switch (op) {
      case JEQ -> value == constant;
      case JNE -> value != constant;
      case JGT, JSGT -> value > constant;
      case JGE, JSGE -> value >= constant;
      case JLT, JSLT -> value < constant;
      case JLE, JSLE -> value <= constant;
      case JSET -> (value & constant) != 0;
    };
  }

  private int webAtEnd(Block block, int register) {
    Webs webs = function.webs();
    webs.enter(block);
    for (int at = block.first(); at <= block.last(); at += known.step(at)) {
      if (at == block.last()) {
        break;
      }
      webs.pass(at);
    }
    return webs.of(register);
  }

  /** Comparisons that nobody jumps to from elsewhere go, and leaves that no value comes to. */
  private void findUnreachable() {
    unreachable.set(0, function.blocks().size());
    Deque<Integer> pending = new ArrayDeque<>();
    pending.push(function.start().index());
    while (!pending.isEmpty()) {
      int block = pending.pop();
      if (unreachable.get(block)) {
        unreachable.clear(block);
        for (int next : successors(function.blocks().get(block))) {
          pending.push(next);
        }
      }
    }
  }
}
