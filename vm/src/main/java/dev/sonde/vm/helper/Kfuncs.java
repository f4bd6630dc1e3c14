package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.ANYTHING;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.CONST_SIZE_OR_ZERO;
import static dev.sonde.vm.helper.ArgKind.CONST_STR;
import static dev.sonde.vm.helper.ArgKind.CTX;
import static dev.sonde.vm.helper.ArgKind.DYNPTR;
import static dev.sonde.vm.helper.ArgKind.DYNPTR_UNINIT;
import static dev.sonde.vm.helper.ArgKind.FIXED_MEM8_UNINIT;
import static dev.sonde.vm.helper.ArgKind.HANDLE;
import static dev.sonde.vm.helper.ArgKind.ITERATOR_DESTROY;
import static dev.sonde.vm.helper.ArgKind.ITERATOR_NEW;
import static dev.sonde.vm.helper.ArgKind.ITERATOR_NEXT;
import static dev.sonde.vm.helper.ArgKind.MEM_OR_NULL;
import static dev.sonde.vm.helper.ArgKind.MEM_UNINIT;
import static dev.sonde.vm.helper.ArgKind.NUMBER;
import static dev.sonde.vm.helper.Row.helper;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of kfuncs: functions that programs declare {@code extern ... __ksym} and that are found
 * by name at load. What only a JVM knows is reached through these.
 */
public final class Kfuncs {
  private static final List<HelperProto> ROWS = rows();
  private static final Map<String, HelperProto> BY_NAME =
      ROWS.stream().collect(Collectors.toUnmodifiableMap(HelperProto::name, Function.identity()));

  private Kfuncs() {}

  /** Returns every row; a row's id is its index here. */
  public static List<HelperProto> all() {
    return ROWS;
  }

  /** Returns the row of {@code name}, or null when there is none here. */
  public static @Nullable HelperProto byName(String name) {
    return BY_NAME.get(name);
  }

  private static List<HelperProto> rows() {
    String java = "JavaKfuncs";
    String iterators = "IteratorKfuncs";
    String dynptrs = "DynptrHelpers";
    List<HelperProto> table = new ArrayList<>();
    table.add(helper(0, "sonde_java_string").args(HANDLE, MEM_UNINIT, CONST_SIZE).body(java));
    table.add(helper(1, "bpf_iter_num_new").args(ITERATOR_NEW, NUMBER, NUMBER).body(iterators));
    table.add(next(helper(2, "bpf_iter_num_next")).body(iterators));
    table.add(destroy(helper(3, "bpf_iter_num_destroy")).body(iterators));
    table.add(helper(4, "bpf_iter_bits_new").args(ITERATOR_NEW, ANYTHING, NUMBER).body(iterators));
    table.add(next(helper(5, "bpf_iter_bits_next")).body(iterators));
    table.add(destroy(helper(6, "bpf_iter_bits_destroy")).body(iterators));
    table.add(slice(helper(7, "bpf_dynptr_slice")).body(dynptrs));
    table.add(slice(helper(8, "bpf_dynptr_slice_rdwr")).body(dynptrs));
    table.add(helper(9, "bpf_dynptr_size").args(DYNPTR).body(dynptrs));
    table.add(helper(10, "bpf_dynptr_is_null").args(DYNPTR).body(dynptrs));
    table.add(helper(11, "bpf_dynptr_is_rdonly").args(DYNPTR).body(dynptrs));
    table.add(helper(12, "bpf_dynptr_adjust").args(DYNPTR, NUMBER, NUMBER).body(dynptrs));
    addJava(table);
    table.add(
        helper(27, "bpf_dynptr_from_skb")
            .args(CTX, NUMBER, DYNPTR_UNINIT)
            .in(HelperFamily.SOCKET_FILTER, HelperFamily.SCHED_CLS)
            .body(dynptrs));
    table.add(
        helper(28, "bpf_dynptr_from_xdp")
            .args(CTX, NUMBER, DYNPTR_UNINIT)
            .in(HelperFamily.XDP)
            .body(dynptrs));
    table.add(helper(29, "bpf_dynptr_clone").args(DYNPTR, DYNPTR_UNINIT).body(dynptrs));
    table.add(helper(31, "bpf_fls64").args(NUMBER).body("BitKfuncs"));
    return List.copyOf(table);
  }

  private static void addJava(List<HelperProto> table) {
    String objects = "JavaObjectKfuncs";
    String threads = "JavaThreadKfuncs";
    table.add(
        helper(13, "sonde_java_class_name").args(HANDLE, MEM_UNINIT, CONST_SIZE).body(objects));
    table.add(helper(14, "sonde_java_identity_hash").args(HANDLE).body(objects));
    table.add(helper(15, "sonde_java_array_length").args(HANDLE).body(objects));
    table.add(
        helper(16, "sonde_java_array_get").args(HANDLE, NUMBER, FIXED_MEM8_UNINIT).body(objects));
    table.add(
        helper(17, "sonde_java_exception_message")
            .args(HANDLE, MEM_UNINIT, CONST_SIZE)
            .body(objects));
    table.add(helper(18, "sonde_java_object_size").args(HANDLE).body(objects));
    table.add(
        helper(19, "sonde_java_field").args(HANDLE, CONST_STR, FIXED_MEM8_UNINIT).body(objects));
    table.add(helper(20, "sonde_java_thread_name").args(MEM_UNINIT, CONST_SIZE).body(threads));
    table.add(helper(21, "sonde_java_thread_is_virtual").args().body(threads));
    table.add(helper(22, "sonde_java_carrier_id").args().body(threads));
    table.add(helper(23, "sonde_java_heap_used").args().body(threads));
    table.add(helper(24, "sonde_trace_id").args(MEM_UNINIT, CONST_SIZE).body(threads));
    table.add(helper(25, "sonde_span_id").args(MEM_UNINIT, CONST_SIZE).body(threads));
    table.add(helper(30, "sonde_os_thread_id").args().body(threads));
    table.add(helper(26, "sonde_mdc").args(CONST_STR, MEM_UNINIT, CONST_SIZE).body(threads));
  }

  private static Row next(Row row) {
    return row.args(ITERATOR_NEXT).returns(ReturnKind.ITERATOR_INT_OR_NULL);
  }

  private static Row destroy(Row row) {
    return row.args(ITERATOR_DESTROY).returns(ReturnKind.VOID);
  }

  private static Row slice(Row row) {
    return row.args(DYNPTR, NUMBER, MEM_OR_NULL, CONST_SIZE_OR_ZERO)
        .returns(ReturnKind.DYNPTR_MEM_OR_NULL);
  }
}
