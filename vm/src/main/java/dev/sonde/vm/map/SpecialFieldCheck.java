package dev.sonde.vm.map;

import java.util.EnumSet;
import java.util.Set;

/** Which map types may have which special fields in their values ({@code map_check_btf}). */
final class SpecialFieldCheck {
  private static final Set<MapType> LOCKS =
      EnumSet.of(MapType.HASH, MapType.ARRAY, MapType.TASK_STORAGE);
  private static final Set<MapType> TIMERS =
      EnumSet.of(MapType.HASH, MapType.LRU_HASH, MapType.ARRAY);

  private SpecialFieldCheck() {}

  static void of(MapSpec spec) {
    if (spec.specialFields().isEmpty()) {
      return;
    }
    MapSpecCheck check = MapSpecCheck.of(spec);
    check.require(
        (spec.flags() & (MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG)) == 0,
        Errno.EACCES,
        "flags 0x%x: a value with a %s, want one that programs may read and write",
        spec.flags(),
        spec.specialFields().get(0).kind().structName());
    for (SpecialField field : spec.specialFields()) {
      SpecialField.Kind kind = field.kind();
      Set<MapType> types = kind == SpecialField.Kind.TIMER ? TIMERS : LOCKS;
      check
          .require(
              types.contains(spec.type()),
              Errno.EOPNOTSUPP,
              "%s in the value, want a map of type %s",
              kind.structName(),
              types)
          .require(
              field.offsetBytes() + kind.sizeBytes() <= spec.valueSizeBytes(),
              Errno.EFAULT,
              "%s at %d B of a value of %d B",
              kind.structName(),
              field.offsetBytes(),
              spec.valueSizeBytes());
    }
  }
}
