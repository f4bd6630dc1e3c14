package dev.sonde.vm;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.BtfType.SecVar;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.map.MapSpec;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Sets the variables of an object's data sections (.rodata, .data, .bss) by their names in C,
 * before the maps that hold them exist.
 */
final class DataVariables {
  private record Place(String map, int typeId, int offsetBytes) {}

  private final Btf btf;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, byte[]> contents = new HashMap<>();
  private final String object;

  private DataVariables(CollectionSpec spec, Btf btf) {
    this.btf = btf;
    this.object = spec.name();
    for (MapSpec map : spec.maps()) {
      if (btf.types().size() > map.valueTypeId()
          && btf.type(map.valueTypeId()) instanceof BtfType.DataSec section) {
        addSection(map, section);
      }
    }
  }

  /**
   * Returns the maps of {@code spec} with {@code values} in their initial content.
   *
   * @param values by variable name: a Boolean, an integer of any size, a String for a char array,
   *     or the bytes themselves
   * @throws IllegalArgumentException if there is no such variable or the value does not fit it
   */
  static List<MapSpec> set(CollectionSpec spec, Map<String, ?> values) {
    if (values.isEmpty()) {
      return spec.maps();
    }
    Btf btf = spec.btf() == null ? new Btf(List.of(new BtfType.Void())) : spec.btf();
    DataVariables variables = new DataVariables(spec, btf);
    values.forEach(variables::set);
    List<MapSpec> maps = new ArrayList<>();
    for (MapSpec map : spec.maps()) {
      byte[] content = variables.contents.get(map.name());
      maps.add(content == null ? map : map.withInitialValues(Map.of(0, content)));
    }
    return maps;
  }

  private void addSection(MapSpec map, BtfType.DataSec section) {
    for (SecVar entry : section.vars()) {
      if (btf.type(entry.var()) instanceof BtfType.Var variable) {
        long end = (long) entry.offsetBytes() + btf.sizeBytes(variable.type());
        if (entry.offsetBytes() >= 0 && end <= map.valueSizeBytes()) {
          places.put(variable.name(), new Place(map.name(), variable.type(), entry.offsetBytes()));
        }
      }
    }
    Object content = map.initialValues().get(0);
    contents.put(
        map.name(),
        content instanceof byte[] given ? given.clone() : new byte[map.valueSizeBytes()]);
  }

  private void set(String name, Object value) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          "object \"%s\": variable \"%s\": no such one in .rodata, .data or .bss, want one of %s"
              .formatted(object, name, new TreeSet<>(places.keySet())));
    }
    int sizeBytes = btf.sizeBytes(place.typeId());
    byte[] encoded = encode(name, value, btf.resolved(place.typeId()), sizeBytes);
    byte[] content = contents.get(place.map());
    System.arraycopy(encoded, 0, content, place.offsetBytes(), encoded.length);
  }

  private byte[] encode(String name, Object value, BtfType type, int sizeBytes) {
    if (value instanceof byte[] bytes && bytes.length == sizeBytes) {
      return bytes;
    }
    if (value instanceof String text && type instanceof BtfType.Array) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (bytes.length < sizeBytes) { // room for the NUL
        return Arrays.copyOf(bytes, sizeBytes);
      }
    }
    BigInteger number = integer(value);
    Boolean signed = signedness(type);
    if (number != null && signed != null && fits(number, sizeBytes * 8, signed)) {
      ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      return Arrays.copyOf(buffer.putLong(0, number.longValue()).array(), sizeBytes);
    }
    String got = value instanceof byte[] bytes ? bytes.length + " B" : "\"" + value + "\"";
    throw new IllegalArgumentException(
        "object \"%s\": variable \"%s\": got %s, want %s"
            .formatted(object, name, got, wanted(type, sizeBytes, signed)));
  }

  private static @Nullable BigInteger integer(Object value) {
    if (value instanceof BigInteger big) {
      return big;
    }
    if (value instanceof Boolean flag) {
      return flag ? BigInteger.ONE : BigInteger.ZERO;
    }
    boolean whole =
        value instanceof Long
            || value instanceof Integer
            || value instanceof Short
            || value instanceof Byte;
    return whole ? BigInteger.valueOf(((Number) value).longValue()) : null;
  }

  /** Returns whether integers of {@code type} have a sign; null when it is no integer. */
  private static @Nullable Boolean signedness(BtfType type) {
    if (type instanceof BtfType.Int integer && integer.sizeBytes() <= 8) {
      return integer.signed();
    }
    return type instanceof BtfType.Enum enumeration ? (Boolean) enumeration.signed() : null;
  }

  private static boolean fits(BigInteger number, int bits, boolean signed) {
    return signed
        ? number.bitLength() < bits // two's complement without the sign
        : number.signum() >= 0 && number.bitLength() <= bits;
  }

  private static String wanted(BtfType type, int sizeBytes, @Nullable Boolean signed) {
    if (signed != null) {
      return "%s integer of %d bits".formatted(signed ? "a signed" : "an unsigned", sizeBytes * 8);
    }
    return type instanceof BtfType.Array
        ? "text of less than %1$d B, or %1$d B".formatted(sizeBytes)
        : sizeBytes + " B";
  }
}
