package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/**
 * The nodes of a prefix trie, off-heap and type-stable. A node is an element of a pool whose header
 * words mean: next = child 0, mark = child 1 (each element + 1, 0 for none), hash = prefix length |
 * {@link #INTERMEDIATE}; its key is the data. An intermediate node has no value of its own and
 * always two children.
 */
final class TrieNodes {
  static final int NONE = -1;
  private static final int INTERMEDIATE = 1 << 30;
  private static final int PREFIX_MASK = INTERMEDIATE - 1;
  private static final int CHILD_0 = ElementPool.NEXT;
  private static final int CHILD_1 = ElementPool.MARK;

  private final ElementPool pool;
  private final KeyShape shape;
  private final int dataBytes;
  private final long rootSlot;

  TrieNodes(MapMemory memory, int maxEntries, int dataBytes, int valueBytes) {
    this.dataBytes = dataBytes;
    this.shape = new KeyShape(dataBytes, 0);
    // Each entry may need an intermediate node, and an update fills a node before it frees one.
    this.pool = ElementPool.marked(memory, 2 * maxEntries + 2, 0, shape.paddedBytes(), valueBytes);
    this.rootSlot = memory.zeroed(64);
  }

  long rootSlot() {
    return rootSlot;
  }

  int root() {
    return at(rootSlot);
  }

  /** Returns the node that a slot (the root's or a child's) points to. */
  int at(long slot) {
    return RawMemory.getIntAcquire(slot) - 1; // pairs with point
  }

  long childSlot(int node, int bit) {
    return pool.addressOf(node) + (bit == 0 ? CHILD_0 : CHILD_1);
  }

  int child(int node, int bit) {
    return at(childSlot(node, bit));
  }

  int prefix(int node) {
    return prefixOf(header(node));
  }

  boolean isIntermediate(int node) {
    return isMarked(header(node));
  }

  /** Returns prefix and mark in one read; of a freed node, a prefix longer than any. */
  int header(int node) {
    return RawMemory.getInt(pool.addressOf(node) + ElementPool.HASH);
  }

  static int prefixOf(int header) {
    return header & PREFIX_MASK;
  }

  static boolean isMarked(int header) {
    return (header & INTERMEDIATE) != 0;
  }

  long valueAddress(int node) {
    return pool.valueAddress(node);
  }

  /** Returns bit {@code index} of data in network order. */
  static int bit(long data, int index) {
    return RawMemory.getByte(data + (index >>> 3)) >>> 7 - (index & 7) & 1;
  }

  /** Returns how many leading bits node and key share, at most the shorter prefix of the two. */
  int match(int node, int nodePrefix, long data, int prefix) {
    int limit = Math.min(nodePrefix, prefix);
    long own = pool.keyAddress(node);
    for (int i = 0; i < dataBytes && i << 3 < limit; i++) {
      int different = (RawMemory.getByte(own + i) ^ RawMemory.getByte(data + i)) & 0xff;
      if (different != 0) {
        return Math.min(limit, (i << 3) + Integer.numberOfLeadingZeros(different) - 24);
      }
    }
    return limit;
  }

  /** Returns a filled node without children, or {@link #NONE}. */
  int make(long data, int prefix, long valueAddress, int valueBytes) {
    int node = pool.take();
    if (node != NONE) {
      fill(node, data, prefix);
      RawMemory.copy(valueAddress, pool.valueAddress(node), valueBytes);
    }
    return node;
  }

  /** Puts {@code fresh} where {@code slot} points to {@code node}, which shares its first bits. */
  void place(long slot, int node, int match, int fresh, long data, int prefix) {
    if (node == NONE) {
      point(slot, fresh);
    } else if (prefix(node) == match && match == prefix) {
      point(childSlot(fresh, 0), child(node, 0));
      point(childSlot(fresh, 1), child(node, 1));
      point(slot, fresh);
      pool.give(node);
    } else if (match == prefix) {
      point(childSlot(fresh, bit(pool.keyAddress(node), match)), node);
      point(slot, fresh);
    } else {
      int fork = pool.take(); // never NONE: two nodes an entry are enough
      fill(fork, pool.keyAddress(node), match | INTERMEDIATE);
      int side = bit(data, match);
      point(childSlot(fork, side), fresh);
      point(childSlot(fork, side ^ 1), node);
      point(slot, fork);
    }
  }

  /** Takes {@code node} out, and an intermediate parent that it leaves with one child. */
  void remove(long slot, int node, long parentSlot, int parent) {
    int left = child(node, 0);
    int right = child(node, 1);
    if (left != NONE && right != NONE) {
      RawMemory.putInt(pool.addressOf(node) + ElementPool.HASH, prefix(node) | INTERMEDIATE);
      return;
    }
    if (parent != NONE && isIntermediate(parent) && left == NONE && right == NONE) {
      point(parentSlot, child(parent, child(parent, 0) == node ? 1 : 0));
      pool.give(parent);
    } else {
      point(slot, left != NONE ? left : right);
    }
    pool.give(node);
  }

  /** Returns the first node in postorder under {@code from}. */
  int leftmost(int from) {
    int found = NONE;
    int node = from;
    while (node != NONE) {
      int left = child(node, 0);
      if (isIntermediate(node)) {
        node = left;
      } else {
        found = node;
        node = left != NONE ? left : child(node, 1);
      }
    }
    return found;
  }

  /** Returns the node after {@code path[depth]} in postorder, or {@link #NONE}. */
  int afterInPostorder(int[] path, int depth) {
    int node = path[depth];
    for (int i = depth; i > 0; i--) {
      int parent = path[i - 1];
      int right = child(parent, 1);
      if (child(parent, 0) == node && right != NONE) {
        return leftmost(right);
      }
      if (!isIntermediate(parent)) {
        return parent;
      }
      node = parent;
    }
    return NONE;
  }

  /** Writes {@code u32 prefixlen; u8 data[]}. */
  void copyKey(int node, long toAddress) {
    RawMemory.putInt(toAddress, prefix(node));
    RawMemory.copy(pool.keyAddress(node), toAddress + 4, dataBytes);
  }

  private void fill(int node, long data, int header) {
    shape.copy(data, pool.keyAddress(node));
    RawMemory.putInt(pool.addressOf(node) + ElementPool.HASH, header);
    RawMemory.putInt(childSlot(node, 0), 0);
    RawMemory.putInt(childSlot(node, 1), 0);
  }

  private static void point(long slot, int node) {
    RawMemory.putIntRelease(slot, node + 1);
  }
}
