package dev.sonde.verifier;

import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.vm.helper.HelperProto;
import java.util.Arrays;

/** How much of its stack each function uses, on all paths that the explorer walks (V-13). */
final class StackUse implements Facts {
  private static final int MAX_SUBPROGRAMS = 256;

  private int[] depths = new int[1];

  @Override
  public void stackDepth(int subprogram, int bytes) {
    if (subprogram >= depths.length) {
      depths = Arrays.copyOf(depths, subprogram + 1);
    }
    depths[subprogram] = Math.max(depths[subprogram], bytes);
  }

  int[] depths() {
    return Arrays.copyOf(depths, MAX_SUBPROGRAMS);
  }

  int totalDepth() {
    int sum = 0;
    for (int depth : depths) {
      sum += depth;
    }
    return sum;
  }

  String depthText() {
    StringBuilder out = new StringBuilder();
    for (int depth : depths) {
      out.append(out.isEmpty() ? "" : "+").append(depth);
    }
    return out.toString();
  }

  // What an engine may rely on comes from the checker, not from here.

  @Override
  public void reached(int insn) {}

  @Override
  public void access(int insn, Reg pointer, int frame, int off, int size, boolean write) {}

  @Override
  public void branch(int insn, boolean taken) {}

  @Override
  public void defined(int insn, Reg value) {}

  @Override
  public void call(int insn, HelperProto proto, Reg[] arguments, CallFacts call) {}

  @Override
  public void escapes(int insn, Reg pointer) {}
}
