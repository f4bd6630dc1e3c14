package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.context.ContextAccess;
import java.util.SplittableRandom;

/** The packet of a {@link Machine}, which lies elsewhere after each helper that may change it. */
final class Packet {
  private static final int GREATEST_BYTES = 120;

  private final Memory memory;
  private final SplittableRandom random;
  private Memory.Block block;
  private int metaBytes;

  Packet(Memory memory, SplittableRandom random) {
    this.memory = memory;
    this.random = random;
    block = fresh();
  }

  private Memory.Block fresh() {
    metaBytes = 4 * random.nextInt(9);
    int dataBytes = random.nextInt(4) == 0 ? random.nextInt(8) : random.nextInt(GREATEST_BYTES);
    return memory.allocateGarbage(Region.PACKET, metaBytes + dataBytes, random);
  }

  long meta() {
    return block.base;
  }

  long data() {
    return block.base + metaBytes;
  }

  long end() {
    return block.base + block.sizeBytes();
  }

  /** Returns what a field of the context that is an address holds. */
  long address(ContextAccess access) {
    return switch (access.value()) {
      case PACKET -> data();
      case PACKET_META -> meta();
      case PACKET_END -> end();
      default -> throw new IllegalStateException("field " + access.field());
    };
  }

  /** Whatever pointed into the packet points nowhere from now on. */
  void change() {
    Memory.Block before = block;
    block = fresh();
    memory.release(before);
  }

  /** Returns the bytes of LD_ABS and LD_IND, or -1 where the packet has none. */
  long classic(long offset, int sizeBytes) {
    long address = data() + (int) offset;
    if ((int) offset < 0 || address + sizeBytes > end()) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < sizeBytes; i++) {
      value = value << 8 | memory.load(address + i, 1);
    }
    return value;
  }

  /** Tells whether {@code helper} is one of those of a packet. */
  static boolean has(int helper) {
    return switch (helper) {
      case 9, 26, 38, 39, 43, 44, 54, 65, 189, 190 -> true;
      default -> false;
    };
  }

  long help(int helper, long[] r) {
    switch (helper) {
      case 26, 189 -> memory.fill(r[3], (int) r[4], random);
      case 9, 190 -> memory.block(r[3], (int) r[4]);
      default -> {}
    }
    if (helper != 26 && helper != 189 && helper != 190) {
      change();
    }
    return random.nextInt(4) == 0 ? -14 : 0;
  }
}
