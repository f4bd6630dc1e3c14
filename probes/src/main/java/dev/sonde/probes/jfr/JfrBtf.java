package dev.sonde.probes.jfr;

import dev.sonde.probes.jfr.JfrMember.Shape;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.CoreTarget;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.EventType;

/**
 * The structs of all event types of this JVM as BTF: what CO-RE relocations of programs on JFR
 * events are resolved against, so that an object compiled with the header of one JDK reads the
 * right fields on another, by their names.
 */
public final class JfrBtf {
  /** What every struct of {@link JfrLayout#header} is called. */
  public static final String STRUCT_PREFIX = "sonde_jfr_";

  private final List<BtfType> types = new ArrayList<>();
  private final Map<Shape, Integer> numbers = new EnumMap<>(Shape.class);
  private final Map<Integer, Integer> texts = new HashMap<>();
  private final int index;

  private JfrBtf() {
    types.add(new BtfType.Void());
    for (Shape shape : Shape.values()) {
      boolean signed = shape.cType.startsWith("__s") || shape == Shape.TEXT;
      int bytes = shape.sizeBytes;
      numbers.put(
          shape, add(new BtfType.Int(shape.cType, bytes, bytes * 8, 0, signed, false, false)));
    }
    index = add(new BtfType.Int("unsigned int", 4, 32, 0, false, false, false));
  }

  /** Returns the structs of the event types that are registered now. */
  public static CoreTarget target() {
    JfrBtf btf = new JfrBtf();
    for (EventType type : JfrTypes.all()) {
      JfrLayout layout = JfrLayout.of(type);
      List<BtfType.Member> members = new ArrayList<>();
      for (JfrMember member : layout.members()) {
        members.add(
            new BtfType.Member(member.name(), btf.typeOf(member), member.offsetBytes() * 8, 0));
      }
      String name = layout.context().structName();
      btf.add(new BtfType.Struct(name, false, layout.context().sizeBytes(), members));
    }
    return new CoreTarget(new Btf(btf.types));
  }

  private int typeOf(JfrMember member) {
    return member.shape() == Shape.TEXT
        ? texts.computeIfAbsent(
            member.elements(),
            count -> add(new BtfType.Array("", numbers.get(Shape.TEXT), index, count)))
        : numbers.get(member.shape());
  }

  private int add(BtfType type) {
    types.add(type);
    return types.size() - 1;
  }
}
