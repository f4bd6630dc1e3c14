package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a function that is too long for one method: HotSpot never compiles a method of more than
 * 8000 bytes. Blocks stay in order; a cut is made where the fewest jumps cross it, in the last
 * quarter of what would fit.
 */
public final class Regions {
  private Regions() {}

  /**
   * Returns the first block of each region, and the number of blocks at the end.
   *
   * @param limitBytes how long a region may be, by estimate
   */
  public static int[] of(Knowledge known, FunctionPlan function, int limitBytes) {
    List<FlowGraph.Block> blocks = function.blocks();
    int[] crossing = crossings(blocks);
    List<Integer> cuts = new ArrayList<>(List.of(0));
    int start = 0;
    while (start < blocks.size()) {
      int bytes = 0;
      int end = start;
      int best = -1;
      while (end < blocks.size() && (end == start || bytes < limitBytes)) {
        bytes += bytesOf(known, blocks.get(end));
        end++;
        boolean late = bytes > limitBytes - limitBytes / 4;
        boolean fits = bytes <= limitBytes || end == start + 1;
        if (late && fits && (best < 0 || crossing[end] <= crossing[best])) {
          best = end;
        }
      }
      start = end == blocks.size() && bytes <= limitBytes ? end : best < 0 ? end : best;
      cuts.add(start);
    }
    return cuts.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns how long the function will be, more or less. */
  public static int bytesOf(Knowledge known, FunctionPlan function) {
    return function.blocks().stream().mapToInt(block -> bytesOf(known, block)).sum();
  }

  private static int[] crossings(List<FlowGraph.Block> blocks) {
    int[] crossing = new int[blocks.size() + 2];
    for (FlowGraph.Block block : blocks) {
      for (int successor : block.successors()) {
        int low = Math.min(block.index(), successor);
        int high = Math.max(block.index(), successor);
        crossing[low + 1]++;
        crossing[high + 1]--;
      }
    }
    for (int i = 1; i < crossing.length; i++) {
      crossing[i] += crossing[i - 1];
    }
    return crossing;
  }

  private static int bytesOf(Knowledge known, FlowGraph.Block block) {
    int bytes = 0;
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      Op insn = known.insn(at);
      bytes += bytesOf(insn);
      at += insn.isLdImm64() ? 2 : 1;
    }
    return bytes;
  }

  private static int bytesOf(Op insn) {
    return switch (insn.opcode() & 7) {
      case Opcodes.LD -> 12;
      case Opcodes.LDX, Opcodes.ST, Opcodes.STX -> 24;
      case Opcodes.ALU -> 18;
      case Opcodes.ALU64 -> 14;
      default -> insn.opcode() == Opcodes.CALL ? 48 : 18;
    };
  }
}
