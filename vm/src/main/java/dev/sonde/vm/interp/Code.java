package dev.sonde.vm.interp;

import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.MethodHandle;

/**
 * A decoded program: words of 8 bytes outside the heap, so that the interpreter's program counter
 * is an address and a fetch has no bounds check.
 *
 * <pre>
 * bits 0-7 operation ({@link Op}), 8-11 dst, 12-15 src, 16-31 offset, 32-63 immediate
 * </pre>
 *
 * Distances of jumps count words from the word behind the jump: in the offset for conditional
 * jumps, in the immediate for others.
 *
 * @param address of the first word, where the program begins
 * @param exitAddress of a word that exits the current frame
 * @param helpers what CALL_HELPER's immediate is an index into
 * @param tailCalls whether the program has a tail call
 */
record Code(long address, long exitAddress, MethodHandle[] helpers, boolean tailCalls) {
  /** Copies {@code words}, of which the last is an exit. */
  static Code of(long[] words, MethodHandle[] helpers, boolean tailCalls) {
    long address = RawMemory.allocateZeroed(8L * words.length);
    for (int i = 0; i < words.length; i++) {
      RawMemory.putLong(address + 8L * i, words[i]);
    }
    return new Code(address, address + 8L * (words.length - 1), helpers, tailCalls);
  }

  void free() {
    RawMemory.free(address);
  }
}
