package dev.sonde.jit.plan;

import dev.sonde.jit.plan.CountedLoops.Counted;
import dev.sonde.jit.plan.Definitions.Definition;
import dev.sonde.vm.isa.Opcodes;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How each web is kept: as a long, or as an int where its values are known to fit. A whole web is
 * one or the other: half of a loop in ints is slower than none.
 */
public final class Types {
  /** After so many rounds a web that still grows is given up: it depends on itself. */
  private static final int PATIENCE = 8;

  private final Knowledge known;
  private final Definitions definitions;
  private final Map<Integer, Interval> fixed;
  private final Map<Integer, Counted> tests;
  private final Transfer transfer;
  private final @Nullable Interval[] values;
  private final BitSet ints = new BitSet();

  private Types(Knowledge known, Definitions definitions, CountedLoops loops, int webs) {
    this.known = known;
    this.definitions = definitions;
    this.fixed = loops.ranges();
    this.tests = loops.byTest();
    this.transfer = new Transfer(known);
    this.values = new Interval[webs];
    fixed.forEach((web, interval) -> values[web] = interval);
  }

  static Types of(
      Knowledge known, List<FlowGraph.Block> blocks, long[] live, Webs webs, int start) {
    Definitions definitions = new Definitions(known, blocks, live, webs, start);
    CountedLoops loops = new CountedLoops(known, blocks, webs, definitions, start);
    Types types = new Types(known, definitions, loops, webs.size());
    types.solve();
    types.choose();
    return types;
  }

  private void solve() {
    for (Definition definition : definitions.all()) {
      if (definitions.isGiven(definition.web()) && !fixed.containsKey(definition.web())) {
        values[definition.web()] = Interval.ALL;
      }
    }
    boolean changed = true;
    for (int round = 0; changed; round++) {
      changed = false;
      for (Definition definition : definitions.all()) {
        changed |= !fixed.containsKey(definition.web()) && grow(definition, round);
      }
    }
  }

  private boolean grow(Definition definition, int round) {
    Interval result =
        transfer.of(definition, web -> definitions.isGiven(web) ? given(web) : values[web]);
    Interval old = values[definition.web()];
    if (result == null) {
      return false;
    }
    Interval grown = old == null ? result : old.unite(result);
    if (grown.equals(old)) {
      return false;
    }
    values[definition.web()] = round < PATIENCE ? grown : ceiling(definition.web());
    return !values[definition.web()].equals(old);
  }

  private @Nullable Interval given(int web) {
    Interval value = values[web];
    return value == null ? Interval.ALL : value;
  }

  /** Returns what the insns alone say: it does not depend on other webs. */
  private Interval ceiling(int web) {
    Interval ceiling = null;
    for (Definition definition : definitions.of(web)) {
      Interval alone = transfer.alone(definition);
      ceiling = ceiling == null ? alone : ceiling.unite(alone);
    }
    return ceiling == null ? Interval.ALL : ceiling;
  }

  private void choose() {
    for (Definition definition : definitions.all()) {
      int web = definition.web();
      boolean pointer = definitions.isGiven(web) || loadsAddress(definition);
      if (!pointer && !scales(definition) && (fitsSigned(web) || fitsUnsigned(web))) {
        ints.set(web);
      }
    }
  }

  /**
   * An index times 2, 4 or 8: as a long it may become part of an address, which the processor adds
   * up for nothing.
   */
  private boolean scales(Definition definition) {
    Op insn = known.insn(definition.insn());
    return insn.opcode() == (Opcodes.ALU64 | Opcodes.LSH | Opcodes.K)
        && insn.imm() >= 1
        && insn.imm() <= 3;
  }

  /** A map pointer is a small number too, but it is only ever passed on. */
  private boolean loadsAddress(Definition definition) {
    Op insn = known.insn(definition.insn());
    return insn.isLdImm64() || insn.opcode() == Opcodes.CALL;
  }

  /** Tells whether {@code web} is kept in an int. */
  public boolean isInt(int web) {
    return ints.get(web);
  }

  /** Tells whether all values are from 0 to 0xffffffff. */
  public boolean fitsUnsigned(int web) {
    return min(web) >= 0 && max(web) <= Interval.U32;
  }

  /** Tells whether all values are those of a Java int. */
  public boolean fitsSigned(int web) {
    return min(web) >= Integer.MIN_VALUE && max(web) <= Integer.MAX_VALUE;
  }

  public boolean isConstant(int web) {
    return min(web) == max(web);
  }

  public long min(int web) {
    Interval value = values[web];
    return value == null ? Long.MIN_VALUE : value.min();
  }

  public long max(int web) {
    Interval value = values[web];
    return value == null ? Long.MAX_VALUE : value.max();
  }

  /**
   * Returns what each turn adds to the counter that the insn at {@code test} compares for equality,
   * or 0 if it is not the test of a counted loop. On its way the counter never passes the limit.
   */
  public long stepOf(int test) {
    Counted counted = tests.get(test);
    return counted == null || !isInt(counted.web()) ? 0 : counted.step();
  }

  /** Returns the loops that are to have a chance to stop every so many turns. */
  public List<Chunked> chunked() {
    return tests.values().stream()
        .filter(counted -> counted.chunk() != 0 && isInt(counted.web()))
        .map(counted -> Chunked.of(counted, known.insn(counted.test()).dst()))
        .toList();
  }

  /**
   * A loop that is tested at its end.
   *
   * @param head its first block
   * @param latch its last block, which tests the counter and goes back
   * @param body all its blocks
   * @param counter the register that counts
   * @param step what each turn adds to the counter
   * @param limit what the counter is compared with
   * @param turns how many may pass at once
   */
  public record Chunked(
      int head, int latch, BitSet body, int counter, long step, int limit, int turns) {
    private static Chunked of(Counted counted, int counter) {
      return new Chunked(
          counted.loop().head(),
          counted.loop().latches().get(0),
          counted.loop().body(),
          counter,
          counted.step(),
          counted.limit(),
          counted.chunk());
    }
  }
}
