package dev.sonde.vm.btf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The types that CO-RE relocations are resolved against, found by name without its flavor. */
public final class CoreTarget {
  private final Btf btf;
  private final Map<String, List<Integer>> byName = new HashMap<>();

  public CoreTarget(Btf btf) {
    this.btf = btf;
    for (int id = 1; id < btf.types().size(); id++) {
      BtfType type = btf.types().get(id);
      if (isNameable(type) && !type.name().isEmpty()) {
        byName.computeIfAbsent(essential(type.name()), name -> new ArrayList<>(1)).add(id);
      }
    }
  }

  Btf btf() {
    return btf;
  }

  /** Returns the target's types that {@code local} may be: of its kind and essential name. */
  List<Integer> candidates(BtfType local) {
    List<Integer> candidates = new ArrayList<>();
    for (int id : byName.getOrDefault(essential(local.name()), List.of())) {
      if (sameKind(local, btf.type(id))) {
        candidates.add(id);
      }
    }
    return candidates;
  }

  /** Returns {@code name} without {@code ___flavor}, which tells versions of a type apart. */
  static String essential(String name) {
    for (int i = name.length() - 5; i >= 0; i--) {
      if (name.charAt(i) != '_' && name.startsWith("___", i + 1) && name.charAt(i + 4) != '_') {
        return name.substring(0, i + 1);
      }
    }
    return name;
  }

  /** Tells whether the types are of one kind, where a union is none of a struct. */
  static boolean sameKind(BtfType a, BtfType b) {
    if (a instanceof BtfType.Struct one && b instanceof BtfType.Struct two) {
      return one.union() == two.union();
    }
    if (a instanceof BtfType.Modifier one && b instanceof BtfType.Modifier two) {
      return one.kind() == two.kind();
    }
    return a.getClass() == b.getClass();
  }

  private static boolean isNameable(BtfType type) {
    return type instanceof BtfType.Struct
        || type instanceof BtfType.Enum
        || type instanceof BtfType.Int
        || type instanceof BtfType.Typedef
        || type instanceof BtfType.Forward
        || type instanceof BtfType.FloatType
        || type instanceof BtfType.Func;
  }
}
