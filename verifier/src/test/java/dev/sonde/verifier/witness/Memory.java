package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.isa.Insn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Made-up memory: each block is a megabyte away from the next, so that an address names its block
 * and nothing lies beside one.
 */
final class Memory {
  private static final long FIRST = 0x4000_0000_0000L;
  private static final int SPACING_BITS = 20;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** One object: a frame, a context, a map value. Its bytes begin as {@code base}. */
  static final class Block {
    final Region region;
    final long base;
    final int sizeBytes;
    ByteBuffer bytes;
    boolean alive = true;
    int map = -1; // whose value it is, and under which key
    int key;

    Block(Region region, long base, int sizeBytes) {
      this.region = region;
      this.base = base;
      this.sizeBytes = sizeBytes;
      bytes = ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int sizeBytes() {
      return sizeBytes;
    }
  }

  private final List<Block> blocks = new ArrayList<>();
  private final List<Block> records = new ArrayList<>();
  private int at = -1;
  private @Nullable Insn insn;

  /** What is touched from now on, this insn touches. */
  void executes(int index, Insn code) {
    at = index;
    insn = code;
  }

  /** Returns the insn that is being executed, for messages. */
  String where() {
    return "insn " + at + " " + insn;
  }

  Block allocate(Region region, int sizeBytes) {
    Block block = new Block(region, FIRST + ((long) blocks.size() << SPACING_BITS), sizeBytes);
    blocks.add(block);
    if (region == Region.RINGBUF_MEM) {
      records.add(block);
    }
    return block;
  }

  Block allocateGarbage(Region region, int sizeBytes, SplittableRandom random) {
    Block block = allocate(region, sizeBytes);
    random.nextBytes(block.bytes.array());
    return block;
  }

  /** Nothing may touch {@code block} any more. */
  void release(Block block) {
    block.alive = false;
    block.bytes = NOTHING; // a long run releases many
  }

  /** Returns the block that begins at {@code address}, or null. */
  @Nullable Block blockAt(long address) {
    long index = address - FIRST >> SPACING_BITS;
    boolean known = index >= 0 && index < blocks.size() && blocks.get((int) index).base == address;
    return known ? blocks.get((int) index) : null;
  }

  /** Tells whether so many bytes may be read at {@code address}. */
  boolean holds(long address, int sizeBytes) {
    long index = address - FIRST >> SPACING_BITS;
    if (index < 0 || index >= blocks.size()) {
      return false;
    }
    Block block = blocks.get((int) index);
    long offset = address - block.base;
    return block.alive && offset >= 0 && offset + sizeBytes <= block.sizeBytes;
  }

  /** Returns the block of {@code address}. */
  Block block(long address, int sizeBytes) {
    long index = address - FIRST >> SPACING_BITS;
    if (index < 0 || index >= blocks.size()) {
      throw new WitnessFailure("%s: 0x%x is no memory".formatted(where(), address));
    }
    Block block = blocks.get((int) index);
    long offset = address - block.base;
    if (!block.alive || offset < 0 || offset + sizeBytes > block.sizeBytes()) {
      throw new WitnessFailure(
          "%s: %d bytes at %d of a %s of %d bytes%s"
              .formatted(
                  where(),
                  sizeBytes,
                  offset,
                  block.region,
                  block.sizeBytes(),
                  block.alive ? "" : ", released"));
    }
    return block;
  }

  long load(long address, int sizeBytes) {
    Block block = block(address, sizeBytes);
    int at = (int) (address - block.base);
    return switch (sizeBytes) {
      case 1 -> block.bytes.get(at) & 0xffL;
      case 2 -> block.bytes.getShort(at) & 0xffffL;
      case 4 -> block.bytes.getInt(at) & 0xffffffffL;
      default -> block.bytes.getLong(at);
    };
  }

  void store(long address, int sizeBytes, long value) {
    Block block = block(address, sizeBytes);
    int at = (int) (address - block.base);
    switch (sizeBytes) {
      case 1 -> block.bytes.put(at, (byte) value);
      case 2 -> block.bytes.putShort(at, (short) value);
      case 4 -> block.bytes.putInt(at, (int) value);
      default -> block.bytes.putLong(at, value);
    }
  }

  /** Writes some bytes, as a helper does. */
  void fill(long address, int sizeBytes, SplittableRandom random) {
    Block block = block(address, sizeBytes);
    for (int i = 0; i < sizeBytes; i++) {
      block.bytes.put((int) (address - block.base) + i, (byte) random.nextInt());
    }
  }

  long liveRecords() {
    long live = 0;
    for (Block record : records) {
      live += record.alive ? 1 : 0;
    }
    return live;
  }
}
