package dev.sonde.verifier.facts;

import dev.sonde.vm.map.BpfMap;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the checker proved, as plain data for the engines.
 *
 * <p>Fuel: that a program is safe does not say that it is short. What is walked at once, the main
 * program or a global function or a callback with all that it calls inline, executes no more insns
 * than the walk, a million, so that its own loops need no count. What multiplies them does, and an
 * engine spends for it: turns of callbacks, iterators and may_goto, calls of functions that were
 * walked on their own ({@code FunctionTurns}), helpers that take long ({@code HelperTurns}).
 *
 * <p>Every list that is "by insn" has one element per slot of the program; an element is null (or
 * NONE) where the checker knows nothing.
 *
 * @param reached insns that some execution may reach; anything else is compiled to a trap
 * @param branches by insn: which way a conditional jump always goes
 * @param accesses by insn: the memory that a load, store or atomic touches, united over all states;
 *     at a lookup in an array the 4 bytes of its key, if they are on the stack
 * @param ranges by insn: the values that the register defined by the insn can have after it, united
 *     over all states
 * @param calls by insn: what is known at a helper or kfunc call
 * @param loops natural loops with a proved trip count
 * @param subprograms by first insn, the main program first
 * @param contextReads offsets and sizes of context loads, null when the context's address escapes
 *     to a helper that looks at it, a subprogram or memory
 */
public record ProgramFacts(
    BitSet reached,
    List<Branch> branches,
    List<@Nullable Access> accesses,
    List<@Nullable Range> ranges,
    List<@Nullable Call> calls,
    List<Loop> loops,
    List<Subprogram> subprograms,
    @Nullable List<ContextRead> contextReads) {

  /** Which way a conditional jump goes in every state. */
  public enum Branch {
    NONE,
    ALWAYS,
    NEVER
  }

  /** What kind of memory an address is of. */
  public enum Region {
    STACK,
    CONTEXT,
    MAP_VALUE,
    MAP_KEY,
    PACKET,
    MEM,
    RINGBUF_MEM,
    BUFFER,
    /** A BTF-typed or untrusted pointer: the engine must read it fault-tolerantly, never raw. */
    UNTRUSTED,
    /** Different states see different regions, all of them safe to touch raw. */
    MIXED
  }

  /**
   * @param constantOffset whether every state touches byte {@code offsetBytes} of the region: below
   *     the frame's top for STACK (negative), from the start of the context, value or record else
   * @param ownFrame for STACK: whether the frame is always the current function's own
   */
  public record Access(Region region, boolean constantOffset, int offsetBytes, boolean ownFrame) {
    /** Tells whether always the same bytes of the current function's own frame are touched. */
    public boolean isOwnSlot() {
      return region == Region.STACK && constantOffset && ownFrame;
    }
  }

  /** Signed 64-bit bounds, both ends included. A zero upper half shows as [0, 0xffffffff]. */
  public record Range(long min, long max) {
    public boolean isConstant() {
      return min == max;
    }
  }

  /**
   * @param map the only map that reaches the call, else null
   * @param keyConstant the bytes of the key as an int where it is 4 bytes, constant and on the
   *     stack; null otherwise
   * @param nonNull whether a lookup never returns null here (V-53)
   * @param arguments by argument, 0 to 4: range where it is a scalar in every state, else null
   */
  public record Call(
      @Nullable BpfMap map,
      @Nullable Integer keyConstant,
      boolean nonNull,
      List<@Nullable Range> arguments) {}

  /**
   * @param head first insn of the loop
   * @param backEdge the jump insn that goes back
   * @param test the conditional jump that leaves or stays
   * @param counter register that is tested
   * @param step the insn {@code counter += constant}
   * @param start value of the counter when the loop is entered
   * @param increment what each turn adds
   * @param trips how often {@code test} is evaluated each time the loop is entered, the last time
   *     to leave it; exact unless another jump leaves the loop earlier. The counter and its next
   *     value fit an int all the while.
   */
  public record Loop(
      int head,
      int backEdge,
      int test,
      int counter,
      int step,
      long start,
      long increment,
      int trips) {}

  /**
   * @param sharedFrameBytes the bytes of its frame, 0 the lowest of 512, that may be touched
   *     otherwise than by accesses for which {@link Access#isOwnSlot} holds: by a callee, at a
   *     variable offset, or by a helper, which is taken to touch all from where it is pointed to
   * @param stackDepthBytes how many bytes of its frame it uses
   */
  public record Subprogram(
      int firstInsn, int endInsn, String name, BitSet sharedFrameBytes, int stackDepthBytes) {}

  public record ContextRead(int offsetBytes, int sizeBytes) {}
}
