package dev.sonde.vm.map;

/**
 * Maps that hold kernel sockets, or belong to kernel sockets, inodes and cgroups: SOCKMAP,
 * SOCKHASH, REUSEPORT_SOCKARRAY, SK_STORAGE, INODE_STORAGE and the cgroup storages. Nothing in a
 * JVM can be put in, so that such a map is empty for good: objects that have one can be loaded, and
 * a program that asks one finds nothing.
 */
final class KernelObjectMap extends BpfMap {
  private static final int CLONE = 1 << 9; // BPF_F_CLONE: a socket's storage goes to its children
  private static final int FLAGS =
      MapFlags.NUMA_NODE | MapFlags.NO_PREALLOC | MapFlags.RDONLY | MapFlags.WRONLY | CLONE;

  KernelObjectMap(MapSpec spec) {
    super(spec);
  }

  static void check(MapSpec spec) {
    MapSpecCheck check = MapSpecCheck.of(spec).flags(FLAGS).hasKey().hasValue();
    switch (spec.type()) {
      case SOCKMAP, SOCKHASH, REUSEPORT_SOCKARRAY -> check.hasEntries();
      default ->
          check.require(
              spec.maxEntries() == 0, Errno.EINVAL, "max_entries %d, want 0", spec.maxEntries());
    }
  }

  @Override
  public int delete(long keyAddress) {
    return -Errno.ENOENT;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return -Errno.ENOENT;
  }
}
