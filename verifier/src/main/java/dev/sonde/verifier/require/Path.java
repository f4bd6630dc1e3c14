package dev.sonde.verifier.require;

import dev.sonde.verifier.transfer.State;

/**
 * What a step tells whoever walks: the explorer keeps history and precision by it, the checker its
 * worklist. All calls are about the insn that is being stepped.
 */
public interface Path {
  /** The scalar in register {@code reg} of the current frame decides what is safe (V-174). */
  void precise(int reg);

  /** The scalar spilled to {@code slot} of {@code frame} decides what is safe. */
  void preciseSlot(int frame, int slot);

  /** The insn reads what is in a stack slot (V-175). */
  void readsSlot(int frame, int slot);

  /** The insn overwrites all 8 bytes of a stack slot. */
  void overwritesSlot(int frame, int slot);

  /** The insn moves a whole register to or from a stack slot. */
  void movesSlot(int frame, int slot);

  /**
   * A branch refines all these together: registers as {@code frame << 8 | register}, slots with bit
   * 16 set.
   */
  void linked(int[] places);

  /** Another way that execution may go from here. */
  void branch(State other, int insn);

  /** Execution may also begin at {@code insn}, with {@code entry}, independently of this one. */
  void begins(State entry, int insn);

  /** As {@link #branch}, where a loop closes: scalars that need not be precise may be widened. */
  void loopBranch(State other, int insn, int loopInsn);

  /** {@code state} returns to {@code loopInsn}; imprecise scalars may be widened. */
  void widen(State state, int loopInsn);
}
