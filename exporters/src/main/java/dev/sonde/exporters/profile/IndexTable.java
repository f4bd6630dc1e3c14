package dev.sonde.exporters.profile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Things by the index at which they were first seen: the tables of profile formats. */
public final class IndexTable<T> {
  private final Map<T, Integer> indexes = new LinkedHashMap<>();
  private final int first;

  /**
   * @param first the index of the first entry
   */
  public IndexTable(int first) {
    this.first = first;
  }

  public int indexOf(T entry) {
    Integer known = indexes.get(entry);
    if (known != null) {
      return known;
    }
    int index = first + indexes.size();
    indexes.put(entry, index);
    return index;
  }

  /** Returns the entries in the order of their indexes. */
  public Set<T> entries() {
    return indexes.keySet();
  }
}
