package dev.sonde.vm.map;

/** Why some of the kernel's map types make no sense here. */
final class RefusedTypes {
  private RefusedTypes() {}

  static String why(MapSpec spec) {
    return "map \"%s\": type %s (%d) is refused: %s"
        .formatted(spec.name(), spec.type(), spec.type().code(), reason(spec.type()));
  }

  private static String reason(MapType type) {
    return switch (type) {
      case STRUCT_OPS -> "it replaces functions of the kernel";
      case ARENA -> "its memory must be mapped at one address in kernel and user space";
      default -> "there is no such map type";
    };
  }
}
