package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.ANYTHING;
import static dev.sonde.vm.helper.ArgKind.CONST_MAP_PTR;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CTX;
import static dev.sonde.vm.helper.ArgKind.MEM_RDONLY;
import static dev.sonde.vm.helper.ArgKind.MEM_UNINIT;
import static dev.sonde.vm.helper.HelperFamily.SCHED_CLS;
import static dev.sonde.vm.helper.HelperFamily.SOCKET_FILTER;
import static dev.sonde.vm.helper.HelperFamily.XDP;
import static dev.sonde.vm.helper.Row.helper;

import java.util.List;

/** The rows of {@link Helpers} that ask the kernel's network stack: see {@link NetworkHelpers}. */
final class NetworkRows {
  private static final String ROOM = "NetworkHelpers";

  private NetworkRows() {}

  static List<List<HelperProto>> all() {
    return List.of(routes(), tunnels(), packets(), owners());
  }

  private static List<HelperProto> routes() {
    return List.of(
        helper(13, "bpf_clone_redirect")
            .args(CTX, ANYTHING, ANYTHING)
            .in(SCHED_CLS)
            .changesPacket()
            .body(ROOM),
        helper(23, "bpf_redirect").args(ANYTHING, ANYTHING).in(SCHED_CLS, XDP).body(ROOM),
        helper(51, "bpf_redirect_map").args(CONST_MAP_PTR, ANYTHING, ANYTHING).in(XDP).body(ROOM),
        helper(152, "bpf_redirect_neigh")
            .args(ANYTHING, ArgKind.MEM_RDONLY_OR_NULL, CONST_SIZE_OR_ZERO, ANYTHING)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(155, "bpf_redirect_peer").args(ANYTHING, ANYTHING).in(SCHED_CLS).body(ROOM),
        helper(24, "bpf_get_route_realm").args(CTX).in(SCHED_CLS).body(ROOM),
        helper(69, "bpf_fib_lookup")
            .args(CTX, ArgKind.MEM, CONST_SIZE, ANYTHING)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM),
        helper(163, "bpf_check_mtu")
            .args(CTX, ANYTHING, ArgKind.FIXED_MEM4, ANYTHING, ANYTHING)
            .in(SCHED_CLS, XDP)
            .gpl()
            .body(ROOM));
  }

  private static List<HelperProto> tunnels() {
    return List.of(
        helper(20, "bpf_skb_get_tunnel_key")
            .args(CTX, MEM_UNINIT, CONST_SIZE, ANYTHING)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(21, "bpf_skb_set_tunnel_key")
            .args(CTX, MEM_RDONLY, CONST_SIZE, ANYTHING)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(29, "bpf_skb_get_tunnel_opt")
            .args(CTX, MEM_UNINIT, CONST_SIZE)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(30, "bpf_skb_set_tunnel_opt")
            .args(CTX, MEM_RDONLY, CONST_SIZE)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(66, "bpf_skb_get_xfrm_state")
            .args(CTX, ANYTHING, MEM_UNINIT, CONST_SIZE, ANYTHING)
            .in(SCHED_CLS)
            .body(ROOM));
  }

  private static List<HelperProto> packets() {
    return List.of(
        helper(18, "bpf_skb_vlan_push")
            .args(CTX, ANYTHING, ANYTHING)
            .in(SCHED_CLS)
            .changesPacket()
            .body(ROOM),
        helper(19, "bpf_skb_vlan_pop").args(CTX).in(SCHED_CLS).changesPacket().body(ROOM),
        helper(31, "bpf_skb_change_proto")
            .args(CTX, ANYTHING, ANYTHING)
            .in(SCHED_CLS)
            .changesPacket()
            .body(ROOM),
        helper(50, "bpf_skb_adjust_room")
            .args(CTX, ANYTHING, ANYTHING, ANYTHING)
            .in(SCHED_CLS)
            .changesPacket()
            .body(ROOM),
        helper(97, "bpf_skb_ecn_set_ce").args(CTX).in(SCHED_CLS).body(ROOM),
        helper(192, "bpf_skb_set_tstamp").args(CTX, ANYTHING, ANYTHING).in(SCHED_CLS).body(ROOM));
  }

  private static List<HelperProto> owners() {
    return List.of(
        helper(17, "bpf_get_cgroup_classid").args(CTX).body(ROOM),
        helper(33, "bpf_skb_under_cgroup")
            .args(CTX, CONST_MAP_PTR, ANYTHING)
            .in(SCHED_CLS)
            .body(ROOM),
        helper(46, "bpf_get_socket_cookie").args(CTX).in(SOCKET_FILTER, SCHED_CLS).body(ROOM),
        helper(47, "bpf_get_socket_uid").args(CTX).in(SOCKET_FILTER, SCHED_CLS).body(ROOM),
        helper(79, "bpf_skb_cgroup_id").args(CTX).in(SCHED_CLS).body(ROOM),
        helper(83, "bpf_skb_ancestor_cgroup_id").args(CTX, ANYTHING).in(SCHED_CLS).body(ROOM),
        helper(122, "bpf_get_netns_cookie").args(CTX).in(SOCKET_FILTER, SCHED_CLS).body(ROOM),
        helper(151, "bpf_skb_cgroup_classid").args(CTX).in(SCHED_CLS).body(ROOM));
  }
}
