package dev.sonde.verifier.facts;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The basic blocks of a program and who dominates whom; subprograms are separate components with
 * their first insn as root. A call falls through to its next insn.
 */
final class FlowGraph {
  private static final int NONE = -1;

  private final List<Insn> insns;
  private final int[] blockOf;
  private final List<int[]> blocks = new ArrayList<>(); // first and last insn
  private final List<int[]> successors = new ArrayList<>();
  private final List<List<Integer>> predecessors = new ArrayList<>();
  private final int[] postOrder; // by block: its number, NONE if no root reaches it
  private final int[] dominator; // by block: the nearest one, itself for a root

  /**
   * @param roots first insns of the subprograms
   */
  FlowGraph(List<Insn> insns, List<Integer> roots) {
    this.insns = insns;
    blockOf = new int[insns.size()];
    Arrays.fill(blockOf, NONE);
    split(leaders());
    for (int block = 0; block < blocks.size(); block++) {
      predecessors.add(new ArrayList<>());
    }
    for (int[] block : blocks) {
      successors.add(connect(block));
    }
    postOrder = new int[blocks.size()];
    dominator = new int[blocks.size()];
    Arrays.fill(postOrder, NONE);
    Arrays.fill(dominator, NONE);
    dominate(roots);
  }

  /** Returns where insn {@code at} may go next within its subprogram. */
  static int[] next(List<Insn> insns, int at) {
    Insn insn = insns.get(at);
    if (insn.opcode() == Opcodes.EXIT) {
      return new int[0];
    }
    if (insn.opcode() == (Opcodes.JMP | Opcodes.JA)) {
      return new int[] {at + 1 + insn.off()};
    }
    if (insn.opcode() == (Opcodes.JMP32 | Opcodes.JA)) {
      return new int[] {at + 1 + insn.imm()};
    }
    if (JumpOp.of(insn.opcode()) != null || insn.opcode() == Opcodes.MAY_GOTO) {
      return new int[] {at + 1, at + 1 + insn.off()};
    }
    return new int[] {at + (insn.isLdImm64() ? 2 : 1)};
  }

  /** Returns where blocks begin; a subprogram does behind the last insn of another. */
  private BitSet leaders() {
    BitSet leaders = new BitSet();
    for (int at = 0; at < insns.size(); at += insns.get(at).isLdImm64() ? 2 : 1) {
      int[] next = next(insns, at);
      if (next.length != 1 || next[0] != at + (insns.get(at).isLdImm64() ? 2 : 1)) {
        leaders.set(at + 1);
        for (int to : next) {
          leaders.set(to);
        }
      }
    }
    return leaders;
  }

  private void split(BitSet leaders) {
    int first = 0;
    int at = 0;
    while (at < insns.size()) {
      int after = at + (insns.get(at).isLdImm64() ? 2 : 1);
      blockOf[at] = blocks.size();
      if (leaders.get(after)) { // the last insn is an exit or a jump, so that one is behind it
        blocks.add(new int[] {first, at});
        first = after;
      }
      at = after;
    }
  }

  private int[] connect(int[] block) {
    int[] found = next(insns, block[1]);
    for (int i = 0; i < found.length; i++) {
      found[i] = blockOf[found[i]];
      predecessors.get(found[i]).add(blockOf[block[1]]);
    }
    return found;
  }

  /** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */
  private void dominate(List<Integer> roots) {
    List<Integer> order = new ArrayList<>();
    for (int root : roots) {
      if (postOrder[blockOf[root]] == NONE) {
        number(blockOf[root], order);
        dominator[blockOf[root]] = blockOf[root];
      }
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = order.size() - 1; i >= 0; i--) {
        changed |= dominateOne(order.get(i));
      }
    }
  }

  private void number(int root, List<Integer> order) {
    List<int[]> stack = new ArrayList<>(); // block, next successor
    postOrder[root] = 0;
    stack.add(new int[] {root, 0});
    while (!stack.isEmpty()) {
      int[] top = stack.get(stack.size() - 1);
      int[] next = successors.get(top[0]);
      if (top[1] == next.length) {
        postOrder[top[0]] = order.size();
        order.add(top[0]);
        stack.remove(stack.size() - 1);
      } else if (postOrder[next[top[1]++]] == NONE) {
        int block = next[top[1] - 1];
        postOrder[block] = 0;
        stack.add(new int[] {block, 0});
      }
    }
  }

  private boolean dominateOne(int block) {
    if (dominator[block] == block) {
      return false;
    }
    int nearest = NONE;
    for (int from : predecessors.get(block)) {
      if (dominator[from] != NONE) {
        nearest = nearest == NONE ? from : common(nearest, from);
      }
    }
    boolean changed = dominator[block] != nearest;
    dominator[block] = nearest;
    return changed;
  }

  private int common(int a, int b) {
    while (a != b) {
      while (postOrder[a] < postOrder[b]) {
        a = dominator[a];
      }
      while (postOrder[b] < postOrder[a]) {
        b = dominator[b];
      }
    }
    return a;
  }

  int blocks() {
    return blocks.size();
  }

  int blockOf(int insn) {
    return blockOf[insn];
  }

  int firstInsn(int block) {
    return blocks.get(block)[0];
  }

  int lastInsn(int block) {
    return blocks.get(block)[1];
  }

  boolean isReachable(int block) {
    return dominator[block] != NONE;
  }

  int[] successors(int block) {
    return successors.get(block);
  }

  List<Integer> predecessors(int block) {
    return predecessors.get(block);
  }

  /** Tells whether every way from the root to {@code block} leads through {@code other}. */
  boolean dominates(int other, int block) {
    int at = block;
    while (postOrder[at] < postOrder[other]) {
      at = dominator[at];
    }
    return at == other;
  }

  /** Tells whether the edge goes back in the order in which the blocks are first met. */
  boolean isRetreating(int from, int to) {
    return postOrder[from] <= postOrder[to];
  }
}
