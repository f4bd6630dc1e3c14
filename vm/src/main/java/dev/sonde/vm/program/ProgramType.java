package dev.sonde.vm.program;

import dev.sonde.vm.context.ContextLayout;
import dev.sonde.vm.helper.HelperFamily;
import dev.sonde.vm.helper.HelperProto;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The program types of the kernel that have a meaning here: one row each. */
public enum ProgramType {
  SOCKET_FILTER(1, List.of("socket"), ContextLayout.SOCKET_FILTER, HelperFamily.SOCKET_FILTER),
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
          "kretprobe",
          "ksyscall",
          "kretsyscall"),
      ContextLayout.KPROBE,
      HelperFamily.TRACING,
      HelperFamily.KPROBE),
  SCHED_CLS(
      3,
      List.of("tc", "tcx", "classifier", "netkit"),
      ContextLayout.SCHED_CLS,
      HelperFamily.SCHED_CLS),
  SCHED_ACT(4, List.of("action"), ContextLayout.SCHED_CLS, HelperFamily.SCHED_CLS),
  TRACEPOINT(
      5,
      List.of("tracepoint", "tp", "jfr"),
      ContextLayout.TRACEPOINT,
      HelperFamily.TRACING,
      HelperFamily.TRACEPOINT),
  XDP(6, List.of("xdp"), ContextLayout.XDP, HelperFamily.XDP),
  PERF_EVENT(
      7,
      List.of("perf_event"),
      ContextLayout.PERF_EVENT,
      HelperFamily.TRACING,
      HelperFamily.PERF_EVENT),
  RAW_TRACEPOINT(
      17,
      List.of("raw_tracepoint", "raw_tp"),
      ContextLayout.RAW_TRACEPOINT,
      HelperFamily.TRACING,
      HelperFamily.RAW_TRACEPOINT),
  RAW_TRACEPOINT_WRITABLE(
      24,
      List.of("raw_tracepoint.w", "raw_tp.w"),
      ContextLayout.RAW_TRACEPOINT_WRITABLE,
      HelperFamily.TRACING,
      HelperFamily.RAW_TRACEPOINT),
  SYSCALL(
      31,
      List.of("syscall", "interval"),
      ContextLayout.SYSCALL,
      HelperFamily.TRACING,
      HelperFamily.SYSCALL);

  /** Programs on typed arguments, which no type here stands for. */
  private static final String BTF_TRACEPOINT = "tp_btf";

  private static final Pattern DEVMAP_SECTION =
      Pattern.compile("\\??(xdp(\\.frags)?/devmap|xdp_devmap(/.*)?)");

  private final int code;
  private final List<String> sectionPrefixes;
  private final ContextLayout contextLayout;
  private final Set<HelperFamily> families;

  ProgramType(
      int code,
      List<String> sectionPrefixes,
      ContextLayout contextLayout,
      HelperFamily... families) {
    this.code = code;
    this.sectionPrefixes = sectionPrefixes;
    this.contextLayout = contextLayout;
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

  /**
   * Returns the type whose section prefix {@code section} begins with, the longest if there are
   * several, or null. Behind the prefix stands nothing, a target ({@code uprobe/libc:read}), or a
   * variant as libbpf spells them ({@code uprobe.s}, {@code socket1}).
   */
  public static @Nullable ProgramType ofSection(String section) {
    ProgramType found = null;
    int longest = 0;
    for (ProgramType type : values()) {
      for (String prefix : type.sectionPrefixes) {
        if (prefix.length() > longest && begins(section, prefix)) {
          found = type;
          longest = prefix.length();
        }
      }
    }
    return found;
  }

  private static boolean begins(String section, String prefix) {
    boolean whole = section.length() == prefix.length();
    return section.startsWith(prefix)
        && !section.startsWith(BTF_TRACEPOINT)
        && (whole || !Character.isLetter(section.charAt(prefix.length())));
  }

  /** Returns what a program of this type may read and write of its context. */
  public ContextLayout contextLayout() {
    return contextLayout;
  }

  /**
   * As {@link #contextLayout()}, where the section of a program says at which place it runs: libbpf
   * makes an expected_attach_type of it.
   */
  public ContextLayout contextLayout(String section) {
    boolean devmap = this == XDP && DEVMAP_SECTION.matcher(section).matches();
    return devmap ? ContextLayout.XDP_DEVMAP : contextLayout;
  }

  /** Tells whether programs of this type may call {@code helper}. */
  public boolean allows(HelperProto helper) {
    return helper.families().stream().anyMatch(families::contains);
  }

  public Set<HelperFamily> families() {
    return families;
  }
}
