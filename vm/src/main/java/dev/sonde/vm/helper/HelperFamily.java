package dev.sonde.vm.helper;

/** Which program types share a set of helpers, as the kernel groups its func_proto tables. */
public enum HelperFamily {
  /** bpf_base_func_proto: every type. */
  BASE,
  /** bpf_tracing_func_proto: kprobe, tracepoint, raw_tracepoint, perf_event. */
  TRACING,
  KPROBE,
  TRACEPOINT,
  RAW_TRACEPOINT,
  PERF_EVENT,
  SOCKET_FILTER,
  SCHED_CLS,
  XDP,
  SYSCALL
}
