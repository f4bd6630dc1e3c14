package dev.sonde.verifier.explore;

import org.jspecify.annotations.Nullable;

/** One executed insn of a path, linked to the one before it: what precision is traced back on. */
final class History {
  static final int NO_SLOT = -1;
  private static final int[] NONE = {};

  final int insn;
  final int frame;
  final boolean inCallback;
  final @Nullable History before;
  int slot = NO_SLOT; // frame << 8 | slot, of a spill or fill
  int[] linked = NONE;

  History(int insn, int frame, boolean inCallback, @Nullable History before) {
    this.insn = insn;
    this.frame = frame;
    this.inCallback = inCallback;
    this.before = before;
  }
}
