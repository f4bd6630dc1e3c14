package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;

/**
 * BPF_MAP_TYPE_LPM_TRIE: finds the longest stored prefix of a key. Keys are {@code u32 prefixlen;
 * u8 data[]}, data in network order. Readers take no lock: they walk, and walk again when a writer
 * was at work meanwhile. Writers hold one lock for a few writes.
 *
 * @see <a href="https://docs.kernel.org/bpf/map_lpm_trie.html">BPF_MAP_TYPE_LPM_TRIE</a>
 */
public final class LpmTrieMap extends BpfMap {
  private static final int FLAGS =
      MapSpecCheck.ACCESS_FLAGS | MapFlags.NO_PREALLOC | MapFlags.NUMA_NODE;
  private static final int PREFIX_BYTES = 4;
  private static final int VALUE_MAX_BYTES = MapSpecCheck.KMALLOC_MAX_BYTES - 512;
  private static final int RETRIES = 1_000;

  private final TrieNodes nodes;
  private final SpinWord lock;
  private final long sequence; // u32: odd while a writer is at work
  private final int maxPrefix;
  private int entries; // guarded by lock

  LpmTrieMap(MapSpec spec) {
    super(spec);
    int dataBytes = spec.keySizeBytes() - PREFIX_BYTES;
    maxPrefix = maxPrefix(spec);
    nodes = new TrieNodes(memory(), spec.maxEntries(), dataBytes, spec.valueSizeBytes());
    lock = new SpinWord(memory());
    sequence = memory().zeroed(64);
  }

  static void check(MapSpec spec) {
    int keyBytes = spec.keySizeBytes();
    MapSpecCheck.of(spec)
        .flags(FLAGS)
        .require(
            (spec.flags() & MapFlags.NO_PREALLOC) != 0,
            Errno.EINVAL,
            "flags 0x%x, want BPF_F_NO_PREALLOC",
            spec.flags())
        .require(
            keyBytes >= 5 && keyBytes <= 260,
            Errno.EINVAL,
            "key size %d B, want 5 to 260",
            keyBytes)
        .hasValue()
        .hasEntries()
        .entriesAtMost(1 << 28)
        .require(
            Integer.compareUnsigned(spec.valueSizeBytes(), VALUE_MAX_BYTES) <= 0,
            Errno.EINVAL,
            "value size %s B, want at most %d B",
            Integer.toUnsignedString(spec.valueSizeBytes()),
            VALUE_MAX_BYTES);
  }

  /** Returns the bits of a key, which are as many nodes at most. */
  static int maxPrefix(MapSpec spec) {
    return (spec.keySizeBytes() - PREFIX_BYTES) * 8;
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int prefix = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(prefix, maxPrefix) > 0) {
      return 0;
    }
    int found = TrieNodes.NONE;
    for (int i = 0; i < RETRIES; i++) {
      int before = RawMemory.getIntAcquire(sequence);
      found = longest(keyAddress + PREFIX_BYTES, prefix);
      RawMemory.loadFence();
      if ((before & 1) == 0 && RawMemory.getInt(sequence) == before) {
        break;
      }
      Thread.onSpinWait();
    }
    return found == TrieNodes.NONE ? 0 : nodes.valueAddress(found);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    int prefix = RawMemory.getInt(keyAddress);
    if (!HashCore.isKnown(flags) || Integer.compareUnsigned(prefix, maxPrefix) > 0) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure();
    if (!beginWrite()) {
      return -Errno.EBUSY;
    }
    try {
      return insert(keyAddress + PREFIX_BYTES, prefix, valueAddress, flags);
    } finally {
      endWrite();
    }
  }

  @Override
  public int delete(long keyAddress) {
    int prefix = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(prefix, maxPrefix) > 0) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure();
    if (!beginWrite()) {
      return -Errno.EBUSY;
    }
    try {
      return remove(keyAddress + PREFIX_BYTES, prefix);
    } finally {
      endWrite();
    }
  }

  /** Walks in postorder, so that longer prefixes come before shorter ones of theirs. */
  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    StackRoom.ensure();
    if (!lock.lock()) {
      return -Errno.EBUSY;
    }
    try {
      int next = after(keyAddress);
      if (next == TrieNodes.NONE) {
        return -Errno.ENOENT;
      }
      nodes.copyKey(next, toAddress);
      return 0;
    } finally {
      lock.unlock();
    }
  }

  private boolean beginWrite() {
    if (!lock.lock()) {
      return false;
    }
    RawMemory.putIntVolatile(sequence, RawMemory.getInt(sequence) + 1); // pairs with lookup
    return true;
  }

  private void endWrite() {
    RawMemory.putIntRelease(sequence, RawMemory.getInt(sequence) + 1); // pairs with lookup
    lock.unlock();
  }

  private int longest(long data, int prefix) {
    int found = TrieNodes.NONE;
    int node = nodes.root();
    for (int depth = 0; node != TrieNodes.NONE && depth <= maxPrefix; depth++) {
      int header = nodes.header(node); // once: a writer may free the node under us
      int length = TrieNodes.prefixOf(header);
      if (length > maxPrefix || nodes.match(node, length, data, prefix) < length) {
        break;
      }
      if (!TrieNodes.isMarked(header)) {
        found = node;
      }
      if (length == maxPrefix) {
        break;
      }
      node = nodes.child(node, TrieNodes.bit(data, length));
    }
    return found;
  }

  private int insert(long data, int prefix, long valueAddress, long flags) {
    long slot = nodes.rootSlot();
    int node = nodes.at(slot);
    int match = 0;
    while (node != TrieNodes.NONE) {
      match = nodes.match(node, nodes.prefix(node), data, prefix);
      if (nodes.prefix(node) != match || nodes.prefix(node) == prefix) {
        break;
      }
      slot = nodes.childSlot(node, TrieNodes.bit(data, nodes.prefix(node)));
      node = nodes.at(slot);
    }
    boolean replaces =
        node != TrieNodes.NONE && nodes.prefix(node) == match && !nodes.isIntermediate(node);
    if (replaces && flags == MapFlags.NOEXIST) {
      return -Errno.EEXIST;
    }
    if (!replaces && flags == MapFlags.EXIST) {
      return -Errno.ENOENT;
    }
    if (!replaces && entries == spec().maxEntries()) {
      return -Errno.ENOSPC;
    }
    int fresh = nodes.make(data, prefix, valueAddress, spec().valueSizeBytes());
    if (fresh == TrieNodes.NONE) {
      return -Errno.ENOMEM;
    }
    entries += replaces ? 0 : 1;
    nodes.place(slot, node, match, fresh, data, prefix);
    return 0;
  }

  private int remove(long data, int prefix) {
    int parent = TrieNodes.NONE;
    long parentSlot = nodes.rootSlot();
    long slot = parentSlot;
    int node = nodes.at(slot);
    int match = 0;
    while (node != TrieNodes.NONE) {
      match = nodes.match(node, nodes.prefix(node), data, prefix);
      if (nodes.prefix(node) != match || nodes.prefix(node) == prefix) {
        break;
      }
      parent = node;
      parentSlot = slot;
      slot = nodes.childSlot(node, TrieNodes.bit(data, nodes.prefix(node)));
      node = nodes.at(slot);
    }
    if (node == TrieNodes.NONE
        || nodes.prefix(node) != prefix
        || nodes.prefix(node) != match
        || nodes.isIntermediate(node)) {
      return -Errno.ENOENT;
    }
    entries--;
    nodes.remove(slot, node, parentSlot, parent);
    return 0;
  }

  /** Returns the node after the key's in postorder; the first when the key is not in the trie. */
  private int after(long keyAddress) {
    int prefix = keyAddress == 0 ? -1 : RawMemory.getInt(keyAddress);
    if (prefix < 0 || prefix > maxPrefix) {
      return nodes.leftmost(nodes.root());
    }
    long data = keyAddress + PREFIX_BYTES;
    int[] path = new int[maxPrefix + 1]; // user side only
    int depth = -1;
    int node = nodes.root();
    int match = 0;
    while (node != TrieNodes.NONE) {
      path[++depth] = node;
      match = nodes.match(node, nodes.prefix(node), data, prefix);
      if (nodes.prefix(node) != match || nodes.prefix(node) == prefix) {
        break;
      }
      node = nodes.child(node, TrieNodes.bit(data, nodes.prefix(node)));
    }
    boolean exact = node != TrieNodes.NONE && nodes.prefix(node) == match;
    if (!exact || nodes.isIntermediate(node)) {
      return nodes.leftmost(nodes.root());
    }
    return nodes.afterInPostorder(path, depth);
  }
}
