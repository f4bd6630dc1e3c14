package dev.sonde.probes;

/** Where a program is to be attached: pure data, before anything is looked for. */
public sealed interface AttachTarget permits MethodTarget, NativeTarget, JfrTarget, IntervalTarget {
  /** Returns what bpf_get_attach_cookie answers in the program; 0 unless the user sets one. */
  long cookie();

  /** Returns this target with another cookie. */
  AttachTarget withCookie(long cookie);

  /**
   * Returns the target that a section name spells.
   *
   * @throws IllegalArgumentException if it spells none; the message says what was expected
   */
  static AttachTarget parse(String section) {
    if (MethodTarget.isMethodSection(section)) {
      return MethodTarget.parse(section);
    }
    if (NativeTarget.isNativeSection(section)) {
      return NativeTarget.parse(section);
    }
    if (JfrTarget.isJfrSection(section)) {
      return JfrTarget.parse(section);
    }
    if (IntervalTarget.isIntervalSection(section)) {
      return IntervalTarget.parse(section);
    }
    throw new IllegalArgumentException(
        ("target: got \"%s\", want KIND/..., where KIND is method, methodret, methodexc, call, line,"
                + " alloc, uprobe, uretprobe, usdt, kprobe, kretprobe, tracepoint, perf_event, jfr or interval")
            .formatted(section));
  }
}
