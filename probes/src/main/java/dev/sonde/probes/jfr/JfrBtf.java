package dev.sonde.probes.jfr;

import dev.sonde.probes.jfr.JfrMember.Shape;
import dev.sonde.vm.btf.StructTypes;
import jdk.jfr.EventType;

/**
 * The structs of all event types of this JVM as BTF: what CO-RE relocations of programs on JFR
 * events are resolved against, so that an object compiled with the header of one JDK reads the
 * right fields on another, by their names.
 */
public final class JfrBtf {
  /** What every struct of {@link JfrLayout#header} is called. */
  public static final String STRUCT_PREFIX = "sonde_jfr_";

  private JfrBtf() {}

  /** Adds the structs of the event types that are registered now. */
  public static void addTo(StructTypes types) {
    for (EventType type : JfrTypes.all()) {
      JfrLayout layout = JfrLayout.of(type);
      types.add(
          layout.context().structName(),
          layout.context().sizeBytes(),
          layout.members().stream().map(JfrBtf::field).toList());
    }
  }

  private static StructTypes.Field field(JfrMember member) {
    Shape shape = member.shape();
    boolean signed = shape.cType.startsWith("__s") || shape == Shape.TEXT;
    return new StructTypes.Field(
        member.name(),
        shape.cType,
        shape.sizeBytes,
        signed,
        member.elements(),
        member.offsetBytes());
  }
}
