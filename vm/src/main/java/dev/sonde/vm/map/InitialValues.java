package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.Map;

/** Fills a new map with the bytes that its object file has for it. */
final class InitialValues {
  private InitialValues() {}

  static void write(BpfMap map) {
    for (Map.Entry<Integer, Object> entry : map.spec().initialValues().entrySet()) {
      if (entry.getValue() instanceof byte[] bytes) {
        write(map, entry.getKey(), bytes);
      }
    }
  }

  private static void write(BpfMap map, int slot, byte[] bytes) {
    int room = map.spec().valueSizeBytes();
    if (!(map instanceof ArrayMap array) || slot < 0 || slot >= array.count()) {
      throw refused(map, "initial value for slot " + slot + ", want a slot of an array");
    }
    if (bytes.length > room) {
      throw refused(
          map,
          "initial value of slot %d: %d B, want at most %d B".formatted(slot, bytes.length, room));
    }
    RawMemory.write(array.baseAddress() + (long) slot * array.strideBytes(), bytes);
  }

  private static BpfException refused(BpfMap map, String why) {
    map.close();
    return BpfException.of(Errno.EINVAL, map.what(why));
  }
}
