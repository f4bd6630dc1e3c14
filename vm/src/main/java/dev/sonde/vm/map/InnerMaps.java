package dev.sonde.vm.map;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What both maps of maps ask of the maps that they hold. */
final class InnerMaps {
  private InnerMaps() {}

  /** Refuses outer maps without a shape for their inner maps, or with one that cannot be. */
  static void check(MapSpec outer) {
    MapSpec inner = outer.inner();
    MapSpecCheck check = MapSpecCheck.of(outer);
    check.require(inner != null, Errno.EBADF, "no inner map, want the shape of one");
    if (inner != null) {
      check.require(
          inner.inner() == null, Errno.EINVAL, "inner map \"%s\" holds maps", inner.name());
    }
  }

  /** Returns why the map with this id may not be put into {@code outer}, or 0. */
  static int refuse(MapSpec outer, int id) {
    BpfMap map = MapTable.get(id);
    MapSpec inner = outer.inner();
    if (map == null || inner == null) {
      return -Errno.EBADF;
    }
    return isSameShape(inner, map.spec()) ? 0 : -Errno.EINVAL;
  }

  /**
   * The kernel's bpf_map_meta_equal: type, sizes and flags; an array's length too, since programs
   * may have looked up constant indices, unless both say that lengths differ.
   */
  private static boolean isSameShape(MapSpec want, MapSpec got) {
    boolean sameSlots =
        want.type() != MapType.ARRAY
            || (want.flags() & MapFlags.INNER_MAP) != 0
            || want.maxEntries() == got.maxEntries();
    return want.type() == got.type()
        && want.keySizeBytes() == got.keySizeBytes()
        && want.valueSizeBytes() == got.valueSizeBytes()
        && want.flags() == got.flags()
        && sameSlots;
  }

  /** Returns {@code value} as a u32 in native order. */
  static byte[] bytes(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}
