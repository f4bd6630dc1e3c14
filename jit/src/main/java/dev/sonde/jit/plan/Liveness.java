package dev.sonde.jit.plan;

import java.util.List;

/** Which registers are read later: a set of bits by register at the start of each block. */
final class Liveness {
  private Liveness() {}

  static long[] of(Knowledge known, List<FlowGraph.Block> blocks, Callees callees) {
    int count = blocks.size();
    long[] used = new long[count];
    long[] defined = new long[count];
    for (FlowGraph.Block block : blocks) {
      summarize(known, block, callees, used, defined);
    }
    long[] live = used.clone();
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = count - 1; i >= 0; i--) {
        long out = 0;
        for (int successor : blocks.get(i).successors()) {
          out |= live[successor];
        }
        long in = used[i] | out & ~defined[i];
        changed |= in != live[i];
        live[i] = in;
      }
    }
    return live;
  }

  private static void summarize(
      Knowledge known, FlowGraph.Block block, Callees callees, long[] used, long[] defined) {
    long kills = 0;
    long reads = 0;
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      Op insn = known.insn(at);
      reads |= Operands.used(known, at, callees.arguments(known, at)) & ~kills;
      int register = Operands.defined(insn);
      kills |= register == Operands.NONE ? 0 : 1L << register;
      at += insn.isLdImm64() ? 2 : 1;
    }
    used[block.index()] = reads;
    defined[block.index()] = kills;
  }

  /** Says what subprograms take. */
  interface Callees {
    /** Returns the argument registers of the function that begins at {@code entry}. */
    int argumentsOf(int entry);

    default int arguments(Knowledge known, int index) {
      return known.insn(index).isPseudoCall() ? argumentsOf(known.target(index)) : 0;
    }
  }
}
