package dev.sonde.verifier.facts;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Branch;
import dev.sonde.verifier.facts.ProgramFacts.Call;
import dev.sonde.verifier.facts.ProgramFacts.ContextRead;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.ArrayMap;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.PercpuArrayMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Unites what is seen at each insn, state after state. A thing that two states see differently is
 * unknown from then on: what this collects holds in all of them.
 */
public final class FactCollector {
  private final List<Insn> insns;
  private final BitSet reached = new BitSet();
  private final BitSet taken = new BitSet();
  private final BitSet fallen = new BitSet();
  private final @Nullable Access[] accesses;
  private final @Nullable Range[] ranges;
  private final BitSet rangesLost = new BitSet();
  private final @Nullable Call[] calls;
  private final List<LoopShape> shapes;
  private final LoopBounds[] bounds;
  private final int[] loopAtHead; // by insn: index of the loop that begins there, else -1
  private final int[] loopAtTest;
  private final Set<ContextRead> contextReads = new TreeSet<>(CONTEXT_ORDER);
  private boolean contextEscapes;
  private final TreeMap<Integer, BitSet> sharedBytes = new TreeMap<>(); // by first insn

  private static final Comparator<ContextRead> CONTEXT_ORDER =
      (a, b) -> {
        int byOffset = Integer.compare(a.offsetBytes(), b.offsetBytes());
        return byOffset != 0 ? byOffset : Integer.compare(a.sizeBytes(), b.sizeBytes());
      };

  /**
   * @param firstInsns of the subprograms, the main program's first
   */
  public FactCollector(List<Insn> insns, List<Integer> firstInsns) {
    this.insns = insns;
    firstInsns.forEach(first -> sharedBytes.put(first, new BitSet()));
    accesses = new Access[insns.size()];
    ranges = new Range[insns.size()];
    calls = new Call[insns.size()];
    shapes = LoopShapes.find(insns, firstInsns);
    bounds = new LoopBounds[shapes.size()];
    loopAtHead = new int[insns.size()];
    loopAtTest = new int[insns.size()];
    Arrays.fill(loopAtHead, -1);
    Arrays.fill(loopAtTest, -1);
    for (int loop = 0; loop < bounds.length; loop++) {
      bounds[loop] = new LoopBounds(shapes.get(loop));
      loopAtHead[shapes.get(loop).head()] = loop;
      loopAtTest[shapes.get(loop).test()] = loop;
    }
  }

  /** Some state reaches {@code insn}. */
  public void reach(int insn) {
    reached.set(insn);
  }

  /**
   * Some state goes from one insn to another.
   *
   * @param from -1 where a subprogram is entered
   * @param scalars the state on the way: its registers where they are scalars
   */
  public void edge(int from, int to, IntFunction<@Nullable Scalar> scalars) {
    int loop = loopAtHead[to];
    if (loop >= 0 && (from < 0 || !shapes.get(loop).insns().get(from))) {
      bounds[loop].enter(scalars.apply(shapes.get(loop).counter()));
    }
  }

  /** A conditional jump may go this way. */
  public void branch(int insn, boolean isTaken) {
    (isTaken ? taken : fallen).set(insn);
  }

  /** Tells whether the jump {@code insn} leaves a loop that may turn out to be counted. */
  public boolean isLoopTest(int insn) {
    return loopAtTest[insn] >= 0;
  }

  /** The jump {@code insn}, a loop test, compares with this; null for anything but a scalar. */
  public void limit(int insn, @Nullable Scalar src) {
    bounds[loopAtTest[insn]].compareWith(src);
  }

  /** The register that {@code insn} defines has this value; null for anything but a scalar. */
  public void define(int insn, @Nullable Scalar value) {
    Range old = ranges[insn];
    if (value == null || rangesLost.get(insn)) {
      rangesLost.set(insn);
      ranges[insn] = null;
    } else if (old == null) {
      ranges[insn] = new Range(value.smin(), value.smax());
    } else {
      ranges[insn] =
          new Range(Math.min(old.min(), value.smin()), Math.max(old.max(), value.smax()));
    }
  }

  /**
   * Memory is touched.
   *
   * @param constantOffset whether this state knows the offset; {@code offsetBytes} then is it
   */
  public void access(
      int insn, Region region, boolean constantOffset, int offsetBytes, boolean ownFrame) {
    Access old = accesses[insn];
    Access seen = new Access(region, constantOffset, constantOffset ? offsetBytes : 0, ownFrame);
    Access all = old == null ? seen : unite(old, seen);
    accesses[insn] = all;
    if (!all.isOwnSlot()) { // what one state does in a slot of its own, another does elsewhere
      share(insn, old);
      share(insn, seen);
    }
  }

  private void share(int insn, @Nullable Access access) {
    if (access != null && access.isOwnSlot()) {
      int size = sizeBytes(insns.get(insn));
      shareFrame(sharedBytes.floorKey(insn), access.offsetBytes(), access.offsetBytes() + size);
    }
  }

  private static int sizeBytes(Insn insn) {
    return switch (insn.opcode() & 0x18) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  private static Access unite(Access a, Access b) {
    Region region = a.region() == b.region() ? a.region() : Region.MIXED;
    if (a.region() == Region.UNTRUSTED || b.region() == Region.UNTRUSTED) {
      region = Region.UNTRUSTED;
    }
    boolean constant =
        a.constantOffset()
            && b.constantOffset()
            && a.offsetBytes() == b.offsetBytes()
            && a.region() == b.region();
    return new Access(
        region, constant, constant ? a.offsetBytes() : 0, a.ownFrame() && b.ownFrame());
  }

  public void readContext(int offsetBytes, int sizeBytes) {
    contextReads.add(new ContextRead(offsetBytes, sizeBytes));
  }

  /** The context's address reaches a helper, a subprogram or memory. */
  public void escapeContext() {
    contextEscapes = true;
  }

  /**
   * Bytes of the frame of the subprogram at {@code firstInsn} may be touched by someone else, or
   * nobody knows which of them.
   *
   * @param low the first, below the frame's top: negative
   * @param high behind the last, at most 0
   */
  public void shareFrame(int firstInsn, long low, long high) {
    int top = Opcodes.STACK_SIZE_BYTES;
    int from = (int) Math.max(0, Math.min(top, top + low));
    int to = (int) Math.max(from, Math.min(top, top + high));
    Objects.requireNonNull(sharedBytes.get(firstInsn)).set(from, to);
  }

  /**
   * Where a pointer is stored, or handed to a subprogram, its uses are accesses as well; keys are
   * looked at apart.
   */
  public boolean isFollowed(int insn) {
    Insn code = insns.get(insn);
    return code.opcode() != Opcodes.CALL || code.isPseudoCall() || isLookup(insn);
  }

  /** Tells whether the insn calls the lookup of a map. */
  public boolean isLookup(int insn) {
    Insn code = insns.get(insn);
    return code.opcode() == Opcodes.CALL
        && code.src() == 0
        && code.imm() == Helpers.MAP_LOOKUP_ELEM;
  }

  /**
   * A key is looked up. That of an array is a number, and the lookup an access of 4 bytes like any
   * other.
   *
   * @param firstInsn of the function on whose stack the key is, -1: on none
   * @param ownFrame whether that is the function that looks up
   * @param low where the key begins, below the frame's top, at the least
   * @param high the same, at the most
   */
  public void key(
      int insn, @Nullable BpfMap map, int firstInsn, boolean ownFrame, long low, long high) {
    boolean array = map instanceof ArrayMap || map instanceof PercpuArrayMap;
    boolean slot = array && ownFrame && low == high && low == (int) low;
    access(insn, slot ? Region.STACK : Region.MIXED, slot, (int) low, slot);
    if (firstInsn >= 0 && !slot) {
      shareFrame(firstInsn, low, map == null ? 0 : high + map.spec().keySizeBytes());
    }
  }

  /** A helper or kfunc is called with this known. */
  public void call(int insn, Call call) {
    Call old = calls[insn];
    calls[insn] = old == null ? call : unite(old, call);
  }

  private static Call unite(Call a, Call b) {
    BpfMap map = a.map() == b.map() ? a.map() : null;
    Integer key =
        a.keyConstant() != null && a.keyConstant().equals(b.keyConstant()) ? a.keyConstant() : null;
    List<@Nullable Range> arguments = new ArrayList<>();
    for (int i = 0; i < a.arguments().size(); i++) {
      arguments.add(unite(a.arguments().get(i), b.arguments().get(i)));
    }
    return new Call(map, key, a.nonNull() && b.nonNull(), Collections.unmodifiableList(arguments));
  }

  private static @Nullable Range unite(@Nullable Range a, @Nullable Range b) {
    return a == null || b == null
        ? null
        : new Range(Math.min(a.min(), b.min()), Math.max(a.max(), b.max()));
  }

  /**
   * Returns all that was collected.
   *
   * @param subprograms with {@code sharedFrameBytes} still to be set
   */
  public ProgramFacts facts(List<Subprogram> subprograms) {
    return new ProgramFacts(
        (BitSet) reached.clone(),
        branches(),
        unmodifiable(accesses),
        unmodifiable(ranges),
        unmodifiable(calls),
        loops(),
        subprograms.stream().map(this::withShared).toList(),
        contextEscapes ? null : List.copyOf(contextReads));
  }

  private Subprogram withShared(Subprogram subprogram) {
    return new Subprogram(
        subprogram.firstInsn(),
        subprogram.endInsn(),
        subprogram.name(),
        (BitSet) Objects.requireNonNull(sharedBytes.get(subprogram.firstInsn())).clone(),
        subprogram.stackDepthBytes());
  }

  private List<Branch> branches() {
    Branch[] branches = new Branch[insns.size()];
    for (int at = 0; at < branches.length; at++) {
      branches[at] =
          taken.get(at) == fallen.get(at)
              ? Branch.NONE
              : taken.get(at) ? Branch.ALWAYS : Branch.NEVER;
    }
    return List.of(branches);
  }

  private List<Loop> loops() {
    List<Loop> loops = new ArrayList<>();
    for (LoopBounds loop : bounds) {
      Loop counted = loop.count(insns);
      if (counted != null) {
        loops.add(counted);
      }
    }
    return loops;
  }

  private static <T> List<@Nullable T> unmodifiable(@Nullable T[] array) {
    return Collections.unmodifiableList(Arrays.asList(array));
  }
}
