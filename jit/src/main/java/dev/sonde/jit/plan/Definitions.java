package dev.sonde.jit.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** By web: what defines it; and by insn: which webs its operands are. */
final class Definitions {
  private final Map<Integer, List<Definition>> byWeb = new HashMap<>();
  private final Map<Integer, int[]> operands = new HashMap<>();
  private final List<Definition> all = new ArrayList<>();
  private final BitSet given = new BitSet();

  /**
   * @param insn the insn that defines
   * @param block where it is
   * @param web what it defines
   * @param dst the web of its destination register before it, -1 if it does not read that
   * @param src the web of its source register, -1 if it has none
   */
  record Definition(int insn, int block, int web, int dst, int src) {}

  Definitions(Knowledge known, List<FlowGraph.Block> blocks, long[] live, Webs webs, int start) {
    for (FlowGraph.Block block : blocks) {
      collect(known, block, webs);
    }
    for (int r = 0; r < webs.registers(); r++) {
      if ((live[start] & 1L << r) != 0) {
        given.set(webs.atStartOf(start, r));
      }
    }
  }

  private void collect(Knowledge known, FlowGraph.Block block, Webs webs) {
    webs.enter(block);
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      Op insn = known.insn(at);
      int dst = insn.dst() < webs.registers() ? webs.of(insn.dst()) : -1;
      int src = insn.src() < webs.registers() ? webs.of(insn.src()) : -1;
      operands.put(at, new int[] {dst, src});
      if (Operands.defined(insn) != Operands.NONE) {
        Definition definition = new Definition(at, block.index(), webs.definedBy(at), dst, src);
        all.add(definition);
        byWeb.computeIfAbsent(definition.web, web -> new ArrayList<>()).add(definition);
      }
      webs.pass(at);
      at += insn.isLdImm64() ? 2 : 1;
    }
  }

  List<Definition> all() {
    return all;
  }

  List<Definition> of(int web) {
    return byWeb.getOrDefault(web, List.of());
  }

  /** Tells whether the function's caller defines the web as well. */
  boolean isGiven(int web) {
    return given.get(web);
  }

  /** Returns the web of the destination register of the insn, before it. */
  int dstOf(int insn) {
    return operands.get(insn)[0];
  }
}
