package dev.sonde.vm.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.map.SpecialField.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialFieldTest {
  private static MapSpec map(String object, String name) {
    return TestObjects.read(object).maps().stream()
        .filter(spec -> spec.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"special.clang14.v3.o", "special.clang19.v4.o"})
  void locksAndTimersOfAValueAreFoundByTheirTypes(String object) {
    assertEquals(
        List.of(new SpecialField(Kind.SPIN_LOCK, 8)), map(object, "locks").specialFields());
    assertEquals(
        List.of(new SpecialField(Kind.TIMER, 8), new SpecialField(Kind.SPIN_LOCK, 24)),
        map(object, "timers").specialFields());
    assertEquals(3, map(object, "bloom").mapExtra());
  }

  @Test
  void aFieldIsTouchedByWhatOverlapsIt() {
    SpecialField timer = new SpecialField(Kind.TIMER, 8);
    assertTrue(timer.overlaps(0, 9) && timer.overlaps(23, 1) && timer.overlaps(8, 16));
    assertTrue(!timer.overlaps(0, 8) && !timer.overlaps(24, 8));
  }

  @Test
  void mapsThatCannotHaveThemAreRefused() {
    MapSpec lock =
        MapSpec.of("m", MapType.HASH, 4, 16, 4)
            .withSpecialFields(List.of(new SpecialField(Kind.SPIN_LOCK, 8)));
    Maps.create(lock).close();
    assertThrows(
        BpfException.AccessDenied.class, () -> Maps.create(lock.withFlags(MapFlags.RDONLY_PROG)));
    MapSpec past =
        MapSpec.of("m", MapType.HASH, 4, 8, 4)
            .withSpecialFields(List.of(new SpecialField(Kind.TIMER, 0)));
    assertThrows(BpfException.Fault.class, () -> Maps.create(past));
    MapSpec percpu =
        MapSpec.of("m", MapType.PERCPU_HASH, 4, 16, 4)
            .withSpecialFields(List.of(new SpecialField(Kind.SPIN_LOCK, 8)));
    assertThrows(BpfException.Unsupported.class, () -> Maps.create(percpu));
  }
}
