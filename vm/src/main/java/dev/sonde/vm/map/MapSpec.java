package dev.sonde.vm.map;

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
    int valueTypeId) {

  public MapSpec {
    initialValues = Map.copyOf(initialValues);
  }

  /** Returns a map of the plain kind: no flags, no inner map, no initial values, no BTF. */
  public static MapSpec of(
      String name, MapType type, int keySizeBytes, int valueSizeBytes, int maxEntries) {
    return new MapSpec(
        name, type, keySizeBytes, valueSizeBytes, maxEntries, 0, null, false, Map.of(), 0, 0);
  }

  public MapSpec withFlags(int newFlags) {
    return new MapSpec(
        name,
        type,
        keySizeBytes,
        valueSizeBytes,
        maxEntries,
        newFlags,
        inner,
        pinnedByName,
        initialValues,
        keyTypeId,
        valueTypeId);
  }

  public MapSpec withInitialValues(Map<Integer, Object> newInitialValues) {
    return new MapSpec(
        name,
        type,
        keySizeBytes,
        valueSizeBytes,
        maxEntries,
        flags,
        inner,
        pinnedByName,
        newInitialValues,
        keyTypeId,
        valueTypeId);
  }

  public MapSpec withMaxEntries(int newMaxEntries) {
    return new MapSpec(
        name,
        type,
        keySizeBytes,
        valueSizeBytes,
        newMaxEntries,
        flags,
        inner,
        pinnedByName,
        initialValues,
        keyTypeId,
        valueTypeId);
  }
}
