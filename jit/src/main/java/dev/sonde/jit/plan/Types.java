package dev.sonde.jit.plan;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** How each web is kept: as a long, or as an int where its values are known to fit. */
public final class Types {
  private final long[] min;
  private final long[] max;
  private final BitSet ints = new BitSet();

  private Types(int webs) {
    min = new long[webs];
    max = new long[webs];
    Arrays.fill(min, Long.MIN_VALUE);
    Arrays.fill(max, Long.MAX_VALUE);
  }

  static Types of(Knowledge known, List<FlowGraph.Block> blocks, int[] live, Webs webs) {
    return new Types(webs.size());
  }

  /** Tells whether {@code web} is kept in an int. */
  public boolean isInt(int web) {
    return ints.get(web);
  }

  /** Tells whether all values are from 0 to 0xffffffff. */
  public boolean fitsUnsigned(int web) {
    return min[web] >= 0 && max[web] <= 0xffffffffL;
  }

  /** Tells whether all values are those of a Java int. */
  public boolean fitsSigned(int web) {
    return min[web] >= Integer.MIN_VALUE && max[web] <= Integer.MAX_VALUE;
  }

  public boolean isConstant(int web) {
    return min[web] == max[web];
  }

  public long min(int web) {
    return min[web];
  }

  public long max(int web) {
    return max[web];
  }
}
