package dev.sonde.verifier.require;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.program.ProgramType;

/** By which types a global function can take its program's context (Linux 6.18). */
final class ContextType {
  private static final String REGISTERS_TYPEDEF = "bpf_user_pt_regs_t";
  private static final String REGISTERS = "pt_regs";

  private ContextType() {}

  /**
   * Tells whether a pointer to {@code target} is the context without a tag that says so ({@code
   * btf_is_prog_ctx_type}).
   */
  static boolean is(ProgramType program, Btf btf, int target) {
    String name = structName(btf, target);
    return switch (program) {
      case KPROBE ->
          isRegisters(btf, target) || name.equals(REGISTERS_TYPEDEF) || name.equals(REGISTERS);
      case XDP -> name.equals("xdp_md") || name.equals("xdp_buff");
      case SOCKET_FILTER, SCHED_CLS, SCHED_ACT ->
          name.equals("__sk_buff") || name.equals("sk_buff");
      case PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE ->
          name.equals(program.contextLayout().structName());
      case TRACEPOINT, SYSCALL -> false; // only a tag can say it
    };
  }

  /**
   * Requires that a pointer to {@code target}, of a parameter that is tagged as the context, may be
   * it ({@code btf_validate_prog_ctx_type}).
   */
  static void requireTagged(ProgramType program, Btf btf, int target, int index) {
    BtfType type = btf.resolved(target);
    String name = structName(btf, target);
    boolean fits =
        switch (program) {
          case TRACEPOINT, SYSCALL -> true;
          case KPROBE -> isRegisters(btf, target);
          case PERF_EVENT -> isRegisters(btf, target) || name.equals(REGISTERS);
          case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE ->
              type instanceof BtfType.Int number && number.sizeBytes() == Long.BYTES;
          case SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP -> false;
        };
    String struct = program.contextLayout().structName();
    if (!fits && !(type instanceof BtfType.Void) && !name.equals(struct)) {
      throw Step.invalid("arg#%d should be `struct %s *`".formatted(index, struct));
    }
  }

  /** Tells whether the first typedef has the name under which each architecture has its own. */
  private static boolean isRegisters(Btf btf, int target) {
    int at = target;
    while (btf.type(at) instanceof BtfType.Modifier modifier) {
      at = modifier.target();
    }
    return btf.type(at) instanceof BtfType.Typedef typedef
        && typedef.name().equals(REGISTERS_TYPEDEF);
  }

  private static String structName(Btf btf, int target) {
    return btf.resolved(target) instanceof BtfType.Struct struct ? struct.name() : "";
  }
}
