package dev.sonde.vm.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ProgramSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapDefinitionTest {
  private static MapSpec map(String object, String name) {
    return TestObjects.read(object).maps().stream()
        .filter(m -> m.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void libbpfsOldDefinitionsAreRecordsOfFiveNumbers() {
    MapSpec counts = map("legacy.clang14.v3.o", "counts");
    assertEquals(MapType.HASH, counts.type());
    assertEquals(
        List.of(4, 8, 100, MapFlags.NO_PREALLOC),
        List.of(
            counts.keySizeBytes(), counts.valueSizeBytes(), counts.maxEntries(), counts.flags()));
    MapSpec slots = map("legacy.clang14.v3.o", "slots");
    assertEquals(MapType.ARRAY, slots.type());
    assertEquals(7, slots.maxEntries());
  }

  @Test
  void oldDefinitionsAreFoundByTheirSymbols() {
    ProgramSpec program = TestObjects.read("legacy.clang14.v3.o").programs().get(0);
    assertEquals(List.of("counts", "slots"), program.mapNames());
  }

  @Test
  void iproute2sDefinitionsPinAndNest() {
    MapSpec outer = map("elfmap.clang14.v3.o", "outer");
    assertNotNull(outer.inner());
    assertEquals(5, outer.inner().maxEntries());
    assertEquals(Map.of(2, "inner"), outer.initialValues());
    assertTrue(map("elfmap.clang14.v3.o", "shared").pinnedByName());
    assertEquals(Map.of(), map("elfmap.clang14.v3.o", "inner").initialValues());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested.clang14.v1.o", "nested.clang19.v4.o", "nested.clang22.v3.o"})
  void mapsOfMapsKnowTheirShapeAndTheirSlots(String object) {
    MapSpec byIndex = map(object, "by_index");
    assertNotNull(byIndex.inner());
    assertEquals(MapType.ARRAY, byIndex.inner().type());
    assertEquals(2, byIndex.inner().maxEntries());
    assertEquals(Map.of(1, "first", 3, "second"), byIndex.initialValues());
    MapSpec byKey = map(object, "by_key");
    assertNotNull(byKey.inner());
    assertEquals(24, byKey.inner().valueSizeBytes());
    assertEquals(Map.of(), byKey.initialValues());
  }

  @Test
  void progArraysKnowTheProgramsOfTheirSlots() {
    MapSpec tails = map("nested.clang22.v3.o", "tails");
    assertEquals(MapType.PROG_ARRAY, tails.type());
    assertEquals(Map.of(2, "first_tail"), tails.initialValues());
  }
}
