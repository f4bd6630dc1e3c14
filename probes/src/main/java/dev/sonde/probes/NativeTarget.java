package dev.sonde.probes;

import java.util.Locale;

/** A place that the kernel watches: its events arrive as records. */
public sealed interface NativeTarget extends AttachTarget
    permits UprobeTarget, UsdtTarget, KprobeTarget, TracepointTarget, PerfEventTarget {
  /** Returns whose events are seen. */
  ProcessScope scope();

  @Override
  NativeTarget withCookie(long cookie);

  NativeTarget withScope(ProcessScope scope);

  /** Tells whether a section name is for {@link #parse}. */
  static boolean isNativeSection(String section) {
    return switch (prefix(section)) {
      case "uprobe", "uretprobe", "usdt", "kprobe", "kretprobe", "ksyscall", "kretsyscall" -> true;
      case "tracepoint", "tp", "perf_event" -> true;
      default -> false;
    };
  }

  /**
   * Returns the target that a section name spells, in this process.
   *
   * @throws IllegalArgumentException if it spells none; the message says what was expected
   */
  static NativeTarget parse(String section) {
    int slash = section.indexOf('/');
    String place = slash < 0 ? "" : section.substring(slash + 1).strip();
    return switch (prefix(section)) {
      case "uprobe" -> UprobeTarget.parse(section, place, false);
      case "uretprobe" -> UprobeTarget.parse(section, place, true);
      case "usdt" -> UsdtTarget.parse(section, place);
      case "kprobe" -> KprobeTarget.parse(section, place, false);
      case "kretprobe" -> KprobeTarget.parse(section, place, true);
      case "ksyscall", "kretsyscall" ->
          throw bad(
              section,
              "tracepoint/syscalls/sys_enter_NAME or sys_exit_NAME, which a record can serve");
      case "tracepoint", "tp" -> TracepointTarget.parse(section, place);
      case "perf_event" -> PerfEventTarget.parse(section, place);
      default -> throw bad(section, "uprobe/, usdt/, kprobe/, tracepoint/ or perf_event");
    };
  }

  /** What stands before the slash, without libbpf's variants ({@code .s}, {@code .multi}). */
  private static String prefix(String section) {
    int slash = section.indexOf('/');
    String prefix = slash < 0 ? section : section.substring(0, slash);
    int dot = prefix.indexOf('.');
    return (dot < 0 ? prefix : prefix.substring(0, dot)).strip().toLowerCase(Locale.ROOT);
  }

  /** Returns the exception for a section that does not spell what it should. */
  static IllegalArgumentException bad(String section, String want) {
    return new IllegalArgumentException("target: got \"%s\", want %s".formatted(section, want));
  }
}
