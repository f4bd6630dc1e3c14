package dev.sonde.probes.stack;

/** How much of a compiled method's frame is on the stack when an insn is about to run. */
enum FrameState {
  /** All of it: sp is at its low end. */
  COMPLETE,
  /** All of it, but the caller's rbp is still in the register. */
  COMPLETE_WITHOUT_POINTER,
  /** The return address and the caller's rbp. */
  POINTER_PUSHED,
  /** The return address alone. */
  RETURN_ADDRESS;

  /**
   * Tells by the insns from the pc on. HotSpot's prologue is {@code push rbp; [mov rbp, rsp;] sub
   * rsp, N}, or {@code sub rsp, N; mov [rsp + N - 16], rbp}; its epilogue {@code add rsp, N; pop
   * rbp; cmp rsp, [r15 + POLL]; ja; ret}.
   *
   * @param insns up to 16 bytes from the pc on; null when they cannot be read
   * @param pastPrologue whether the frame is complete, if the pc is in no epilogue
   */
  static FrameState at(byte @org.jspecify.annotations.Nullable [] insns, boolean pastPrologue) {
    FrameState otherwise = pastPrologue ? COMPLETE : RETURN_ADDRESS;
    if (insns == null) {
      return otherwise;
    }
    if (!pastPrologue) {
      boolean allocates =
          starts(insns, 0x48, 0x83, 0xec)
              || starts(insns, 0x48, 0x81, 0xec)
              || starts(insns, 0x48, 0x8b, 0xec);
      // before a sub that comes without a push, only the return address is there
      return allocates && !storesPointerNext(insns) ? POINTER_PUSHED : otherwise;
    }
    if (isRet(insns, 0)
        || starts(insns, 0x49, 0x3b, 0x67) // cmp rsp, [r15 + i8]
        || starts(insns, 0x49, 0x3b, 0xa7) // cmp rsp, [r15 + i32]
        || starts(insns, 0x0f, 0x87) && isRet(insns, 6)) { // ja STUB; ret
      return RETURN_ADDRESS;
    }
    if (starts(insns, 0x5d)) {
      return POINTER_PUSHED; // pop rbp
    }
    return storesPointer(insns, 0) ? COMPLETE_WITHOUT_POINTER : COMPLETE;
  }

  /** Returns how far above sp the return address lies. */
  int returnOffset(int frameBytes) {
    return switch (this) {
      case COMPLETE, COMPLETE_WITHOUT_POINTER -> Math.max(0, frameBytes - 8);
      case POINTER_PUSHED -> 8;
      case RETURN_ADDRESS -> 0;
    };
  }

  /** Tells whether the caller's rbp lies below the return address. */
  boolean keepsPointer() {
    return this == COMPLETE || this == POINTER_PUSHED;
  }

  private static boolean storesPointerNext(byte[] insns) {
    return starts(insns, 0x48, 0x83) ? storesPointer(insns, 4) : storesPointer(insns, 7);
  }

  /** {@code mov [rsp + N], rbp}. */
  private static boolean storesPointer(byte[] insns, int at) {
    return u8(insns, at) == 0x48
        && u8(insns, at + 1) == 0x89
        && (u8(insns, at + 2) == 0x6c || u8(insns, at + 2) == 0xac)
        && u8(insns, at + 3) == 0x24;
  }

  private static boolean isRet(byte[] insns, int at) {
    int op = u8(insns, at);
    return op == 0xc3 || op == 0xc2 || op == 0xf3 && u8(insns, at + 1) == 0xc3;
  }

  private static boolean starts(byte[] insns, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (u8(insns, i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static int u8(byte[] insns, int at) {
    return at < insns.length ? insns[at] & 0xff : -1;
  }
}
