package dev.sonde.vm.map;

/** The map_flags and the update flags of bpf(2), under their kernel names. */
public final class MapFlags {
  // map_flags at creation
  public static final int NO_PREALLOC = 1;
  public static final int NO_COMMON_LRU = 1 << 1;
  public static final int NUMA_NODE = 1 << 2;
  public static final int RDONLY = 1 << 3;
  public static final int WRONLY = 1 << 4;
  public static final int STACK_BUILD_ID = 1 << 5;
  public static final int ZERO_SEED = 1 << 6;
  public static final int RDONLY_PROG = 1 << 7;
  public static final int WRONLY_PROG = 1 << 8;
  public static final int CLONE = 1 << 9;
  public static final int MMAPABLE = 1 << 10;
  public static final int PRESERVE_ELEMS = 1 << 11;
  public static final int INNER_MAP = 1 << 12;

  // flags of update
  public static final long ANY = 0;
  public static final long NOEXIST = 1;
  public static final long EXIST = 2;
  public static final long LOCK = 4;

  private MapFlags() {}
}
