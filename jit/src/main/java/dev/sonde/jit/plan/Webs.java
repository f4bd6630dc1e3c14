package dev.sonde.jit.plan;

import java.util.Arrays;
import java.util.List;

/**
 * Live ranges: the definitions of a register that reach a common use are one web, and each web gets
 * a type of its own.
 *
 * <p>A node is a definition (the number of its insn) or a register at the start of a block where it
 * is live. Nodes that flow into each other are united, so that no use has to be looked at.
 */
public final class Webs {
  private final Knowledge known;
  private final List<FlowGraph.Block> blocks;
  private final long[] liveIn;
  private final int insns;
  private final int base; // the least insn: nodes of definitions begin there
  private final int[] parent;
  private final int registers;
  private final int[] current;

  Webs(Knowledge known, List<FlowGraph.Block> blocks, long[] liveIn, int registers) {
    this.known = known;
    this.blocks = blocks;
    this.liveIn = liveIn;
    this.registers = registers;
    this.current = new int[registers];
    this.base = blocks.stream().mapToInt(FlowGraph.Block::first).min().orElse(0);
    this.insns = blocks.stream().mapToInt(FlowGraph.Block::last).max().orElse(0) + 1 - base;
    this.parent = new int[insns + blocks.size() * registers];
    Arrays.setAll(parent, i -> i);
    for (FlowGraph.Block block : blocks) {
      unite(block);
    }
  }

  /** Returns how many registers the function has. */
  int registers() {
    return registers;
  }

  /** Returns how many node numbers there are: every web's number is below. */
  public int size() {
    return parent.length;
  }

  /** Takes a register and a web of it. */
  interface Visitor {
    void visit(int register, int web);
  }

  /** Shows {@code visitor} every web that is written or live somewhere, some more than once. */
  void forEach(Visitor visitor) {
    for (FlowGraph.Block block : blocks) {
      for (int r = 0; r < registers; r++) {
        if ((liveIn[block.index()] & 1L << r) != 0) {
          visitor.visit(r, atStartOf(block.index(), r));
        }
      }
      int at = block.first();
      while (at <= block.last() && known.isReached(at)) {
        int register = Operands.defined(known.insn(at));
        if (register != Operands.NONE && !known.isDead(at)) {
          visitor.visit(register, definedBy(at));
        }
        at += known.step(at);
      }
    }
  }

  /** Goes to the start of {@code block}: what is asked and told next is in the order of insns. */
  public void enter(FlowGraph.Block block) {
    for (int r = 0; r < registers; r++) {
      current[r] = atStart(block.index(), r);
    }
  }

  /** Returns the web that {@code register} holds here. */
  public int of(int register) {
    return find(current[register]);
  }

  /** Returns the web that the insn at {@code index} defines. */
  public int definedBy(int index) {
    return find(index - base);
  }

  /** Goes behind the insn at {@code index}. */
  public void pass(int index) {
    int register = Operands.defined(known.insn(index));
    if (register != Operands.NONE) {
      current[register] = index - base;
    }
  }

  /** Returns the web that {@code register} holds at the start of a block where it is live. */
  public int atStartOf(int block, int register) {
    return find(atStart(block, register));
  }

  private int atStart(int block, int register) {
    return insns + block * registers + register;
  }

  private void unite(FlowGraph.Block block) {
    enter(block);
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      Op insn = known.insn(at);
      pass(at);
      at += insn.isLdImm64() ? 2 : 1;
    }
    for (int successor : block.successors()) {
      for (int r = 0; r < registers; r++) {
        if ((liveIn[successor] & 1L << r) != 0) {
          union(current[r], atStart(successor, r));
        }
      }
    }
  }

  private void union(int a, int b) {
    int x = find(a);
    int y = find(b);
    parent[Math.max(x, y)] = Math.min(x, y);
  }

  private int find(int node) {
    int root = node;
    while (parent[root] != root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }

  List<FlowGraph.Block> blocks() {
    return blocks;
  }
}
