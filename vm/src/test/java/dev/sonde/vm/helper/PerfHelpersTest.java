package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.memory.RawMemory;
import org.junit.jupiter.api.Test;

class PerfHelpersTest {
  @Test
  void samplesGoIntoTheArraysLane() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    long data = RawMemory.allocateZeroed(64);
    MapSpec spec = MapSpec.of("events", MapType.PERF_EVENT_ARRAY, 4, 4, CarrierSlots.capacity());
    try (PerfEventArrayMap events = (PerfEventArrayMap) Maps.create(spec)) {
      events.open(8192, false);
      long current = 0xffffffffL;
      assertEquals(0, PerfHelpers.perfEventOutput(slot, 0, events, current, data, 64));
      assertEquals(-22, PerfHelpers.perfEventOutput(slot, 0, events, 1L << 40, data, 64));
      assertEquals(-2, PerfHelpers.perfEventRead(slot, events, current));
      assertEquals(-7, PerfHelpers.perfEventReadValue(slot, events, 1 << 20, data, 24));
      assertEquals(-22, PerfHelpers.perfEventReadValue(slot, events, 0, data, 16));
    } finally {
      RawMemory.free(data);
    }
  }
}
