package dev.sonde.vm.interp;

import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * A decoded program: words of 16 bytes outside the heap, so that the interpreter's program counter
 * is an address and a fetch has no bounds check.
 *
 * <pre>
 *  0 u8 operation ({@link Op})   1 u8 8 * dst   2 u8 8 * src   3 u8 8 * third register
 *  4 s32 offset of a load or store; of a jump, how many bytes from the word behind it
 *  8 s64 immediate
 * </pre>
 *
 * The fields are read one by one, where they are needed: had they to be shifted out of one long,
 * HotSpot would do all the shifting before the switch, for every operation.
 *
 * @param address of the first word, where the program begins
 * @param exitAddress of a word that exits the current frame
 * @param helpers what CALL_HELPER's immediate is an index into
 * @param tailCalls whether the program has a tail call
 */
record Code(long address, long exitAddress, MethodHandle[] helpers, boolean tailCalls) {
  static final int WORD_BYTES = 16;
  static final int DST = 1;
  static final int SRC = 2;
  static final int THIRD = 3;
  static final int OFFSET = 4;
  static final int IMMEDIATE = 8;

  /** Copies {@code words}, of which the last is an exit. */
  static Code of(List<Word> words, MethodHandle[] helpers, boolean tailCalls) {
    long address = RawMemory.allocateZeroed((long) WORD_BYTES * words.size());
    long at = address;
    for (Word word : words) {
      RawMemory.putByte(at, (byte) word.op);
      RawMemory.putByte(at + DST, (byte) (8 * word.dst));
      RawMemory.putByte(at + SRC, (byte) (8 * word.src));
      RawMemory.putByte(at + THIRD, (byte) (8 * word.third));
      RawMemory.putInt(at + OFFSET, word.offset);
      RawMemory.putLong(at + IMMEDIATE, word.imm);
      at += WORD_BYTES;
    }
    return new Code(address, at - WORD_BYTES, helpers, tailCalls);
  }

  /** Returns the address of word {@code index}. */
  long wordAddress(int index) {
    return address + (long) WORD_BYTES * index;
  }

  void free() {
    RawMemory.free(address);
  }

  /** A word before it has its place. */
  record Word(int op, int dst, int src, int third, int offset, long imm) {
    Word withOffset(int newOffset) {
      return new Word(op, dst, src, third, newOffset, imm);
    }
  }
}
