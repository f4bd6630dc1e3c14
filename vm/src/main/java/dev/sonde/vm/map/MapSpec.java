package dev.sonde.vm.map;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map before it is created: pure data, from an object file or from code.
 *
 * @param name as the object spells it; the kernel's own limit of 15 bytes does not apply
 * @param type the kernel's type
 * @param keySizeBytes 0 where the type has no key
 * @param valueSizeBytes 0 where the type has no value of its own
 * @param maxEntries slots, or bytes for ring buffers
 * @param flags {@link MapFlags} bits
 * @param inner the shape of the inner maps of a map-in-map, else null
 * @param pinnedByName whether maps of one session that share this name are one map
 * @param initialValues slot to initial content: the bytes of a data section, or for a prog array or
 *     map-in-map the name of what the slot holds
 * @param keyTypeId BTF type of the key, 0: none
 * @param valueTypeId BTF type of the value, 0: none
 * @param mapExtra what only some types read: the number of hash functions of a bloom filter
 * @param specialFields the parts of a value that only helpers may touch, ascending by offset
 */
public record MapSpec(
    String name,
    MapType type,
    int keySizeBytes,
    int valueSizeBytes,
    int maxEntries,
    int flags,
    @Nullable MapSpec inner,
    boolean pinnedByName,
    Map<Integer, Object> initialValues,
    int keyTypeId,
    int valueTypeId,
    long mapExtra,
    List<SpecialField> specialFields) {

  public MapSpec {
    initialValues = Map.copyOf(initialValues);
    specialFields = List.copyOf(specialFields);
  }

  /** As the canonical constructor, of a map without map_extra and special fields. */
  public MapSpec(
      String name,
      MapType type,
      int keySizeBytes,
      int valueSizeBytes,
      int maxEntries,
      int flags,
      @Nullable MapSpec inner,
      boolean pinnedByName,
      Map<Integer, Object> initialValues,
      int keyTypeId,
      int valueTypeId) {
    this(
        name,
        type,
        keySizeBytes,
        valueSizeBytes,
        maxEntries,
        flags,
        inner,
        pinnedByName,
        initialValues,
        keyTypeId,
        valueTypeId,
        0,
        List.of());
  }

  /** Returns a map of the plain kind: no flags, no inner map, no initial values, no BTF. */
  public static MapSpec of(
      String name, MapType type, int keySizeBytes, int valueSizeBytes, int maxEntries) {
    return new MapSpec(
        name, type, keySizeBytes, valueSizeBytes, maxEntries, 0, null, false, Map.of(), 0, 0);
  }

  /** Returns the offset of the value's field of {@code kind}, or -1 when it has none. */
  public int offsetOf(SpecialField.Kind kind) {
    for (SpecialField field : specialFields) {
      if (field.kind() == kind) {
        return field.offsetBytes();
      }
    }
    return -1;
  }

  /** Tells whether max_entries is still missing, where the type needs one that nobody assumes. */
  public boolean waitsForSize() {
    return maxEntries == 0
        && switch (type) {
          case SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE -> false;
          case CGROUP_STORAGE, PERCPU_CGROUP_STORAGE, PERF_EVENT_ARRAY -> false;
          case RINGBUF, USER_RINGBUF, STRUCT_OPS, ARENA -> false; // not a number of elements
          default -> true;
        };
  }

  /** Tells whether programs may read the values but not write them, by flag or by type. */
  public boolean programsOnlyRead() {
    return (flags & MapFlags.RDONLY_PROG) != 0
        || type == MapType.DEVMAP
        || type == MapType.DEVMAP_HASH;
  }

  public MapSpec withFlags(int newFlags) {
    return with(valueSizeBytes, maxEntries, newFlags, initialValues, mapExtra, specialFields);
  }

  public MapSpec withInitialValues(Map<Integer, Object> newInitialValues) {
    return with(valueSizeBytes, maxEntries, flags, newInitialValues, mapExtra, specialFields);
  }

  public MapSpec withMaxEntries(int newMaxEntries) {
    return with(valueSizeBytes, newMaxEntries, flags, initialValues, mapExtra, specialFields);
  }

  public MapSpec withValueSizeBytes(int newValueSizeBytes) {
    return with(newValueSizeBytes, maxEntries, flags, initialValues, mapExtra, specialFields);
  }

  public MapSpec withMapExtra(long newMapExtra) {
    return with(valueSizeBytes, maxEntries, flags, initialValues, newMapExtra, specialFields);
  }

  public MapSpec withSpecialFields(List<SpecialField> newSpecialFields) {
    return with(valueSizeBytes, maxEntries, flags, initialValues, mapExtra, newSpecialFields);
  }

  private MapSpec with(
      int newValueSizeBytes,
      int newMaxEntries,
      int newFlags,
      Map<Integer, Object> newInitialValues,
      long newMapExtra,
      List<SpecialField> newSpecialFields) {
    return new MapSpec(
        name,
        type,
        keySizeBytes,
        newValueSizeBytes,
        newMaxEntries,
        newFlags,
        inner,
        pinnedByName,
        newInitialValues,
        keyTypeId,
        valueTypeId,
        newMapExtra,
        newSpecialFields);
  }
}
