package dev.sonde.jit.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Which blocks every path to a block goes through (Cooper, Harvey, Kennedy: A Simple, Fast
 * Dominance Algorithm, 2001).
 */
final class Dominators {
  private static final int NONE = -1;

  private final List<FlowGraph.Block> blocks;
  private final int[] immediate;
  private final int[] place; // in reverse postorder; NONE: unreachable
  private final List<Integer> order = new ArrayList<>();
  private final List<List<Integer>> predecessors = new ArrayList<>();

  Dominators(List<FlowGraph.Block> blocks, int start) {
    this.blocks = blocks;
    this.immediate = new int[blocks.size()];
    this.place = new int[blocks.size()];
    Arrays.fill(immediate, NONE);
    Arrays.fill(place, NONE);
    for (int i = 0; i < blocks.size(); i++) {
      predecessors.add(new ArrayList<>());
    }
    blocks.forEach(
        b -> Arrays.stream(b.successors()).forEach(s -> predecessors.get(s).add(b.index())));
    sort(start);
    solve(start);
  }

  List<Integer> predecessorsOf(int block) {
    return predecessors.get(block);
  }

  /** Tells whether every path from the start to {@code block} goes through {@code dominator}. */
  boolean dominates(int dominator, int block) {
    int at = block;
    while (place[at] > place[dominator]) {
      at = immediate[at];
    }
    return at == dominator;
  }

  /** Tells whether the edge goes against reverse postorder: every loop has such an edge. */
  boolean isRetreating(int from, int to) {
    return place[to] <= place[from];
  }

  private void sort(int start) {
    List<int[]> stack = new ArrayList<>(); // block, next successor
    place[start] = 0;
    stack.add(new int[] {start, 0});
    while (!stack.isEmpty()) {
      int[] top = stack.get(stack.size() - 1);
      int[] successors = blocks.get(top[0]).successors();
      if (top[1] == successors.length) {
        order.add(top[0]);
        stack.remove(stack.size() - 1);
      } else if (place[successors[top[1]++]] == NONE) {
        int next = successors[top[1] - 1];
        place[next] = 0;
        stack.add(new int[] {next, 0});
      }
    }
    Collections.reverse(order);
    for (int i = 0; i < order.size(); i++) {
      place[order.get(i)] = i;
    }
  }

  private void solve(int start) {
    immediate[start] = start;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int block : order) {
        if (block != start) {
          int found = meet(block);
          changed |= found != immediate[block];
          immediate[block] = found;
        }
      }
    }
  }

  private int meet(int block) {
    int found = NONE;
    for (int p : predecessors.get(block)) {
      if (immediate[p] != NONE) {
        found = found == NONE ? p : common(found, p);
      }
    }
    return found;
  }

  private int common(int a, int b) {
    int x = a;
    int y = b;
    while (x != y) {
      if (place[x] > place[y]) {
        x = immediate[x];
      } else {
        y = immediate[y];
      }
    }
    return x;
  }
}
