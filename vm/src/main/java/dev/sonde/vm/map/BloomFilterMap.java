package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.concurrent.ThreadLocalRandom;

/**
 * BPF_MAP_TYPE_BLOOM_FILTER: remembers values without storing them; never forgets one, and says yes
 * to some that it never saw. {@code map_extra} is the number of hash functions, 0 the kernel's
 * default of five.
 */
public final class BloomFilterMap extends BpfMap {
  private static final int DEFAULT_HASHES = 5;
  private static final int MAX_HASHES = 15;
  private static final int FLAGS =
      MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE | MapFlags.ZERO_SEED;

  private final KeyShape[] shapes;
  private final long bits;
  private final int mask;

  BloomFilterMap(MapSpec spec) {
    super(spec);
    boolean zeroSeed = (spec.flags() & MapFlags.ZERO_SEED) != 0;
    long seed = zeroSeed ? 0 : ThreadLocalRandom.current().nextLong();
    shapes = new KeyShape[spec.mapExtra() == 0 ? DEFAULT_HASHES : (int) spec.mapExtra()];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = new KeyShape(spec.valueSizeBytes(), seed + i * 0x9E3779B97F4A7C15L);
    }
    // The kernel's size: hashes / ln 2 bits an entry, up to the next power of two.
    long wanted = Integer.toUnsignedLong(spec.maxEntries()) * shapes.length * 7 / 5;
    long count = Math.max(64, Math.min(1L << 31, Long.highestOneBit(Math.max(1, wanted - 1)) << 1));
    mask = (int) (count - 1);
    bits = memory().zeroed(count >>> 3);
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .valueAtMost(MapSpecCheck.KMALLOC_MAX_BYTES)
        .flags(FLAGS)
        .require(
            spec.mapExtra() >= 0 && spec.mapExtra() <= MAX_HASHES,
            Errno.EINVAL,
            "map_extra 0x%x, want 0 to %d hash functions",
            spec.mapExtra(),
            MAX_HASHES)
        .keySize(0)
        .hasValue()
        .hasEntries();
  }

  /** Tells whether {@code value} may have been added; false is certain. */
  public boolean contains(byte[] value) {
    checkReadable("lookup");
    if (value.length != spec().valueSizeBytes()) {
      throw failure(
          Errno.EINVAL,
          "lookup: value size %d B, want %d B".formatted(value.length, spec().valueSizeBytes()));
    }
    try (Scratch scratch = new Scratch(value, 0)) {
      return peek(scratch.keyAddress()) == 0;
    }
  }

  @Override
  public int push(long valueAddress, long flags) {
    if (flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    for (KeyShape shape : shapes) {
      int bit = shape.hash(valueAddress) & mask;
      long word = bits + ((bit >>> 6) << 3);
      long flag = 1L << bit;
      long old = RawMemory.getLongVolatile(word);
      while ((old & flag) == 0 && !RawMemory.compareAndSetLong(word, old, old | flag)) {
        old = RawMemory.getLongVolatile(word);
      }
    }
    return 0;
  }

  @Override
  public int peek(long valueAddress) {
    for (KeyShape shape : shapes) {
      int bit = shape.hash(valueAddress) & mask;
      if ((RawMemory.getLong(bits + ((bit >>> 6) << 3)) & 1L << bit) == 0) {
        return -Errno.ENOENT;
      }
    }
    return 0;
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    return -Errno.EINVAL; // a lookup asks with a value: contains
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    return push(valueAddress, flags);
  }
}
