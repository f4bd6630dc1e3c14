package dev.sonde.vm.context;

import dev.sonde.vm.memory.MemorySource;
import dev.sonde.vm.stacktrace.StackSource;
import org.jspecify.annotations.Nullable;

/**
 * What the helpers that ask about "current" answer from: the thread, the time and the stack of the
 * event, which for a record of a native probe are not those of the thread that runs the program.
 */
public interface Event {
  /** Returns tgid in the upper half and the thread's id in the lower (bpf_get_current_pid_tgid). */
  long pidTgid();

  /** Returns the time of the event in ns of CLOCK_MONOTONIC (bpf_ktime_get_ns). */
  long timeNanos();

  /** Returns the thread's name, of which a program gets 15 bytes (bpf_get_current_comm). */
  String comm();

  /**
   * Returns the CPU that the event was on (bpf_get_smp_processor_id); -1 where the carrier slot,
   * which per-CPU maps go by, is the answer.
   */
  default int cpuIndex() {
    return -1;
  }

  /** Returns what the user attached with the link (bpf_get_attach_cookie). */
  long attachCookie();

  /** Returns the address or the method id of the traced function (bpf_get_func_ip); 0: unknown. */
  long functionId();

  /** Returns where bpf_get_stackid and bpf_get_stack take frames from. */
  StackSource stackSource();

  /**
   * Returns where bpf_probe_read_user and its kin read from when the event is of another process or
   * of the past; null for this process's own memory.
   */
  default @Nullable MemorySource userMemory() {
    return null;
  }

  /** Returns gid in the upper half and uid in the lower (bpf_get_current_uid_gid). */
  default long uidGid() {
    return OwnProcess.uidGid();
  }

  /**
   * Writes the event's own counter (bpf_perf_prog_read_value): {@code u64 counter, enabled,
   * running}.
   *
   * @return false when it has none
   */
  default boolean readCounter(long toAddress) {
    return false;
  }

  /** Returns how many bytes of heap an object takes, or a negative errno where nobody knows. */
  default long objectSizeBytes(Object object) {
    return -95; // -EOPNOTSUPP
  }

  /**
   * Returns a word of the running request's context that the application's own libraries keep.
   *
   * @return null where the application has no such library or no such word now
   */
  default @Nullable String requestContext(ContextWord word, String key) {
    return null;
  }

  /** What a library may know of the running request. */
  enum ContextWord {
    /** The OpenTelemetry trace id, 32 hex digits. */
    TRACE_ID,
    /** The OpenTelemetry span id, 16 hex digits. */
    SPAN_ID,
    /** A value of SLF4J's MDC, by its key. */
    MDC
  }
}
