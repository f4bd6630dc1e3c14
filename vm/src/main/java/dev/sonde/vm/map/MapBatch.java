package dev.sonde.vm.map;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The batch commands of bpf(2) on a map: many elements in one call.
 *
 * <p>Each answers how many elements it did. An element that fails ends the batch with its own
 * errno; what came before it stays done, as in the kernel, and {@link Failed} says how much that
 * is.
 */
public final class MapBatch {
  private static final Set<MapType> LOOKUP =
      EnumSet.of(
          MapType.HASH,
          MapType.LRU_HASH,
          MapType.PERCPU_HASH,
          MapType.LRU_PERCPU_HASH,
          MapType.HASH_OF_MAPS,
          MapType.LPM_TRIE,
          MapType.ARRAY,
          MapType.PERCPU_ARRAY,
          MapType.ARRAY_OF_MAPS);

  private static final Set<MapType> LOOKUP_AND_DELETE =
      EnumSet.of(
          MapType.HASH,
          MapType.LRU_HASH,
          MapType.PERCPU_HASH,
          MapType.LRU_PERCPU_HASH,
          MapType.HASH_OF_MAPS);

  private static final Set<MapType> DELETE = EnumSet.copyOf(LOOKUP_AND_DELETE);

  static {
    DELETE.add(MapType.LPM_TRIE);
  }

  /**
   * Elements of a map.
   *
   * @param keys and {@code values} go together by index
   * @param next where the next batch begins; null when the map has no more elements
   */
  public record Elements(List<byte[]> keys, List<byte[]> values, byte @Nullable [] next) {
    public Elements {
      keys = List.copyOf(keys);
      values = List.copyOf(values);
    }

    public int count() {
      return keys.size();
    }
  }

  /** A batch that ended early: {@link #done} elements before the one that failed are done. */
  public static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;
    private final int done;
    private final int errno;

    private Failed(int done, BpfException cause) {
      super("element %d: %s".formatted(done, cause.getMessage()), cause);
      this.done = done;
      this.errno = cause.errno();
    }

    public int done() {
      return done;
    }

    public int errno() {
      return errno;
    }
  }

  private final BpfMap map;

  public MapBatch(BpfMap map) {
    this.map = map;
  }

  /**
   * Returns up to {@code count} elements behind {@code after} (BPF_MAP_LOOKUP_BATCH). Elements that
   * come and go meanwhile may or may not be among them.
   *
   * @param after {@link Elements#next} of the batch before; null: from the start
   * @throws BpfException ENOTSUPP for a type without batches, EINVAL for a count under 1
   */
  public Elements lookup(byte @Nullable [] after, int count) {
    return lookup(after, count, 0);
  }

  /** As {@link #lookup(byte[], int)}, each element with BPF_F_LOCK or 0. */
  public Elements lookup(byte @Nullable [] after, int count, long flags) {
    require(LOOKUP, "lookup_batch", count);
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    byte[] last = after;
    for (byte[] key = map.nextKey(last); key != null; key = map.nextKey(last)) {
      if (keys.size() == count) {
        return new Elements(keys, values, last);
      }
      byte[] value = map.lookup(key, flags);
      if (value != null) { // else somebody deleted it just now
        keys.add(key);
        values.add(value);
      }
      last = key;
    }
    return new Elements(keys, values, null);
  }

  /**
   * Takes up to {@code count} elements out of the map (BPF_MAP_LOOKUP_AND_DELETE_BATCH).
   *
   * @throws BpfException ENOTSUPP for a type without this command, EINVAL for a count under 1
   */
  public Elements lookupAndDelete(int count) {
    require(LOOKUP_AND_DELETE, "lookup_and_delete_batch", count);
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    byte[] key = map.nextKey(null);
    while (key != null && keys.size() < count) {
      byte[] value = map.lookupAndDelete(key);
      if (value != null) {
        keys.add(key);
        values.add(value);
      }
      key = map.nextKey(null);
    }
    return new Elements(keys, values, key);
  }

  /**
   * Writes elements (BPF_MAP_UPDATE_BATCH).
   *
   * @param flags of each element: ANY, NOEXIST, EXIST, LOCK of {@link MapFlags}
   * @throws Failed if an element is refused
   */
  public int update(List<byte[]> keys, List<byte[]> values, long flags) throws Failed {
    require(LOOKUP, "update_batch", keys.size());
    if (keys.size() != values.size()) {
      throw map.failure(
          Errno.EINVAL,
          "update_batch: %d keys and %d values".formatted(keys.size(), values.size()));
    }
    for (int i = 0; i < keys.size(); i++) {
      try {
        map.update(keys.get(i), values.get(i), flags);
      } catch (BpfException e) {
        throw new Failed(i, e);
      }
    }
    return keys.size();
  }

  /**
   * Deletes elements (BPF_MAP_DELETE_BATCH).
   *
   * @throws Failed if a key is absent (ENOENT) or of the wrong size
   */
  public int delete(List<byte[]> keys) throws Failed {
    require(DELETE, "delete_batch", keys.size());
    for (int i = 0; i < keys.size(); i++) {
      try {
        map.delete(keys.get(i));
      } catch (BpfException e) {
        throw new Failed(i, e);
      }
    }
    return keys.size();
  }

  private void require(Set<MapType> types, String command, int count) {
    if (!types.contains(map.spec().type())) {
      throw map.failure(Errno.ENOTSUPP, command + ": this type has no such command");
    }
    if (count < 1) {
      throw map.failure(Errno.EINVAL, "%s: count %d, want 1 or more".formatted(command, count));
    }
  }
}
