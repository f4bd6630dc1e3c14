package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.memory.RawMemory;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HtabMapTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 12, 13, 16, 31})
  void itIsAMapForKeysOfAnySize(int keyBytes) {
    Random random = new Random(keyBytes);
    Map<String, Byte> model = new HashMap<>();
    try (BpfMap map = Maps.create(MapSpec.of("m", MapType.HASH, keyBytes, 1, 50))) {
      for (int i = 0; i < 20_000; i++) {
        byte[] key = new byte[keyBytes];
        key[random.nextInt(keyBytes)] = (byte) random.nextInt(40);
        String name = java.util.Arrays.toString(key);
        byte value = (byte) i;
        if (random.nextInt(3) == 0) {
          if (model.remove(name) == null) {
            assertEquals(Errno.ENOENT, errno(() -> map.delete(key)));
          } else {
            map.delete(key);
          }
        } else if (model.containsKey(name) || model.size() < 50) {
          map.update(key, new byte[] {value}, MapFlags.ANY);
          model.put(name, value);
        } else {
          assertEquals(Errno.E2BIG, errno(() -> map.update(key, new byte[] {value}, 0)));
        }
        byte[] found = map.lookup(key);
        assertEquals(model.get(name), found == null ? null : (Byte) found[0]);
      }
      int count = 0;
      for (byte[] key = map.nextKey(null); key != null; key = map.nextKey(key)) {
        assertEquals(model.get(java.util.Arrays.toString(key)), map.lookup(key)[0]);
        count++;
      }
      assertEquals(model.size(), count);
      assertEquals(model.size(), map.forEachElement(0, (k, v) -> 0));
    }
  }

  @Test
  void aReplacedValueStaysReadableThroughAnOldPointer() {
    long scratch = RawMemory.allocateZeroed(16);
    try (BpfMap map = Maps.create(MapSpec.of("m", MapType.HASH, 8, 8, 4))) {
      RawMemory.putLong(scratch + 8, 1);
      map.update(0, scratch, scratch + 8, 0);
      long old = map.lookup(0, scratch);
      RawMemory.putLong(scratch + 8, 2);
      map.update(0, scratch, scratch + 8, 0);
      assertEquals(1, RawMemory.getLong(old));
      assertEquals(2, RawMemory.getLong(map.lookup(0, scratch)));
    } finally {
      RawMemory.free(scratch);
    }
  }

  @Test
  void accessFlagsAndFreezeRefuseTheUserSide() {
    try (BpfMap map =
        Maps.create(MapSpec.of("m", MapType.HASH, 4, 4, 4).withFlags(MapFlags.RDONLY))) {
      assertEquals(Errno.EPERM, errno(() -> map.update(new byte[4], new byte[4], 0)));
      assertNull(map.lookup(new byte[4]));
    }
    try (BpfMap map = Maps.create(MapSpec.of("m", MapType.HASH, 4, 4, 4))) {
      map.update(new byte[4], new byte[] {1, 2, 3, 4}, 0);
      map.freeze();
      assertEquals(Errno.EPERM, errno(() -> map.delete(new byte[4])));
      assertArrayEquals(new byte[] {1, 2, 3, 4}, map.lookup(new byte[4]));
    }
  }

  private static int errno(org.junit.jupiter.api.function.Executable operation) {
    return assertThrows(BpfException.class, operation).errno();
  }
}
