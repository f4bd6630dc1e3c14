package dev.sonde.exporters.stream;

import dev.sonde.exporters.decode.RecordDecoder;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Walks a live map and decodes its keys and values. */
final class MapEntries {
  private final BpfMap map;
  private final @Nullable RecordDecoder keys;
  private final @Nullable RecordDecoder values;

  MapEntries(BpfMap map, @Nullable Btf btf) {
    this.map = map;
    this.keys = decoder(btf, map.spec().keyTypeId());
    this.values = decoder(btf, map.spec().valueTypeId());
  }

  private static @Nullable RecordDecoder decoder(@Nullable Btf btf, int typeId) {
    return btf == null || typeId == 0 ? null : new RecordDecoder(btf, typeId);
  }

  /**
   * Hands over every entry: the key's values by name and the value's bytes, of a per-CPU map once
   * for the first CPU and for each other one that has a value other than 0. Entries that come or go
   * meanwhile may be seen or not; none is seen twice.
   */
  void forEach(BiConsumer<Map<String, Object>, byte[]> handler) {
    Set<ByteBuffer> seen = new HashSet<>();
    byte @Nullable [] key = map.nextKey(null);
    // A key deleted under the walk makes nextKey start over: the seen keys end it.
    for (long left = 2L * map.spec().maxEntries(); key != null && left > 0; left--) {
      if (seen.add(ByteBuffer.wrap(key))) {
        visit(key, handler);
      }
      key = map.nextKey(key);
    }
  }

  private void visit(byte[] key, BiConsumer<Map<String, Object>, byte[]> handler) {
    byte[] all = lookup(key);
    if (all == null) {
      return;
    }
    Map<String, Object> decodedKey = decodeKey(key);
    int sizeBytes = map.spec().valueSizeBytes();
    int strideBytes = map.spec().type().isPerCpu() ? sizeBytes + 7 & ~7 : Math.max(1, all.length);
    for (int at = 0; at + sizeBytes <= all.length; at += strideBytes) {
      // Of hundreds of CPU slots few were ever used; the first one shows that the key is there.
      if (at == 0 || !isZero(all, at, sizeBytes)) {
        handler.accept(decodedKey, Arrays.copyOfRange(all, at, at + sizeBytes));
      }
    }
  }

  private static boolean isZero(byte[] bytes, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private byte @Nullable [] lookup(byte[] key) {
    try {
      return map.lookup(key);
    } catch (BpfException goneMeanwhile) {
      return null;
    }
  }

  private Map<String, Object> decodeKey(byte[] key) {
    Map<String, Object> named = new LinkedHashMap<>();
    if (keys == null) {
      named.put("key", plain(key));
      return named;
    }
    keys.decode(key)
        .forEach((name, value) -> named.put(name.equals("value") ? "key" : name, value));
    return named;
  }

  /** Returns the values of {@code value} by name; one called {@code value} if it is no struct. */
  Map<String, Object> decodeValue(byte[] value) {
    return values == null ? Map.of("value", plain(value)) : values.decode(value);
  }

  private static Object plain(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return switch (bytes.length) {
      case 1 -> (Object) Byte.toUnsignedLong(bytes[0]);
      case 2 -> (Object) (long) Short.toUnsignedInt(buffer.getShort());
      case 4 -> (Object) Integer.toUnsignedLong(buffer.getInt());
      case 8 -> (Object) buffer.getLong();
      default -> HexFormat.of().formatHex(bytes);
    };
  }
}
