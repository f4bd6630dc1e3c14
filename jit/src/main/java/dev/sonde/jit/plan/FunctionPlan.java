package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Opcodes;
import java.util.List;

/**
 * One function of a program, ready to be written.
 *
 * @param entry its first insn
 * @param name a JVM method name, unique in the program
 * @param blocks its code
 * @param liveIn registers that are read later, bit by register, at the start of each block
 * @param arguments which of r1 to r5 it takes, bit by register
 * @param slots the stack slots that it keeps as registers, the first behind eBPF's last
 * @param webs its live ranges
 * @param types how each web is kept
 * @param references which webs are Java references, of the main function
 * @param kept which registers need a local
 */
public record FunctionPlan(
    int entry,
    String name,
    List<FlowGraph.Block> blocks,
    long[] liveIn,
    int arguments,
    List<StackSlot> slots,
    Webs webs,
    Types types,
    References references,
    Kept kept) {

  /** The argument registers as bits. */
  public static final int ARGUMENTS = 0x3e;

  /** Returns how many registers it has, slots among them. */
  public int registers() {
    return Opcodes.REGISTERS + slots.size();
  }

  /** Tells whether {@code register} is read later at the start of {@code block}. */
  public boolean isLive(int block, int register) {
    return (liveIn[block] & 1L << register) != 0;
  }

  /** Returns the block that the function begins with. */
  public FlowGraph.Block start() {
    return blocks.stream().filter(block -> block.first() == entry).findFirst().orElseThrow();
  }

  /** Tells whether the frame's address is needed. */
  public boolean usesFrame() {
    return (liveIn[start().index()] & 1L << Opcodes.FRAME_POINTER) != 0;
  }
}
