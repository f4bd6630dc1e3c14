package dev.sonde.probes.jfr;

import dev.sonde.vm.context.ContextField;
import dev.sonde.vm.context.ContextLayout;
import dev.sonde.vm.context.ContextValue;
import dev.sonde.vm.memory.RawMemory;
import java.util.List;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;

/**
 * The context of a program on an event type, worked out once from the type's fields: what the
 * verifier lets the program read, where an event's values are written, and the C struct for whoever
 * writes the program.
 *
 * <p>Layout: {@code u64} that cannot be read, where a kernel tracepoint has its common fields; then
 * the fields in the event's order, each at its natural alignment. The memory behind is that of any
 * tracepoint, zero where the event has nothing.
 */
public final class JfrLayout {
  private static final int FIRST_FIELD = 8;
  private static final int ANY_SIZE = 1 | 2 | 4 | 8;

  private final String event;
  private final List<JfrMember> members;
  private final ContextLayout context;

  private JfrLayout(String event, List<JfrMember> members) {
    this.event = event;
    this.members = members;
    List<ContextField> fields = members.stream().map(JfrLayout::field).toList();
    this.context = ContextLayout.of(structName(), fields, ContextLayout.TRACEPOINT.sizeBytes());
  }

  /** Returns the layout of an event type of this JVM. */
  public static JfrLayout of(EventType type) {
    int limit = ContextLayout.TRACEPOINT.sizeBytes();
    return new JfrLayout(type.getName(), new JfrFields(FIRST_FIELD, limit).of(type));
  }

  private static ContextField field(JfrMember member) {
    return new ContextField(
        member.name(),
        member.offsetBytes(),
        member.shape().sizeBytes,
        member.elements(),
        ANY_SIZE,
        0,
        ContextValue.SCALAR,
        member.offsetBytes());
  }

  /** Returns what a program may read. */
  public ContextLayout context() {
    return context;
  }

  List<JfrMember> members() {
    return members;
  }

  /** Returns the struct in C, with the offset of each member. */
  public String header() {
    StringBuilder text = new StringBuilder();
    text.append(
        "/* JFR event %s, Java %s: SEC(\"jfr/%s\") */%n"
            .formatted(event, Runtime.version().feature(), event));
    text.append("struct %s {%n\t__u64 _common; /* not to be read */%n".formatted(structName()));
    for (JfrMember member : members) {
      String array = member.elements() == 1 ? "" : "[" + member.elements() + "]";
      String comment = member.comment().isEmpty() ? "" : ": " + member.comment().replace("*/", "");
      text.append(
          "\t%s %s%s; /* %d%s */%n"
              .formatted(
                  member.shape().cType, member.name(), array, member.offsetBytes(), comment));
    }
    return text.append("} __attribute__((preserve_access_index));\n").toString();
  }

  private String structName() {
    return JfrBtf.STRUCT_PREFIX + event.replaceAll("\\W", "_");
  }

  /** Writes an event's values; the memory is {@link #context}'s size. */
  void write(RecordedEvent event, JfrClock clock, long contextAddress) {
    RawMemory.fill(contextAddress, context.sizeBytes(), (byte) 0);
    for (JfrMember member : members) {
      Object value = member.source().value(event, clock);
      if (value != null) {
        member.write(contextAddress, value);
      }
    }
  }
}
