package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.ANYTHING;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CTX;
import static dev.sonde.vm.helper.ArgKind.MEM_RDONLY;
import static dev.sonde.vm.helper.ArgKind.MEM_UNINIT;
import static dev.sonde.vm.helper.Row.helper;

import java.util.List;

/** The rows of {@link Helpers} that only programs on packets may call. */
final class PacketRows {
  private PacketRows() {}

  static List<List<HelperProto>> all() {
    return List.of(skb(), checksumsAndHashes(), xdp());
  }

  private static List<HelperProto> skb() {
    String room = "PacketHelpers";
    return List.of(
        helper(9, "bpf_skb_store_bytes")
            .args(CTX, ANYTHING, MEM_RDONLY, CONST_SIZE, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(room),
        helper(26, "bpf_skb_load_bytes")
            .args(CTX, ANYTHING, MEM_UNINIT, CONST_SIZE)
            .in(HelperFamily.SOCKET_FILTER, HelperFamily.SCHED_CLS)
            .body(room),
        helper(32, "bpf_skb_change_type").args(CTX, ANYTHING).in(HelperFamily.SCHED_CLS).body(room),
        helper(38, "bpf_skb_change_tail")
            .args(CTX, ANYTHING, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(room),
        helper(39, "bpf_skb_pull_data")
            .args(CTX, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(room),
        helper(43, "bpf_skb_change_head")
            .args(CTX, ANYTHING, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(room),
        helper(68, "bpf_skb_load_bytes_relative")
            .args(CTX, ANYTHING, MEM_UNINIT, CONST_SIZE, ANYTHING)
            .in(HelperFamily.SOCKET_FILTER, HelperFamily.SCHED_CLS)
            .body(room));
  }

  private static List<HelperProto> checksumsAndHashes() {
    String sums = "ChecksumHelpers";
    String hashes = "PacketHashHelpers";
    return List.of(
        helper(10, "bpf_l3_csum_replace")
            .args(CTX, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(sums),
        helper(11, "bpf_l4_csum_replace")
            .args(CTX, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
            .in(HelperFamily.SCHED_CLS)
            .changesPacket()
            .body(sums),
        helper(28, "bpf_csum_diff")
            .args(
                ArgKind.MEM_RDONLY_OR_NULL,
                CONST_SIZE_OR_ZERO,
                ArgKind.MEM_RDONLY_OR_NULL,
                CONST_SIZE_OR_ZERO,
                ANYTHING)
            .in(HelperFamily.SCHED_CLS, HelperFamily.XDP)
            .body(sums),
        helper(34, "bpf_get_hash_recalc").args(CTX).in(HelperFamily.SCHED_CLS).body(hashes),
        helper(40, "bpf_csum_update").args(CTX, ANYTHING).in(HelperFamily.SCHED_CLS).body(sums),
        helper(41, "bpf_set_hash_invalid")
            .args(CTX)
            .in(HelperFamily.SCHED_CLS)
            .returns(ReturnKind.VOID)
            .body(hashes),
        helper(48, "bpf_set_hash").args(CTX, ANYTHING).in(HelperFamily.SCHED_CLS).body(hashes),
        helper(135, "bpf_csum_level").args(CTX, ANYTHING).in(HelperFamily.SCHED_CLS).body(sums));
  }

  private static List<HelperProto> xdp() {
    String room = "PacketHelpers";
    return List.of(
        helper(44, "bpf_xdp_adjust_head")
            .args(CTX, ANYTHING)
            .in(HelperFamily.XDP)
            .changesPacket()
            .body(room),
        helper(54, "bpf_xdp_adjust_meta")
            .args(CTX, ANYTHING)
            .in(HelperFamily.XDP)
            .changesPacket()
            .body(room),
        helper(65, "bpf_xdp_adjust_tail")
            .args(CTX, ANYTHING)
            .in(HelperFamily.XDP)
            .changesPacket()
            .body(room),
        helper(188, "bpf_xdp_get_buff_len").args(CTX).in(HelperFamily.XDP).body(room),
        helper(189, "bpf_xdp_load_bytes")
            .args(CTX, ANYTHING, MEM_UNINIT, CONST_SIZE)
            .in(HelperFamily.XDP)
            .body(room),
        helper(190, "bpf_xdp_store_bytes")
            .args(CTX, ANYTHING, MEM_RDONLY, CONST_SIZE)
            .in(HelperFamily.XDP)
            .body(room));
  }
}
