package dev.sonde.vm.map;

/** The rules of BPF_MAP_CREATE, asked one by one; each names what it got and what it wants. */
final class MapSpecCheck {
  /**
   * KMALLOC_MAX_SIZE of x86-64 and arm64 with 4 KiB pages: the most that key and value may take.
   */
  static final int KMALLOC_MAX_BYTES = 4 << 20;

  /** PCPU_MIN_UNIT_SIZE: the most that a per-CPU value may take. */
  static final int PERCPU_MAX_BYTES = 32 << 10;

  static final int ACCESS_FLAGS =
      MapFlags.RDONLY | MapFlags.WRONLY | MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG;

  private final MapSpec spec;

  private MapSpecCheck(MapSpec spec) {
    this.spec = spec;
  }

  static MapSpecCheck of(MapSpec spec) {
    return new MapSpecCheck(spec).exclusive(MapFlags.RDONLY, MapFlags.WRONLY);
  }

  /** Refuses flags outside {@code allowed}, and access flags that exclude each other. */
  MapSpecCheck flags(int allowed) {
    int unknown = spec.flags() & ~allowed;
    require(unknown == 0, Errno.EINVAL, "flags 0x%x, want none of 0x%x", spec.flags(), unknown);
    return exclusive(MapFlags.RDONLY_PROG, MapFlags.WRONLY_PROG);
  }

  MapSpecCheck keySize(int wantBytes) {
    require(
        spec.keySizeBytes() == wantBytes,
        Errno.EINVAL,
        "key size %d B, want %d B",
        spec.keySizeBytes(),
        wantBytes);
    return this;
  }

  MapSpecCheck valueSize(int wantBytes) {
    require(
        spec.valueSizeBytes() == wantBytes,
        Errno.EINVAL,
        "value size %d B, want %d B",
        spec.valueSizeBytes(),
        wantBytes);
    return this;
  }

  MapSpecCheck hasKey() {
    require(
        spec.keySizeBytes() != 0,
        Errno.EINVAL,
        "key size %d B, want 1 or more",
        spec.keySizeBytes());
    return this;
  }

  MapSpecCheck hasValue() {
    require(
        spec.valueSizeBytes() != 0,
        Errno.EINVAL,
        "value size %d B, want 1 or more",
        spec.valueSizeBytes());
    return this;
  }

  MapSpecCheck hasEntries() {
    require(spec.maxEntries() != 0, Errno.EINVAL, "max_entries %s, want 1 or more", entries());
    return this;
  }

  /** Refuses what this process could not address; the kernel would answer so for lack of memory. */
  MapSpecCheck entriesAtMost(int limit) {
    boolean fits = Integer.compareUnsigned(spec.maxEntries(), limit) <= 0;
    require(fits, Errno.E2BIG, "max_entries %s, want at most %d", entries(), limit);
    return this;
  }

  MapSpecCheck valueAtMost(int limitBytes) {
    require(
        Integer.compareUnsigned(spec.valueSizeBytes(), limitBytes) <= 0,
        Errno.E2BIG,
        "value size %s B, want at most %d B",
        Integer.toUnsignedString(spec.valueSizeBytes()),
        limitBytes);
    return this;
  }

  MapSpecCheck require(boolean holds, int errno, String what, Object... numbers) {
    if (!holds) {
      throw BpfException.of(
          errno,
          "map \"%s\" (%s): %s".formatted(spec.name(), spec.type(), what.formatted(numbers)));
    }
    return this;
  }

  private MapSpecCheck exclusive(int one, int other) {
    int both = one | other;
    require(
        (spec.flags() & both) != both,
        Errno.EINVAL,
        "flags 0x%x, want only one of 0x%x and 0x%x",
        spec.flags(),
        one,
        other);
    return this;
  }

  private String entries() {
    return Integer.toUnsignedString(spec.maxEntries());
  }
}
