package dev.sonde.probes.jfr;

import dev.sonde.probes.jfr.JfrMember.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jdk.jfr.EventType;
import jdk.jfr.Timespan;
import jdk.jfr.Timestamp;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedObject;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import org.jspecify.annotations.Nullable;

/**
 * Flattens the fields of an event type into members: numbers stay numbers, times become ns, texts
 * and names become arrays of char, a thread becomes two ids and a name, an object of several fields
 * becomes {@code field_part} members.
 */
final class JfrFields {
  private static final int TEXT_BYTES = 64;
  private static final int NAME_BYTES = 128;
  private static final int THREAD_NAME_BYTES = 32;
  private static final int DEEPEST = 3;
  private static final Set<String> C_WORDS =
      Set.of(
          "auto",
          "break",
          "case",
          "char",
          "const",
          "continue",
          "default",
          "do",
          "double",
          "else",
          "enum",
          "extern",
          "float",
          "for",
          "goto",
          "if",
          "inline",
          "int",
          "long",
          "register",
          "return",
          "short",
          "signed",
          "sizeof",
          "static",
          "struct",
          "switch",
          "typedef",
          "union",
          "unsigned",
          "void",
          "volatile",
          "while");

  private final List<JfrMember> members = new ArrayList<>();
  private final int limitBytes;
  private int end;

  /**
   * @param start where the first member may stand
   * @param limitBytes where the last must end: what does not fit is left out
   */
  JfrFields(int start, int limitBytes) {
    this.end = start;
    this.limitBytes = limitBytes;
  }

  List<JfrMember> of(EventType type) {
    for (ValueDescriptor field : type.getFields()) {
      switch (field.getName()) {
        case "startTime" ->
            add(
                "startTime",
                Shape.S64,
                "ns, the clock of bpf_ktime_get_ns",
                (event, clock) -> clock.nanos(event.getStartTime()));
        case "duration" ->
            add("duration", Shape.S64, "ns", (event, clock) -> JfrClock.nanos(event.getDuration()));
        default -> add(field, field.getName(), List.of(field.getName()));
      }
    }
    return members;
  }

  private void add(ValueDescriptor field, String name, List<String> path) {
    if (field.isArray()) {
      add(
          name + "_length",
          Shape.S32,
          "elements",
          (event, clock) -> get(event, path) instanceof Object[] array ? array.length : null);
      return;
    }
    switch (field.getTypeName()) {
      case "boolean" ->
          add(name, Shape.S8, comment(field), (event, clock) -> bit(get(event, path)));
      case "byte" -> number(field, name, path, Shape.S8);
      case "short" -> number(field, name, path, Shape.S16);
      case "char" ->
          add(
              name,
              Shape.U16,
              comment(field),
              (event, clock) -> get(event, path) instanceof Character c ? (int) c : null);
      case "int" -> number(field, name, path, Shape.S32);
      case "long" -> longNumber(field, name, path);
      case "float" -> number(field, name, path, Shape.F32);
      case "double" -> number(field, name, path, Shape.F64);
      case "java.lang.String" -> text(name, TEXT_BYTES, comment(field), path);
      case "java.lang.Thread" -> thread(name, path);
      case "java.lang.Class" -> text(name, NAME_BYTES, "class name", path);
      case "jdk.types.Method" -> text(name, NAME_BYTES, "CLASS.METHOD", path);
      case "jdk.types.StackTrace" ->
          add(
              name + "_depth",
              Shape.S32,
              "frames; bpf_get_stackid has them",
              (event, clock) ->
                  get(event, path) instanceof RecordedStackTrace t ? t.getFrames().size() : null);
      case "jdk.types.ThreadGroup",
          "jdk.types.ClassLoader",
          "jdk.types.Module",
          "jdk.types.Package" ->
          text(name, TEXT_BYTES, "name", path);
      default -> object(field, name, path);
    }
  }

  private void object(ValueDescriptor field, String name, List<String> path) {
    List<ValueDescriptor> parts = field.getFields();
    if (path.size() > DEEPEST) {
      return;
    }
    for (ValueDescriptor part : parts) {
      List<String> longer = new ArrayList<>(path);
      longer.add(part.getName());
      add(part, parts.size() == 1 ? name : name + "_" + part.getName(), List.copyOf(longer));
    }
  }

  private void thread(String name, List<String> path) {
    add(
        name + "_javaThreadId",
        Shape.S64,
        "0: no Java thread",
        (event, clock) ->
            get(event, path) instanceof RecordedThread t ? t.getJavaThreadId() : null);
    add(
        name + "_osThreadId",
        Shape.S64,
        "",
        (event, clock) -> get(event, path) instanceof RecordedThread t ? t.getOSThreadId() : null);
    text(name + "_name", THREAD_NAME_BYTES, "thread name", path);
  }

  private void longNumber(ValueDescriptor field, String name, List<String> path) {
    if (field.getAnnotation(Timespan.class) != null) {
      add(
          name,
          Shape.S64,
          "ns",
          (event, clock) ->
              holder(event, path) instanceof RecordedObject o
                  ? JfrClock.nanos(o.getDuration(last(path)))
                  : null);
    } else if (field.getAnnotation(Timestamp.class) != null) {
      add(
          name,
          Shape.S64,
          "ns, the clock of bpf_ktime_get_ns",
          (event, clock) ->
              holder(event, path) instanceof RecordedObject o
                  ? clock.nanos(o.getInstant(last(path)))
                  : null);
    } else {
      number(field, name, path, Shape.S64);
    }
  }

  private void number(ValueDescriptor field, String name, List<String> path, Shape shape) {
    add(name, shape, comment(field), (event, clock) -> get(event, path));
  }

  private void text(String name, int bytes, String comment, List<String> path) {
    add(name, Shape.TEXT, bytes, comment, (event, clock) -> nameOf(get(event, path)));
  }

  private void add(String name, Shape shape, String comment, JfrSource source) {
    add(name, shape, 1, comment, source);
  }

  private void add(String name, Shape shape, int elements, String comment, JfrSource source) {
    int offset = end + shape.sizeBytes - 1 & -shape.sizeBytes;
    JfrMember member = new JfrMember(cName(name), shape, elements, offset, comment, source);
    if (offset + member.sizeBytes() <= limitBytes) {
      members.add(member);
      end = offset + member.sizeBytes();
    }
  }

  private static String cName(String name) {
    String plain = name.replaceAll("\\W", "_");
    return C_WORDS.contains(plain) ? plain + "_" : plain;
  }

  private static String comment(ValueDescriptor field) {
    String label = field.getLabel();
    String type = field.getContentType();
    String unit = type == null ? "" : type.substring(type.lastIndexOf('.') + 1);
    boolean telling = !unit.isEmpty() && !unit.equals("Unsigned");
    return (label == null ? "" : label) + (telling ? " (" + unit + ")" : "");
  }

  private static @Nullable Object bit(@Nullable Object value) {
    return value instanceof Boolean set ? Integer.valueOf(set ? 1 : 0) : null;
  }

  private static String last(List<String> path) {
    return path.get(path.size() - 1);
  }

  private static @Nullable Object get(RecordedEvent event, List<String> path) {
    return holder(event, path) instanceof RecordedObject o && o.hasField(last(path))
        ? o.getValue(last(path))
        : null;
  }

  /** Returns the object that has the last field of the path. */
  private static @Nullable Object holder(RecordedEvent event, List<String> path) {
    Object at = event;
    for (int i = 0; i < path.size() - 1; i++) {
      at =
          at instanceof RecordedObject o && o.hasField(path.get(i))
              ? o.getValue(path.get(i))
              : null;
    }
    return at;
  }

  private static @Nullable String nameOf(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof RecordedThread thread) {
      String name = thread.getJavaName();
      return name == null ? thread.getOSName() : name;
    }
    if (value instanceof RecordedClass type) {
      return type.getName();
    }
    if (value instanceof RecordedMethod method) {
      return method.getType().getName() + "." + method.getName();
    }
    if (value instanceof RecordedFrame frame) {
      return nameOf(frame.getMethod());
    }
    return value instanceof RecordedObject object && object.hasField("name")
        ? nameOf(object.getValue("name"))
        : null;
  }
}
