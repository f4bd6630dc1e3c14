package dev.sonde.jit.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The natural loops of a function, and which is the innermost around a block. */
final class NaturalLoops {
  private static final int NONE = -1;

  private final List<FlowGraph.Block> blocks;
  private final Dominators dominators;
  private final List<Loop> loops = new ArrayList<>();
  private final int[] innermost;
  private boolean reducible = true;

  /**
   * @param head the block that every way into the loop goes through
   * @param latches blocks from which the flow goes back to the head
   * @param body all blocks of the loop
   */
  record Loop(int head, List<Integer> latches, BitSet body) {}

  NaturalLoops(List<FlowGraph.Block> blocks, int start) {
    this.blocks = blocks;
    this.dominators = new Dominators(blocks, start);
    this.innermost = new int[blocks.size()];
    java.util.Arrays.fill(innermost, NONE);
    find();
    for (int i = 0; i < loops.size(); i++) {
      BitSet body = loops.get(i).body();
      for (int b = body.nextSetBit(0); b >= 0; b = body.nextSetBit(b + 1)) {
        if (innermost[b] == NONE || body.cardinality() < size(innermost[b])) {
          innermost[b] = i;
        }
      }
    }
  }

  /** Returns the loops; none where the function has a loop with several ways into it. */
  List<Loop> all() {
    return reducible ? loops : List.of();
  }

  Dominators dominators() {
    return dominators;
  }

  /** Tells whether {@code loop} is the innermost around {@code block}. */
  boolean isInnermost(Loop loop, int block) {
    return innermost[block] != NONE && loops.get(innermost[block]) == loop;
  }

  private int size(int loop) {
    return loops.get(loop).body().cardinality();
  }

  private void find() {
    Map<Integer, List<Integer>> latches = new TreeMap<>();
    for (FlowGraph.Block block : blocks) {
      for (int successor : block.successors()) {
        if (dominators.isRetreating(block.index(), successor)) {
          reducible &= dominators.dominates(successor, block.index());
          latches.computeIfAbsent(successor, head -> new ArrayList<>()).add(block.index());
        }
      }
    }
    if (reducible) {
      latches.forEach((head, from) -> loops.add(new Loop(head, from, body(head, from))));
    }
  }

  private BitSet body(int head, List<Integer> latches) {
    BitSet body = new BitSet();
    body.set(head);
    Deque<Integer> pending = new ArrayDeque<>(latches);
    while (!pending.isEmpty()) {
      int block = pending.pop();
      if (!body.get(block)) {
        body.set(block);
        pending.addAll(dominators.predecessorsOf(block));
      }
    }
    return body;
  }
}
