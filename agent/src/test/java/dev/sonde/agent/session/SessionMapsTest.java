package dev.sonde.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SessionMapsTest {
  private static BpfCollection object(String name, String... maps) {
    List<MapSpec> specs =
        java.util.stream.Stream.of(maps).map(m -> MapSpec.of(m, MapType.ARRAY, 4, 8, 1)).toList();
    CollectionSpec spec =
        new CollectionSpec(name, specs, List.of(), List.of(), List.of(), "GPL", null);
    return BpfCollection.create(spec, Map.of(), new PinnedMaps(), Kfuncs::byName);
  }

  @Test
  void aMapThatSeveralObjectsHaveIsCalledAfterItsObject() throws SessionException {
    SessionMaps maps = SessionMaps.of("s", List.of());
    try (BpfCollection first = object("first", ".bss", "counts");
        BpfCollection second = object("second", ".bss", "stacks")) {
      maps.add(first);
      maps.add(second);
      assertSame(first.maps().get(".bss"), maps.find("first.bss").map());
      assertSame(second.maps().get(".bss"), maps.find("second.bss").map());
      assertSame(first.maps().get("counts"), maps.find("counts").map());
      assertSame(second.maps().get("stacks"), maps.find("second.stacks").map());
      assertEquals(
          "session \"s\": map \".bss\": 2 objects have one, want one of first.bss, second.bss",
          assertThrows(SessionException.class, () -> maps.find(".bss")).getMessage());
      assertEquals(
          "session \"s\": map \"count\": no object has it, want counts",
          assertThrows(SessionException.class, () -> maps.find("count")).getMessage());
    }
  }
}
