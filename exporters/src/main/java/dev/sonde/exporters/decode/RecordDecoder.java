package dev.sonde.exporters.decode;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bytes that a program wrote, as named values by the object's BTF.
 *
 * <p>A struct gives one entry a member; a struct in a struct gives entries {@code outer.inner}; the
 * members of an unnamed one count as the outer's. A value is a Long (integers, pointers), a
 * Boolean, a Double, a String (char arrays up to their NUL, enums by name) or a List of one of them
 * (other arrays). A member beyond the end of the bytes is left out: programs may send less than the
 * whole struct. A member {@code __data_loc_NAME} of a tracepoint's record gives the text NAME that
 * it points to, where that lies within the bytes. Signed or unsigned, 64 bits go into a Long as
 * they are.
 */
public final class RecordDecoder {
  private static final String DYNAMIC = "__data_loc_";

  private final Btf btf;
  private final int typeId;
  private final ValueDecoder values;

  /**
   * @param typeId the type of the bytes; one that is no struct gives one entry called {@code value}
   */
  public RecordDecoder(Btf btf, int typeId) {
    this.btf = btf;
    this.typeId = btf.resolve(typeId);
    this.values = new ValueDecoder(btf);
  }

  /** Returns the values by name, in the order of the struct. */
  public Map<String, Object> decode(byte[] bytes) {
    Map<String, Object> into = new LinkedHashMap<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (btf.resolved(typeId) instanceof BtfType.Struct struct) {
      decodeMembers(struct, buffer, 0, "", into);
    } else if (btf.resolved(typeId) instanceof BtfType.DataSec section) {
      decodeVariables(section, buffer, into);
    } else {
      put(into, "value", new ValueDecoder.Place(typeId, 0, 0), buffer);
    }
    return into;
  }

  /** The value of a .data or .bss map: an entry for each variable. */
  private void decodeVariables(
      BtfType.DataSec section, ByteBuffer bytes, Map<String, Object> into) {
    for (BtfType.SecVar place : section.vars()) {
      if (btf.type(place.var()) instanceof BtfType.Var variable) {
        put(
            into,
            variable.name(),
            new ValueDecoder.Place(variable.type(), place.offsetBytes() * 8, 0),
            bytes);
      }
    }
  }

  private void decodeMembers(
      BtfType.Struct struct,
      ByteBuffer bytes,
      int baseBits,
      String prefix,
      Map<String, Object> into) {
    for (BtfType.Member member : struct.members()) {
      int offsetBits = baseBits + member.bitOffset();
      String name = prefix + member.name();
      if (btf.resolved(member.type()) instanceof BtfType.Struct inner) {
        String innerPrefix = member.name().isEmpty() ? prefix : name + ".";
        decodeMembers(inner, bytes, offsetBits, innerPrefix, into);
      } else if (!member.name().isEmpty() && !putText(into, prefix, member, bytes, offsetBits)) {
        put(into, name, new ValueDecoder.Place(member.type(), offsetBits, member.bitSize()), bytes);
      }
    }
  }

  /**
   * A text of variable length: the low half of the member is where it begins in the record, the
   * high half its length with the NUL.
   */
  private static boolean putText(
      Map<String, Object> into,
      String prefix,
      BtfType.Member member,
      ByteBuffer bytes,
      int offsetBits) {
    int at = offsetBits >> 3;
    if (!member.name().startsWith(DYNAMIC) || at + 4 > bytes.limit()) {
      return false;
    }
    int offset = bytes.getInt(at) & 0xffff;
    int length = bytes.getInt(at) >>> 16;
    if (length == 0 || offset < at + 4 || offset + length > bytes.limit()) {
      return false;
    }
    int end = offset;
    while (end < offset + length && bytes.get(end) != 0) {
      end++;
    }
    String text = new String(bytes.array(), offset, end - offset, StandardCharsets.UTF_8);
    into.put(prefix + member.name().substring(DYNAMIC.length()), text);
    return true;
  }

  private void put(
      Map<String, Object> into, String name, ValueDecoder.Place place, ByteBuffer bytes) {
    Object value = values.decode(bytes, place);
    if (value != null) {
      into.put(name, value);
    }
  }
}
