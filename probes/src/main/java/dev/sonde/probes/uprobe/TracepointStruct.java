package dev.sonde.probes.uprobe;

import dev.sonde.vm.btf.StructTypes;
import java.util.ArrayList;
import java.util.List;

/**
 * A tracepoint's record as a C struct, for whoever writes a program on it. Its members are at the
 * offsets of this kernel; an object that was compiled with another kernel's finds them by name.
 *
 * <p>Layout: {@code u64} that cannot be read, the fields that all records have; then the format's
 * fields, integers by size and sign, a pointer as the number that it is, text as chars, all else as
 * bytes. Of a value of variable length there is {@code __u32 __data_loc_NAME}: its offset in the
 * record, and its length {@code << 16}; {@code __rel_loc_NAME} counts from behind itself.
 */
public final class TracepointStruct {
  /** What every struct's name begins with; the category and the name follow. */
  public static final String PREFIX = "sonde_tp_";

  private static final int FIRST_FIELD = 8;

  private final TracepointFormat format;
  private final List<Member> members = new ArrayList<>();
  private int endBytes = FIRST_FIELD;

  /** A member, and what the kernel's own declaration of it is. */
  private record Member(StructTypes.Field field, String declared) {}

  private TracepointStruct(TracepointFormat format) {
    this.format = format;
    format.fields().stream()
        .filter(field -> !field.isCommon() && field.sizeBytes() > 0)
        .forEach(this::add);
  }

  public static TracepointStruct of(TracepointFormat format) {
    return new TracepointStruct(format);
  }

  public static String nameOf(String category, String name) {
    return PREFIX + (category + "_" + name).replaceAll("\\W", "_");
  }

  public void addTo(StructTypes types) {
    List<StructTypes.Field> fields = members.stream().map(Member::field).toList();
    types.add(nameOf(format.category(), format.name()), sizeBytes(), fields);
  }

  /** Returns the struct in C, with the offset and the kernel's type of each member. */
  public String header() {
    StringBuilder text = new StringBuilder();
    String section = format.category() + "/" + format.name();
    text.append("/* tracepoint %s: SEC(\"tracepoint/%s\") */%n".formatted(section, section));
    text.append("struct %s {%n".formatted(nameOf(format.category(), format.name())));
    text.append("\t__u64 _common; /* not to be read */%n".formatted());
    int end = FIRST_FIELD;
    for (Member member : members) {
      StructTypes.Field field = member.field;
      int gap = field.offsetBytes() - end;
      if (gap >= field.sizeBytes() || gap > 0 && end % field.sizeBytes() == 0) {
        text.append("\t__u8 _pad%d[%d];%n".formatted(end, gap)); // not of C's own making
      }
      String array = field.elements() == 1 ? "" : "[" + field.elements() + "]";
      text.append(
          "\t%s %s%s; /* %d: %s */%n"
              .formatted(field.cType(), field.name(), array, field.offsetBytes(), member.declared));
      end = field.offsetBytes() + field.sizeBytes() * field.elements();
    }
    return text.append("} __attribute__((preserve_access_index));\n").toString();
  }

  private int sizeBytes() {
    return endBytes + 7 & -8;
  }

  /** Fields that overlap an earlier one, as only a damaged format has, are left out. */
  private void add(TracepointFormat.Field field) {
    if (field.offsetBytes() < endBytes) {
      return;
    }
    int bytes = field.sizeBytes() / field.elements();
    boolean whole =
        bytes * field.elements() == field.sizeBytes()
            && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)
            && field.offsetBytes() % bytes == 0;
    String name = field.location() + field.name();
    StructTypes.Field member;
    if (!whole) {
      member =
          new StructTypes.Field(name, "__u8", 1, false, field.sizeBytes(), field.offsetBytes());
    } else {
      boolean text = field.isText() && !field.dynamic();
      boolean signed = field.signed() && !field.dynamic() || text;
      String cType = text ? "char" : (signed ? "__s" : "__u") + 8 * bytes;
      member =
          new StructTypes.Field(name, cType, bytes, signed, field.elements(), field.offsetBytes());
    }
    String length = field.elements() == 1 ? "" : "[" + field.elements() + "]";
    String declared = (field.type() + length).replace("*/", "* /");
    members.add(new Member(member, declared));
    endBytes = field.offsetBytes() + field.sizeBytes();
  }
}
