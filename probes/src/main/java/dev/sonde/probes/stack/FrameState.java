package dev.sonde.probes.stack;

/** How much of a compiled method's frame is on the stack when an insn is about to run. */
enum FrameState {
  /** All of it: sp is at its low end. */
  COMPLETE,
  /** All of it, but the caller's frame pointer is still in the register; as is a linked return. */
  COMPLETE_WITHOUT_POINTER,
  /** The return address and the caller's frame pointer. */
  POINTER_PUSHED,
  /** The return address alone; nothing where a call leaves it in a register. */
  RETURN_ADDRESS;

  /** Returns how far above sp the return address lies. */
  int returnOffset(int frameBytes) {
    return switch (this) {
      case COMPLETE, COMPLETE_WITHOUT_POINTER -> Math.max(0, frameBytes - 8);
      case POINTER_PUSHED -> 8;
      case RETURN_ADDRESS -> 0;
    };
  }

  /** Tells whether the caller's frame pointer lies below the return address. */
  boolean keepsPointer() {
    return this == COMPLETE || this == POINTER_PUSHED;
  }
}
