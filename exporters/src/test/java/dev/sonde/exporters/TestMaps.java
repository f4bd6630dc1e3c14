package dev.sonde.exporters;

import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Live maps of the example objects, filled from outside. */
public final class TestMaps {
  private TestMaps() {}

  public static CollectionSpec object(String name) {
    try (InputStream object = TestMaps.class.getResourceAsStream("/objects/" + name)) {
      return ObjectReader.read(name, object.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static BpfMap map(CollectionSpec object, String name) {
    MapSpec spec =
        object.maps().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
    return Maps.create(spec);
  }

  public static int struct(CollectionSpec object, String name) {
    return object.btf().find(name, BtfType.Struct.class).getAsInt();
  }

  public static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  public static byte[] u32(int value) {
    return bytes(4).putInt(value).array();
  }

  public static byte[] u64(long value) {
    return bytes(8).putLong(value).array();
  }

  /** Writes a value for each of the first two CPUs of a per-CPU map, zeroes for the others. */
  public static void updatePerCpu(BpfMap map, byte[] key, byte[] first, byte[] second) {
    int stride = map.spec().valueSizeBytes() + 7 & ~7;
    ByteBuffer all = bytes(stride * CarrierSlots.capacity());
    all.put(0, first);
    all.put(stride, second);
    map.update(key, all.array(), MapFlags.ANY);
  }

  public static void output(RingbufMap ring, byte[] record) {
    long address = RawMemory.allocateZeroed(record.length);
    try {
      RawMemory.write(address, record);
      if (ring.output(address, record.length, 0) != 0) {
        throw new IllegalStateException("ring is full");
      }
    } finally {
      RawMemory.free(address);
    }
  }
}
