package dev.sonde.vm.program;

import dev.sonde.vm.helper.HelperFamily;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The program types of the kernel that have a meaning here: one row each. */
public enum ProgramType {
  SOCKET_FILTER(1, List.of("socket"), HelperFamily.SOCKET_FILTER),
  KPROBE(
      2,
      List.of(
          "method",
          "methodret",
          "methodexc",
          "call",
          "line",
          "alloc",
          "uprobe",
          "uretprobe",
          "usdt",
          "kprobe",
          "kretprobe"),
      HelperFamily.TRACING,
      HelperFamily.KPROBE),
  SCHED_CLS(3, List.of("tc", "classifier"), HelperFamily.SCHED_CLS),
  SCHED_ACT(4, List.of("action"), HelperFamily.SCHED_CLS),
  TRACEPOINT(5, List.of("tracepoint", "tp", "jfr"), HelperFamily.TRACING, HelperFamily.TRACEPOINT),
  XDP(6, List.of("xdp"), HelperFamily.XDP),
  PERF_EVENT(7, List.of("perf_event"), HelperFamily.TRACING, HelperFamily.PERF_EVENT),
  RAW_TRACEPOINT(
      17, List.of("raw_tracepoint", "raw_tp"), HelperFamily.TRACING, HelperFamily.RAW_TRACEPOINT),
  RAW_TRACEPOINT_WRITABLE(
      24,
      List.of("raw_tracepoint.w", "raw_tp.w"),
      HelperFamily.TRACING,
      HelperFamily.RAW_TRACEPOINT),
  SYSCALL(31, List.of("syscall", "interval"), HelperFamily.SYSCALL);

  private final int code;
  private final List<String> sectionPrefixes;
  private final Set<HelperFamily> families;

  ProgramType(int code, List<String> sectionPrefixes, HelperFamily... families) {
    this.code = code;
    this.sectionPrefixes = sectionPrefixes;
    this.families = EnumSet.of(HelperFamily.BASE, families);
  }

  /** Returns the kernel's {@code enum bpf_prog_type}. */
  public int code() {
    return code;
  }

  /** Returns what a section name of this type begins with, up to the first slash. */
  public List<String> sectionPrefixes() {
    return sectionPrefixes;
  }

  public Set<HelperFamily> families() {
    return families;
  }
}
