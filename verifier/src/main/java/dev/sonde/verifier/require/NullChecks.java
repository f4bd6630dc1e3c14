package dev.sonde.verifier.require;

import dev.sonde.verifier.transfer.InnerMap;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.SpecialField;

/** What a comparison with null teaches about a pointer and all its copies (V-50). */
final class NullChecks {
  private NullChecks() {}

  static void apply(State state, Reg checked, boolean isNull) {
    int id = checked.id();
    if (checked.refId() == id && isNull) { // what may be null has an id
      References.drop(state, id);
    }
    state.replaceAll(
        reg -> {
          if (!reg.maybeNull() || reg.id() != id) {
            return reg;
          }
          return isNull ? Reg.constant(0) : notNull(reg);
        });
  }

  /** The value of a map of maps is, once it is known to be there, a map; so it is with sockets. */
  static Reg notNull(Reg reg) {
    MapSpec inner = reg.kind() == RegKind.MAP_VALUE ? reg.spec().inner() : null;
    if (inner != null && holdsMaps(reg.spec())) {
      boolean instance = inner.offsetOf(SpecialField.Kind.TIMER) >= 0; // else none is told apart
      return Reg.pointer(RegKind.MAP_PTR, instance ? reg.id() : 0, new InnerMap(inner));
    }
    if (reg.kind() == RegKind.MAP_VALUE && reg.spec().type() == MapType.XSKMAP) {
      return Reg.pointer(RegKind.XDP_SOCK);
    }
    if (reg.kind() == RegKind.MAP_VALUE && holdsSockets(reg.spec())) {
      return Reg.pointer(RegKind.SOCKET).withRefId(reg.refId());
    }
    Reg present = reg.withFlags(reg.flags() & ~Reg.MAYBE_NULL);
    return SpecialFields.holdsLock(present) ? present : present.withId(0);
  }

  static boolean holdsSockets(MapSpec map) {
    return map.type() == MapType.SOCKMAP || map.type() == MapType.SOCKHASH;
  }

  static boolean holdsMaps(MapSpec map) {
    MapType type = map.type();
    return type == MapType.ARRAY_OF_MAPS || type == MapType.HASH_OF_MAPS;
  }
}
