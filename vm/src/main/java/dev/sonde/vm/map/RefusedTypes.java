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
      case DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP ->
          "it redirects packets between network devices, and a JVM has none";
      case SOCKMAP, SOCKHASH, SK_STORAGE, REUSEPORT_SOCKARRAY ->
          "it holds kernel sockets, which programs in a JVM cannot reach";
      case CGROUP_STORAGE, PERCPU_CGROUP_STORAGE, CGRP_STORAGE ->
          "it belongs to programs attached to a cgroup; use HASH keyed by bpf_get_current_cgroup_id";
      case INODE_STORAGE -> "it belongs to kernel inodes; use HASH keyed by your own id";
      case STRUCT_OPS -> "it replaces functions of the kernel";
      case ARENA -> "its memory must be mapped at one address in kernel and user space";
      default -> "there is no such map type";
    };
  }
}
