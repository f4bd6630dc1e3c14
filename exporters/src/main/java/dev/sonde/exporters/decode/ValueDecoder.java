package dev.sonde.exporters.decode;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One value at one place of some bytes, by its BTF type. */
final class ValueDecoder {
  private static final int MAX_LIST = 256; // elements that are shown of an array

  /**
   * Where a value stands.
   *
   * @param bitSize 0 unless it is a bit field
   */
  record Place(int typeId, int offsetBits, int bitSize) {
    int offsetBytes() {
      return offsetBits >> 3;
    }
  }

  private final Btf btf;

  ValueDecoder(Btf btf) {
    this.btf = btf;
  }

  /** Returns the value, or null when it does not lie within {@code bytes}. */
  @Nullable Object decode(ByteBuffer bytes, Place place) {
    BtfType type = btf.resolved(place.typeId());
    if (type instanceof BtfType.Array array) {
      return array(bytes, array, place.offsetBytes());
    }
    int sizeBytes = btf.sizeBytes(place.typeId());
    if (sizeBytes == 0
        || place.offsetBytes() + Math.max(1, place.bitSize() + 7 >> 3) > bytes.limit()
        || place.bitSize() == 0 && place.offsetBytes() + sizeBytes > bytes.limit()) {
      return null;
    }
    if (type instanceof BtfType.Int integer) {
      return integer(bytes, integer, place);
    }
    if (type instanceof BtfType.Enum constants) {
      return constant(constants, bits(bytes, place, sizeBytes * 8, constants.signed()));
    }
    if (type instanceof BtfType.FloatType) {
      return floating(bytes, place.offsetBytes(), sizeBytes);
    }
    return type instanceof BtfType.Ptr
        ? (Object) bytes.getLong(place.offsetBytes())
        : hex(bytes, place, sizeBytes);
  }

  private static Object integer(ByteBuffer bytes, BtfType.Int type, Place place) {
    if (type.sizeBytes() > 8) {
      return hex(bytes, place, type.sizeBytes());
    }
    int offsetBits = place.offsetBits() + type.bitOffset();
    int bitSize = place.bitSize() > 0 ? place.bitSize() : type.bits();
    long value = bits(bytes, new Place(0, offsetBits, bitSize), bitSize, type.signed());
    return type.isBool() ? (Object) (value != 0) : (Object) value;
  }

  /** Reads {@code place}'s bits, or the {@code wholeBits} of a value that is no bit field. */
  private static long bits(ByteBuffer bytes, Place place, int wholeBits, boolean signed) {
    int count = place.bitSize() > 0 ? place.bitSize() : wholeBits;
    if (count == 64 && (place.offsetBits() & 7) == 0) {
      return bytes.getLong(place.offsetBytes());
    }
    if (count == 32 && (place.offsetBits() & 7) == 0) {
      int value = bytes.getInt(place.offsetBytes());
      return signed ? value : Integer.toUnsignedLong(value);
    }
    return singleBits(bytes, place, count, signed);
  }

  private static long singleBits(ByteBuffer bytes, Place place, int count, boolean signed) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      int bit = place.offsetBits() + i;
      value |= (bytes.get(bit >> 3) >> (bit & 7) & 1L) << i;
    }
    return signed && count < 64 ? value << 64 - count >> 64 - count : value;
  }

  private static Object constant(BtfType.Enum type, long value) {
    for (BtfType.EnumValue constant : type.values()) {
      if (constant.value() == value) {
        return constant.name();
      }
    }
    return value;
  }

  private static Object floating(ByteBuffer bytes, int offset, int sizeBytes) {
    return switch (sizeBytes) {
      case 4 -> (double) bytes.getFloat(offset);
      case 8 -> bytes.getDouble(offset);
      default -> hex(bytes, new Place(0, offset * 8, 0), sizeBytes);
    };
  }

  private @Nullable Object array(ByteBuffer bytes, BtfType.Array array, int offset) {
    int elementBytes = btf.sizeBytes(array.element());
    if (elementBytes == 0 || offset > bytes.limit()) {
      return null;
    }
    int room = (bytes.limit() - offset) / elementBytes;
    int count = array.count() == 0 ? room : Math.min(array.count(), room); // 0: a flexible tail
    if (btf.resolved(array.element()) instanceof BtfType.Int integer && isText(integer)) {
      return text(bytes, offset, count);
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < Math.min(count, MAX_LIST); i++) {
      Object element =
          decode(bytes, new Place(array.element(), (offset + i * elementBytes) * 8, 0));
      if (element != null) {
        list.add(element);
      }
    }
    return list;
  }

  /** clang does not set the char encoding; its name tells a char from a __u8. */
  private static boolean isText(BtfType.Int type) {
    return type.isChar() || type.name().equals("char");
  }

  private static String text(ByteBuffer bytes, int offset, int count) {
    int length = 0;
    while (length < count && bytes.get(offset + length) != 0) {
      length++;
    }
    return new String(bytes.array(), offset, length, StandardCharsets.UTF_8);
  }

  private static String hex(ByteBuffer bytes, Place place, int sizeBytes) {
    return HexFormat.of()
        .formatHex(bytes.array(), place.offsetBytes(), place.offsetBytes() + sizeBytes);
  }
}
