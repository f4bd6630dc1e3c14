package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.ANYTHING;
import static dev.sonde.vm.helper.ArgKind.CONST_MAP_PTR;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CTX;
import static dev.sonde.vm.helper.ArgKind.FIXED_MEM20;
import static dev.sonde.vm.helper.ArgKind.FIXED_MEM40;
import static dev.sonde.vm.helper.ArgKind.MEM_RDONLY;
import static dev.sonde.vm.helper.ArgKind.SOCKET;
import static dev.sonde.vm.helper.ArgKind.SOCKET_RELEASE;
import static dev.sonde.vm.helper.ArgKind.SOCK_COMMON;
import static dev.sonde.vm.helper.HelperFamily.SCHED_CLS;
import static dev.sonde.vm.helper.HelperFamily.XDP;
import static dev.sonde.vm.helper.Row.helper;

import java.util.List;

/** The rows of {@link Helpers} that look for kernel sockets: see {@link SocketHelpers}. */
final class SocketRows {
  private static final String ROOM = "SocketHelpers";

  private SocketRows() {}

  static List<List<HelperProto>> all() {
    return List.of(lookups(), views(), structs(), storage(), cookies());
  }

  private static List<HelperProto> structs() {
    return List.of(
        struct(136, "bpf_skc_to_tcp6_sock"),
        struct(137, "bpf_skc_to_tcp_sock"),
        struct(138, "bpf_skc_to_tcp_timewait_sock"),
        struct(139, "bpf_skc_to_tcp_request_sock"),
        struct(140, "bpf_skc_to_udp6_sock"),
        struct(178, "bpf_skc_to_unix_sock"),
        struct(196, "bpf_skc_to_mptcp_sock"));
  }

  private static HelperProto struct(int id, String name) {
    return helper(id, name)
        .args(SOCKET)
        .returns(ReturnKind.SOCKET_STRUCT_OF_OR_NULL)
        .in(HelperFamily.SOCKET_FILTER, SCHED_CLS, XDP)
        .body(ROOM);
  }

  private static List<HelperProto> lookups() {
    return List.of(
        helper(84, "bpf_sk_lookup_tcp")
            .args(CTX, MEM_RDONLY, CONST_SIZE_OR_ZERO, ANYTHING, ANYTHING)
            .returns(ReturnKind.SOCKET_OR_NULL)
            .in(SCHED_CLS, XDP)
            .body(ROOM),
        helper(85, "bpf_sk_lookup_udp")
            .args(CTX, MEM_RDONLY, CONST_SIZE_OR_ZERO, ANYTHING, ANYTHING)
            .returns(ReturnKind.SOCKET_OR_NULL)
            .in(SCHED_CLS, XDP)
            .body(ROOM),
        helper(86, "bpf_sk_release").args(SOCKET_RELEASE).in(SCHED_CLS, XDP).body(ROOM),
        helper(99, "bpf_skc_lookup_tcp")
            .args(CTX, MEM_RDONLY, CONST_SIZE_OR_ZERO, ANYTHING, ANYTHING)
            .returns(ReturnKind.SOCK_COMMON_OR_NULL)
            .in(SCHED_CLS, XDP)
            .body(ROOM),
        helper(124, "bpf_sk_assign").args(CTX, SOCKET, ANYTHING).in(SCHED_CLS).body(ROOM));
  }

  private static List<HelperProto> views() {
    return List.of(
        helper(95, "bpf_sk_fullsock")
            .args(SOCK_COMMON)
            .returns(ReturnKind.SOCKET_OF_OR_NULL)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(96, "bpf_tcp_sock")
            .args(SOCK_COMMON)
            .returns(ReturnKind.TCP_SOCK_OF_OR_NULL)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(98, "bpf_get_listener_sock")
            .args(SOCK_COMMON)
            .returns(ReturnKind.LISTENER_OR_NULL)
            .in(SCHED_CLS)
            .body(ROOM));
  }

  private static List<HelperProto> storage() {
    return List.of(
        helper(107, "bpf_sk_storage_get")
            .args(CONST_MAP_PTR, SOCKET, ArgKind.MAP_VALUE_OR_NULL, ANYTHING)
            .returns(ReturnKind.MAP_VALUE_OR_NULL)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(108, "bpf_sk_storage_delete").args(CONST_MAP_PTR, SOCKET).in(SCHED_CLS).body(ROOM));
  }

  private static List<HelperProto> cookies() {
    return List.of(
        helper(100, "bpf_tcp_check_syncookie")
            .args(SOCKET, MEM_RDONLY, CONST_SIZE, MEM_RDONLY, CONST_SIZE)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(110, "bpf_tcp_gen_syncookie")
            .args(SOCKET, MEM_RDONLY, CONST_SIZE, MEM_RDONLY, CONST_SIZE)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(204, "bpf_tcp_raw_gen_syncookie_ipv4")
            .args(FIXED_MEM20, MEM_RDONLY, CONST_SIZE_OR_ZERO)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(205, "bpf_tcp_raw_gen_syncookie_ipv6")
            .args(FIXED_MEM40, MEM_RDONLY, CONST_SIZE_OR_ZERO)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(206, "bpf_tcp_raw_check_syncookie_ipv4")
            .args(FIXED_MEM20, FIXED_MEM20)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(207, "bpf_tcp_raw_check_syncookie_ipv6")
            .args(FIXED_MEM40, FIXED_MEM20)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM));
  }
}
