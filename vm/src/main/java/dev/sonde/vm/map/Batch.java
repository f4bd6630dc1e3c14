package dev.sonde.vm.map;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batch commands of bpf(2) on the user side: many elements in one call. A batch is not atomic.
 *
 * @param entries elements, at most as many as were asked for
 * @param next where the next batch begins, null after the last; when its key is deleted meanwhile,
 *     the next batch begins at the first element again, as get_next_key does
 */
public record Batch(List<Entry> entries, byte @Nullable [] next) {
  /** One element as the user side sees it. */
  public record Entry(byte[] key, byte[] value) {}

  public Batch {
    entries = List.copyOf(entries);
  }

  /** Reads up to {@code count} elements from {@code cursor} on, null for the first. */
  public static Batch lookup(BpfMap map, byte @Nullable [] cursor, int count) {
    require(map, isHash(map) || isArray(map) || isTrie(map) || isOuter(map), "lookup_batch");
    List<Entry> entries = new ArrayList<>();
    byte[] key = map.nextKey(cursor);
    byte[] last = cursor;
    while (key != null && entries.size() < count) {
      byte[] value = map.lookup(key);
      if (value != null) {
        entries.add(new Entry(key, value));
      }
      last = key;
      key = map.nextKey(key);
    }
    return new Batch(entries, key == null ? null : last);
  }

  /** Takes up to {@code count} elements out of a hash. */
  public static Batch lookupAndDelete(BpfMap map, int count) {
    require(map, isHash(map), "lookup_and_delete_batch");
    List<Entry> entries = new ArrayList<>();
    byte[] key = map.nextKey(null);
    while (key != null && entries.size() < count) {
      byte[] value = map.lookupAndDelete(key);
      if (value != null) {
        entries.add(new Entry(key, value));
      }
      key = map.nextKey(null);
    }
    return new Batch(entries, key);
  }

  /** Writes all entries; throws at the first that is refused, those before it stay written. */
  public static void update(BpfMap map, List<Entry> entries, long flags) {
    require(map, isHash(map) || isArray(map) || isTrie(map) || isOuter(map), "update_batch");
    for (Entry entry : entries) {
      map.update(entry.key(), entry.value(), flags);
    }
  }

  /** Deletes all keys; throws at the first that is absent, those before it stay deleted. */
  public static void delete(BpfMap map, List<byte[]> keys) {
    require(map, isHash(map) || isTrie(map) || isOuter(map), "delete_batch");
    keys.forEach(map::delete);
  }

  private static boolean isHash(BpfMap map) {
    return switch (map.spec().type()) {
      case HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH -> true;
      default -> false;
    };
  }

  private static boolean isArray(BpfMap map) {
    return map.spec().type() == MapType.ARRAY || map.spec().type() == MapType.PERCPU_ARRAY;
  }

  private static boolean isTrie(BpfMap map) {
    return map.spec().type() == MapType.LPM_TRIE;
  }

  private static boolean isOuter(BpfMap map) {
    return map.spec().type() == MapType.ARRAY_OF_MAPS || map.spec().type() == MapType.HASH_OF_MAPS;
  }

  private static void require(BpfMap map, boolean supported, String command) {
    if (!supported) {
      throw map.failure(Errno.ENOTSUPP, command + ": this type has no such command");
    }
  }
}
