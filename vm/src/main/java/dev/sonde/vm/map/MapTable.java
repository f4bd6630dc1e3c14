package dev.sonde.vm.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All live maps of the process by id: how a map pointer in a register becomes a map again. */
public final class MapTable {
  private static volatile @Nullable BpfMap[] maps = new BpfMap[64];
  private static int next = 1; // 0 is the null pointer

  private MapTable() {}

  /** Returns the map of a map pointer's value; null when it is of no live map. */
  public static @Nullable BpfMap get(long mapPointer) {
    @Nullable BpfMap[] table = maps;
    return mapPointer > 0 && mapPointer < table.length ? table[(int) mapPointer] : null;
  }

  /**
   * Returns the least id above {@code id} that a live map has (BPF_MAP_GET_NEXT_ID).
   *
   * @throws BpfException ENOENT when there is none
   */
  public static int nextId(int id) {
    @Nullable BpfMap[] table = maps;
    for (int i = Math.max(id, 0) + 1; i < table.length; i++) {
      if (table[i] != null) {
        return i;
      }
    }
    throw BpfException.of(Errno.ENOENT, "map ids: none above " + id);
  }

  /** Returns the maps that are there now. */
  static List<BpfMap> live() {
    List<BpfMap> live = new ArrayList<>();
    for (BpfMap map : maps) {
      if (map != null) {
        live.add(map);
      }
    }
    return live;
  }

  static synchronized int register(BpfMap map) {
    int id = freeId();
    @Nullable BpfMap[] grown = id < maps.length ? maps.clone() : Arrays.copyOf(maps, id * 2);
    grown[id] = map;
    maps = grown;
    next = id + 1;
    return id;
  }

  static synchronized void unregister(int id) {
    @Nullable BpfMap[] copy = maps.clone();
    copy[id] = null;
    maps = copy;
  }

  /** Ids are reused only after the table went round, so that a stale id is unlikely to hit. */
  private static int freeId() {
    for (int i = 0; i < maps.length; i++) {
      int id = 1 + (next - 1 + i) % (maps.length - 1);
      if (maps[id] == null) {
        return id;
      }
    }
    return maps.length;
  }
}
