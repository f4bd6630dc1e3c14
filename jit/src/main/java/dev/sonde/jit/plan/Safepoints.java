package dev.sonde.jit.plan;

import dev.sonde.jit.plan.CountedLoops.Counted;
import dev.sonde.jit.plan.FlowGraph.Block;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Which counted loops are too long to run without a chance to stop. Under the serial and the
 * parallel collector HotSpot asks for none in a counted loop, nor in one around it: a nest of a
 * milliard turns then holds up every other thread for a second (measured on 17 and 25).
 */
final class Safepoints {
  /** Turns of innermost loops between two chances to stop: at most a few hundred microseconds. */
  private static final long MAX_TURNS = 100_000;

  /** A chunk of one turn would be no loop to the JVM's compiler, and the loop around it the one. */
  private static final int LEAST_CHUNK = 2;

  private final Knowledge known;
  private final List<Block> blocks;

  private Safepoints(Knowledge known, List<Block> blocks) {
    this.known = known;
    this.blocks = blocks;
  }

  private static int size(Counted counted) {
    return counted.loop().body().cardinality();
  }

  /** Gives the loops of {@code byTest} that are too long a chunk, from the inside out. */
  static void chunk(Knowledge known, List<Block> blocks, Map<Integer, Counted> byTest) {
    Safepoints safepoints = new Safepoints(known, blocks);
    List<Counted> loops = new ArrayList<>(byTest.values());
    loops.sort((a, b) -> Integer.compare(size(a), size(b)));
    for (Counted counted : loops) {
      long inside = safepoints.turnsInside(counted, byTest);
      boolean tooLong = inside * counted.trips() > MAX_TURNS;
      if (tooLong && safepoints.isBottomTested(counted)) {
        int turns = (int) Math.max(LEAST_CHUNK, MAX_TURNS / inside);
        byTest.put(counted.test(), counted.in(turns));
      }
    }
  }

  /** Returns how many turns of inner loops one turn takes, at most, until somebody may stop it. */
  private long turnsInside(Counted outer, Map<Integer, Counted> byTest) {
    BitSet body = outer.loop().body();
    long most = body.stream().anyMatch(this::callsLoops) ? MAX_TURNS : 1;
    for (Counted inner : byTest.values()) {
      boolean inside = inner != outer && body.get(inner.loop().head());
      if (inside && inner.loop().body().cardinality() < body.cardinality()) {
        long turns = inner.chunk() == 0 ? inner.trips() : Math.min(inner.trips(), inner.chunk());
        most = Math.max(most, Math.min(MAX_TURNS, turns * turnsInside(inner, byTest)));
      }
    }
    return most;
  }

  /** Tells whether a function with a loop, or one that calls others, may be called here. */
  private boolean callsLoops(int block) {
    Block caller = blocks.get(block);
    for (int at = caller.first();
        at <= caller.last() && known.isReached(at);
        at += known.step(at)) {
      if (known.insn(at).isPseudoCall() && mayLoop(known.target(at))) {
        return true;
      }
    }
    return false;
  }

  private boolean mayLoop(int entry) {
    for (Block block : FlowGraph.of(known, entry)) {
      for (int successor : block.successors()) {
        if (successor <= block.index()) {
          return true;
        }
      }
      for (int at = block.first();
          at <= block.last() && known.isReached(at);
          at += known.step(at)) {
        if (known.insn(at).isPseudoCall()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Only then can the test be asked in two steps: within the chunk, and at its end. */
  private boolean isBottomTested(Counted counted) {
    int head = counted.loop().head();
    List<Integer> latches = counted.loop().latches();
    return latches.size() == 1
        && latches.get(0) >= head
        && blocks.get(latches.get(0)).last() == counted.test();
  }
}
