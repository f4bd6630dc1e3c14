package dev.sonde.probes.uprobe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a tracepoint's record is: tracefs's {@code events/CATEGORY/NAME/format}.
 *
 * <pre>
 * name: sched_switch
 * ID: 316
 * format:
 *         field:unsigned short common_type;  offset:0;  size:2;  signed:0;
 *         field:char prev_comm[16];          offset:8;  size:16; signed:0;
 *         field:__data_loc char[] filename;  offset:8;  size:4;  signed:0;
 * print fmt: "..."
 * </pre>
 *
 * @param id what perf_event_attr.config takes
 * @param fields in the file's order, the eight common bytes first
 */
public record TracepointFormat(String category, String name, int id, List<Field> fields) {
  private static final Pattern FIELD =
      Pattern.compile(
          "field:(.+?);\\s*offset:([0-9]+);\\s*size:([0-9]+);(?:\\s*signed:([0-9]);)?\\s*");
  private static final Pattern DECLARATION =
      Pattern.compile("(.+?)([A-Za-z_][A-Za-z0-9_]*)((?:\\[[^\\]]*\\])*)");
  private static final Pattern LOCATION = Pattern.compile("(__(?:data|rel)_loc) ");
  private static final int MAX_RECORD_BYTES = 8192;

  public TracepointFormat {
    fields = List.copyOf(fields);
  }

  /**
   * A field.
   *
   * @param type the C type without name and brackets
   * @param elements how many of an array, 1 for a single value
   * @param location {@code __data_loc_} or {@code __rel_loc_} where the four bytes say where the
   *     value is: offset in the record, or behind themselves, and length {@code << 16}; else ""
   */
  public record Field(
      String name,
      String type,
      int offsetBytes,
      int sizeBytes,
      boolean signed,
      int elements,
      String location) {
    /** Tells whether its length is each record's own. */
    public boolean dynamic() {
      return !location.isEmpty();
    }

    /** Tells whether every record has it, whatever the event. */
    public boolean isCommon() {
      return name.startsWith("common_");
    }

    /** Tells whether it is text. */
    public boolean isText() {
      return type.matches("(const )?char") && (dynamic() || elements > 1);
    }
  }

  /**
   * Reads the file's text.
   *
   * @throws IllegalArgumentException if it is no format
   */
  public static TracepointFormat parse(String category, String text) {
    String name = "";
    int id = -1;
    List<Field> fields = new ArrayList<>();
    for (String line : text.split("\n")) {
      String stripped = line.strip();
      if (stripped.startsWith("name:")) {
        name = stripped.substring(5).strip();
      } else if (stripped.startsWith("ID:")) {
        id = number(stripped.substring(3).strip(), "ID", Integer.MAX_VALUE);
      } else if (stripped.startsWith("field:")) {
        fields.add(parseField(stripped));
      } else if (stripped.startsWith("print fmt:")) {
        break;
      }
    }
    if (name.isEmpty() || id < 0) {
      throw new IllegalArgumentException(
          "tracepoint format of %s: got no %s".formatted(category, id < 0 ? "ID" : "name"));
    }
    return new TracepointFormat(category, name, id, fields);
  }

  public Optional<Field> field(String fieldName) {
    return fields.stream().filter(field -> field.name.equals(fieldName)).findFirst();
  }

  /** Returns how many bytes the fixed part of a record takes. */
  public int sizeBytes() {
    return fields.stream().mapToInt(field -> field.offsetBytes + field.sizeBytes).max().orElse(0);
  }

  private static Field parseField(String line) {
    Matcher parts = FIELD.matcher(line);
    Matcher declaration = DECLARATION.matcher(parts.matches() ? parts.group(1).strip() : "");
    if (!declaration.matches()) {
      throw new IllegalArgumentException(
          "tracepoint format: got \"%s\", want field:TYPE NAME; offset:N; size:N; signed:N;"
              .formatted(line));
    }
    String type = declaration.group(1).strip();
    Matcher dynamic = LOCATION.matcher(type);
    String location = dynamic.lookingAt() ? dynamic.group(1) + "_" : "";
    int size = number(parts.group(3), "size", MAX_RECORD_BYTES);
    String brackets = declaration.group(3);
    return new Field(
        declaration.group(2),
        type.substring(location.length()).replace("[]", "").strip(),
        number(parts.group(2), "offset", MAX_RECORD_BYTES),
        size,
        "1".equals(parts.group(4)),
        !location.isEmpty() || brackets.isEmpty() ? 1 : elements(brackets, size),
        location);
  }

  private static int elements(String brackets, int sizeBytes) {
    String inside = brackets.substring(1, brackets.indexOf(']'));
    return inside.matches("[0-9]{1,4}") ? Math.max(1, Integer.parseInt(inside)) : sizeBytes;
  }

  private static int number(String digits, String what, int most) {
    if (!digits.matches("[0-9]{1,10}") || Long.parseLong(digits) > most) {
      throw new IllegalArgumentException(
          "tracepoint format: %s: got \"%s\", want 0 to %d".formatted(what, digits, most));
    }
    return Integer.parseInt(digits);
  }
}
