package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.ANYTHING;
import static dev.sonde.vm.helper.ArgKind.BTF_ID;
import static dev.sonde.vm.helper.ArgKind.CONST_ALLOC_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CONST_MAP_PTR;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CONST_STR;
import static dev.sonde.vm.helper.ArgKind.CTX;
import static dev.sonde.vm.helper.ArgKind.DONTCARE;
import static dev.sonde.vm.helper.ArgKind.DYNPTR;
import static dev.sonde.vm.helper.ArgKind.DYNPTR_RELEASE;
import static dev.sonde.vm.helper.ArgKind.DYNPTR_UNINIT;
import static dev.sonde.vm.helper.ArgKind.FIXED_MEM8_UNINIT;
import static dev.sonde.vm.helper.ArgKind.FUNC;
import static dev.sonde.vm.helper.ArgKind.MAP_KEY;
import static dev.sonde.vm.helper.ArgKind.MAP_VALUE;
import static dev.sonde.vm.helper.ArgKind.MAP_VALUE_UNINIT;
import static dev.sonde.vm.helper.ArgKind.MEM_RDONLY;
import static dev.sonde.vm.helper.ArgKind.MEM_UNINIT;
import static dev.sonde.vm.helper.ArgKind.RINGBUF_MEM_RELEASE;
import static dev.sonde.vm.helper.ArgKind.SPIN_LOCK;
import static dev.sonde.vm.helper.ArgKind.STACK_OR_NULL;
import static dev.sonde.vm.helper.ArgKind.TIMER;
import static dev.sonde.vm.helper.HelperFamily.TRACING;
import static dev.sonde.vm.helper.ReturnKind.MAP_VALUE_OR_NULL;
import static dev.sonde.vm.helper.ReturnKind.RINGBUF_MEM_OR_NULL;
import static dev.sonde.vm.helper.ReturnKind.VOID;
import static dev.sonde.vm.helper.Row.helper;

import dev.sonde.vm.isa.CallNames;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The table of helpers: one row each, under the kernel's id and name ({@code
 * include/uapi/linux/bpf.h}; argument and return kinds as Linux 6.18 declares them).
 *
 * <p>An argument of kind DONTCARE is not looked at by the verifier, yet the body gets what the
 * register holds.
 */
public final class Helpers {
  // Ids that engines know by themselves.
  public static final int MAP_LOOKUP_ELEM = 1;
  public static final int TAIL_CALL = 12;
  public static final int RINGBUF_RESERVE = 131;
  public static final int SNPRINTF_BTF = 149;
  public static final int FOR_EACH_MAP_ELEM = 164;
  public static final int TIMER_SET_CALLBACK = 170;
  public static final int LOOP = 181;
  public static final int USER_RINGBUF_DRAIN = 209;

  private static final int LAST_ID = 211; // of the kernel's

  private static final @Nullable HelperProto[] BY_ID = table();

  private Helpers() {}

  /** Returns every row, ascending by id. */
  public static List<HelperProto> all() {
    return Network.ROWS;
  }

  /** Returns the row of the kernel's {@code id}, or null when there is none here. */
  public static @Nullable HelperProto byId(int id) {
    if (id < 0 || id > LAST_ID) {
      return null;
    }
    HelperProto row = BY_ID[id];
    return row != null ? row : Network.BY_ID[id];
  }

  /** Returns the row of {@code name}, which begins with {@code bpf_}, or null. */
  public static @Nullable HelperProto byName(String name) {
    for (HelperProto row : Network.ROWS) {
      if (row.name().equals(name)) {
        return row;
      }
    }
    return null;
  }

  /** Returns the names that a disassembler needs of a program with these kfuncs. */
  public static CallNames callNames(List<String> kfuncNames) {
    return new CallNames() {
      @Override
      public String helper(int id) {
        HelperProto row = byId(id);
        return row == null ? "unknown" : row.name();
      }

      @Override
      public String kfunc(int index) {
        return index >= 0 && index < kfuncNames.size() ? kfuncNames.get(index) : "unknown";
      }
    };
  }

  private static @Nullable HelperProto[] table() {
    @Nullable HelperProto[] table = new HelperProto[LAST_ID + 1];
    put(table, maps());
    put(table, time());
    put(table, tasks());
    put(table, places());
    put(table, methods());
    put(table, probeReads());
    put(table, stacks());
    put(table, rings());
    put(table, dynptrs());
    put(table, timers());
    put(table, output());
    put(table, text());
    put(table, control());
    return table;
  }

  private static void put(@Nullable HelperProto[] table, List<HelperProto> rows) {
    for (HelperProto row : rows) {
      if (table[row.id()] != null) {
        throw new IllegalStateException(row.name() + ": another row has its id " + row.id());
      }
      table[row.id()] = row;
    }
  }

  /** All rows: those of packets and sockets are not made for a program that only traces. */
  private static final class Network {
    static final @Nullable HelperProto[] BY_ID = Helpers.BY_ID.clone();
    static final List<HelperProto> ROWS;

    static {
      NetworkRows.all().forEach(rows -> put(BY_ID, rows));
      SocketRows.all().forEach(rows -> put(BY_ID, rows));
      PacketRows.all().forEach(rows -> put(BY_ID, rows));
      ROWS = Arrays.stream(BY_ID).filter(Objects::nonNull).toList();
    }

    private Network() {}
  }

  private static List<HelperProto> maps() {
    String room = "MapHelpers";
    return List.of(
        helper(MAP_LOOKUP_ELEM, "bpf_map_lookup_elem")
            .args(CONST_MAP_PTR, MAP_KEY)
            .returns(MAP_VALUE_OR_NULL)
            .body(room),
        helper(2, "bpf_map_update_elem")
            .args(CONST_MAP_PTR, MAP_KEY, MAP_VALUE, ANYTHING)
            .body(room),
        helper(3, "bpf_map_delete_elem").args(CONST_MAP_PTR, MAP_KEY).body(room),
        helper(87, "bpf_map_push_elem").args(CONST_MAP_PTR, MAP_VALUE, ANYTHING).body(room),
        helper(88, "bpf_map_pop_elem").args(CONST_MAP_PTR, MAP_VALUE_UNINIT).body(room),
        helper(89, "bpf_map_peek_elem").args(CONST_MAP_PTR, MAP_VALUE_UNINIT).body(room),
        helper(195, "bpf_map_lookup_percpu_elem")
            .args(CONST_MAP_PTR, MAP_KEY, ANYTHING)
            .returns(MAP_VALUE_OR_NULL)
            .body(room),
        helper(93, "bpf_spin_lock").args(SPIN_LOCK).returns(VOID).body("LockHelpers"),
        helper(94, "bpf_spin_unlock").args(SPIN_LOCK).returns(VOID).body("LockHelpers"));
  }

  private static List<HelperProto> time() {
    String room = "TimeHelpers";
    return List.of(
        helper(5, "bpf_ktime_get_ns").body(room),
        helper(118, "bpf_jiffies64").body(room),
        helper(125, "bpf_ktime_get_boot_ns").body(room),
        helper(160, "bpf_ktime_get_coarse_ns")
            .in(HelperFamily.SOCKET_FILTER, HelperFamily.SCHED_CLS, HelperFamily.XDP)
            .body(room),
        helper(208, "bpf_ktime_get_tai_ns").body(room));
  }

  private static List<HelperProto> tasks() {
    String room = "TaskHelpers";
    return List.of(
        helper(7, "bpf_get_prandom_u32").body(room),
        helper(8, "bpf_get_smp_processor_id").body(room),
        helper(14, "bpf_get_current_pid_tgid").body(room),
        helper(15, "bpf_get_current_uid_gid").body(room),
        helper(16, "bpf_get_current_comm").args(MEM_UNINIT, CONST_SIZE).body(room),
        helper(42, "bpf_get_numa_node_id").body(room),
        helper(35, "bpf_get_current_task").gpl().body(room),
        helper(109, "bpf_send_signal").args(ANYTHING).body(room),
        helper(117, "bpf_send_signal_thread").args(ANYTHING).body(room),
        helper(156, "bpf_task_storage_get")
            .args(CONST_MAP_PTR, BTF_ID, ArgKind.MAP_VALUE_OR_NULL, ANYTHING)
            .returns(MAP_VALUE_OR_NULL)
            .body(room),
        helper(157, "bpf_task_storage_delete").args(CONST_MAP_PTR, BTF_ID).body(room),
        helper(158, "bpf_get_current_task_btf").returns(ReturnKind.BTF_ID).gpl().body(room),
        helper(175, "bpf_task_pt_regs").args(BTF_ID).returns(ReturnKind.BTF_ID).gpl().body(room),
        helper(173, "bpf_get_func_ip").args(CTX).leavesContext().in(TRACING).gpl().body(room),
        helper(174, "bpf_get_attach_cookie").args(CTX).leavesContext().in(TRACING).body(room));
  }

  private static List<HelperProto> places() {
    String room = "CgroupHelpers";
    return List.of(
        helper(37, "bpf_current_task_under_cgroup").args(CONST_MAP_PTR, ANYTHING).body(room),
        helper(80, "bpf_get_current_cgroup_id").body(room),
        helper(120, "bpf_get_ns_current_pid_tgid")
            .args(ANYTHING, ANYTHING, MEM_UNINIT, CONST_SIZE)
            .body(room),
        helper(123, "bpf_get_current_ancestor_cgroup_id").args(ANYTHING).body(room));
  }

  private static List<HelperProto> methods() {
    String room = "MethodHelpers";
    return List.of(
        helper(183, "bpf_get_func_arg")
            .args(CTX, ANYTHING, FIXED_MEM8_UNINIT)
            .in(HelperFamily.KPROBE)
            .body(room),
        helper(184, "bpf_get_func_ret")
            .args(CTX, FIXED_MEM8_UNINIT)
            .in(HelperFamily.KPROBE)
            .body(room),
        helper(185, "bpf_get_func_arg_cnt").args(CTX).in(HelperFamily.KPROBE).body(room));
  }

  private static List<HelperProto> probeReads() {
    String room = "ProbeReadHelpers";
    ArgKind[] args = {MEM_UNINIT, CONST_SIZE_OR_ZERO, ANYTHING};
    return List.of(
        helper(4, "bpf_probe_read").args(args).in(TRACING).gpl().body(room),
        helper(45, "bpf_probe_read_str").args(args).in(TRACING).gpl().body(room),
        helper(112, "bpf_probe_read_user").args(args).gpl().body(room),
        helper(113, "bpf_probe_read_kernel").args(args).gpl().body(room),
        helper(114, "bpf_probe_read_user_str").args(args).gpl().body(room),
        helper(115, "bpf_probe_read_kernel_str").args(args).gpl().body(room),
        helper(148, "bpf_copy_from_user").args(args).body(room));
  }

  private static List<HelperProto> stacks() {
    String room = "StackHelpers";
    return List.of(
        helper(27, "bpf_get_stackid")
            .args(CTX, CONST_MAP_PTR, ANYTHING)
            .leavesContext()
            .in(TRACING)
            .gpl()
            .body(room),
        helper(67, "bpf_get_stack")
            .args(CTX, MEM_UNINIT, CONST_SIZE_OR_ZERO, ANYTHING)
            .leavesContext()
            .in(TRACING)
            .gpl()
            .body(room),
        helper(141, "bpf_get_task_stack")
            .args(BTF_ID, MEM_UNINIT, CONST_SIZE_OR_ZERO, ANYTHING)
            .body(room),
        helper(119, "bpf_read_branch_records")
            .args(CTX, ArgKind.MEM_OR_NULL, CONST_SIZE_OR_ZERO, ANYTHING)
            .in(HelperFamily.PERF_EVENT)
            .gpl()
            .body("PerfHelpers"),
        helper(176, "bpf_get_branch_snapshot")
            .args(MEM_UNINIT, CONST_SIZE_OR_ZERO, DONTCARE)
            .gpl()
            .body("PerfHelpers"));
  }

  private static List<HelperProto> dynptrs() {
    String room = "DynptrHelpers";
    return List.of(
        helper(197, "bpf_dynptr_from_mem")
            .args(MEM_UNINIT, CONST_SIZE_OR_ZERO, ANYTHING, DYNPTR_UNINIT)
            .body(room),
        helper(198, "bpf_ringbuf_reserve_dynptr")
            .args(CONST_MAP_PTR, ANYTHING, ANYTHING, DYNPTR_UNINIT)
            .body(room),
        helper(199, "bpf_ringbuf_submit_dynptr")
            .args(DYNPTR_RELEASE, ANYTHING)
            .returns(VOID)
            .body(room),
        helper(200, "bpf_ringbuf_discard_dynptr")
            .args(DYNPTR_RELEASE, ANYTHING)
            .returns(VOID)
            .body(room),
        helper(201, "bpf_dynptr_read")
            .args(MEM_UNINIT, CONST_SIZE_OR_ZERO, DYNPTR, ANYTHING, ANYTHING)
            .body(room),
        helper(202, "bpf_dynptr_write")
            .args(DYNPTR, ANYTHING, MEM_RDONLY, CONST_SIZE_OR_ZERO, ANYTHING)
            .body(room),
        helper(203, "bpf_dynptr_data")
            .args(DYNPTR, ANYTHING, CONST_ALLOC_SIZE_OR_ZERO)
            .returns(ReturnKind.DYNPTR_MEM_OR_NULL)
            .body(room));
  }

  /** Tracing programs may call them, but no map with a timer may be theirs: the verifier's rule. */
  private static List<HelperProto> timers() {
    String room = "TimerHelpers";
    return List.of(
        helper(169, "bpf_timer_init").args(TIMER, CONST_MAP_PTR, ANYTHING).gpl().body(room),
        helper(TIMER_SET_CALLBACK, "bpf_timer_set_callback").args(TIMER, FUNC).gpl().byEngine(),
        helper(171, "bpf_timer_start").args(TIMER, ANYTHING, ANYTHING).gpl().body(room),
        helper(172, "bpf_timer_cancel").args(TIMER).gpl().body(room));
  }

  private static List<HelperProto> rings() {
    String room = "RingHelpers";
    return List.of(
        helper(130, "bpf_ringbuf_output")
            .args(CONST_MAP_PTR, MEM_RDONLY, CONST_SIZE_OR_ZERO, ANYTHING)
            .body(room),
        helper(RINGBUF_RESERVE, "bpf_ringbuf_reserve")
            .args(CONST_MAP_PTR, CONST_ALLOC_SIZE_OR_ZERO, ANYTHING)
            .returns(RINGBUF_MEM_OR_NULL)
            .body(room),
        helper(132, "bpf_ringbuf_submit")
            .args(RINGBUF_MEM_RELEASE, ANYTHING)
            .returns(VOID)
            .body(room),
        helper(133, "bpf_ringbuf_discard")
            .args(RINGBUF_MEM_RELEASE, ANYTHING)
            .returns(VOID)
            .body(room),
        helper(134, "bpf_ringbuf_query").args(CONST_MAP_PTR, ANYTHING).body(room));
  }

  private static List<HelperProto> output() {
    return List.of(
        helper(6, "bpf_trace_printk")
            .args(MEM_RDONLY, CONST_SIZE, DONTCARE, DONTCARE, DONTCARE)
            .gpl()
            .body("PrintHelpers"),
        helper(25, "bpf_perf_event_output")
            .args(CTX, CONST_MAP_PTR, ANYTHING, MEM_RDONLY, CONST_SIZE_OR_ZERO)
            .leavesContext()
            .gpl()
            .body("PerfHelpers"),
        helper(22, "bpf_perf_event_read").args(CONST_MAP_PTR, ANYTHING).gpl().body("PerfHelpers"),
        helper(55, "bpf_perf_event_read_value")
            .args(CONST_MAP_PTR, ANYTHING, MEM_UNINIT, CONST_SIZE)
            .gpl()
            .body("PerfHelpers"),
        helper(56, "bpf_perf_prog_read_value")
            .args(CTX, MEM_UNINIT, CONST_SIZE)
            .in(HelperFamily.PERF_EVENT)
            .gpl()
            .body("PerfHelpers"));
  }

  private static List<HelperProto> text() {
    String room = "StringHelpers";
    return List.of(
        helper(105, "bpf_strtol")
            .args(MEM_RDONLY, CONST_SIZE, ANYTHING, FIXED_MEM8_UNINIT)
            .body(room),
        helper(106, "bpf_strtoul")
            .args(MEM_RDONLY, CONST_SIZE, ANYTHING, FIXED_MEM8_UNINIT)
            .body(room),
        helper(165, "bpf_snprintf")
            .args(
                ArgKind.MEM_UNINIT_OR_NULL,
                CONST_SIZE_OR_ZERO,
                CONST_STR,
                ArgKind.MEM_RDONLY_OR_NULL,
                CONST_SIZE_OR_ZERO)
            .gpl()
            .body(room),
        helper(SNPRINTF_BTF, "bpf_snprintf_btf")
            .args(MEM_UNINIT, CONST_SIZE, MEM_RDONLY, CONST_SIZE, ANYTHING)
            .body("BtfHelpers"),
        helper(177, "bpf_trace_vprintk")
            .args(MEM_RDONLY, CONST_SIZE, ArgKind.MEM_RDONLY_OR_NULL, CONST_SIZE_OR_ZERO)
            .gpl()
            .body(room),
        helper(182, "bpf_strncmp").args(MEM_RDONLY, CONST_SIZE, CONST_STR).body(room));
  }

  /** What changes the flow of a program: the engines do it themselves. */
  private static List<HelperProto> control() {
    return List.of(
        helper(TAIL_CALL, "bpf_tail_call")
            .args(CTX, CONST_MAP_PTR, ANYTHING)
            .returns(VOID)
            .byEngine(),
        helper(FOR_EACH_MAP_ELEM, "bpf_for_each_map_elem")
            .args(CONST_MAP_PTR, FUNC, STACK_OR_NULL, ANYTHING)
            .byEngine(),
        helper(LOOP, "bpf_loop").args(ANYTHING, FUNC, STACK_OR_NULL, ANYTHING).byEngine(),
        helper(USER_RINGBUF_DRAIN, "bpf_user_ringbuf_drain")
            .args(CONST_MAP_PTR, FUNC, STACK_OR_NULL, ANYTHING)
            .byEngine());
  }
}
