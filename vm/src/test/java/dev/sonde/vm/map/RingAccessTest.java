package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs know of a ring by heart is true for as long as they run. */
class RingAccessTest {
  @TempDir Path folder;

  private static RingbufMap ring() {
    return (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 1 << 16));
  }

  @Test
  void aRingThatAProgramKnowsIsNotMoved() {
    RingbufMap ring = ring();
    RingAccess known = ring.settledAccess();
    Path file = folder.resolve("ring");
    assertThrows(IllegalStateException.class, () -> ring.moveTo(file));
    assertThrows(IllegalStateException.class, ring::keepNewest);
    assertFalse(Files.exists(file));
    assertFalse(ring.keepsNewest());
    assertSame(known, ring.access());
    ring.close();
  }

  @Test
  void oneThatWasMovedBeforeIsKnownByItsNewAddresses() throws IOException {
    RingbufMap ring = ring();
    RingAccess before = ring.access();
    ring.moveTo(folder.resolve("ring"));
    RingAccess known = ring.settledAccess();
    assertNotEquals(before.dataAddress(), known.dataAddress());
    assertEquals(ring.id(), known.mapId());
    long record = ring.reserve(8);
    assertTrue(record > known.dataAddress() && record < known.dataAddress() + (1 << 16));
    ring.close();
  }
}
