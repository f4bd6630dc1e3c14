package dev.sonde.verifier.cfg;

import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import java.util.TreeSet;

/**
 * The checks that need no state, in the kernel's order: subprograms, jump targets, opcodes, lddw
 * (V-01 to V-10). Reserved fields of the other insns are looked at when an insn is reached.
 */
final class Structure {
  private static final int MAX_INSNS = 1_000_000;
  private static final int MAX_MAPS = 64;
  private static final int MAX_SUBPROGRAMS = 256;
  private static final int MAX_VAR_OFF = 1 << 29;

  private final ResolvedProgram program;
  private final List<Insn> insns;

  Structure(ResolvedProgram program) {
    this.program = program;
    this.insns = program.insns();
  }

  /** Returns the first insns of all functions, ascending. */
  int[] check() {
    if (insns.isEmpty() || insns.size() > MAX_INSNS) {
      throw new Rejection(
          Errno.E2BIG, "program of %d insns, want 1 to %d".formatted(insns.size(), MAX_INSNS));
    }
    if (program.maps().size() > MAX_MAPS) {
      throw new Rejection(
          Errno.E2BIG, "The total number of maps per program has reached the limit of " + MAX_MAPS);
    }
    int[] starts = subprogramStarts();
    for (BpfMap map : program.maps()) {
      checkFields(map);
    }
    checkJumps(starts);
    checkOpcodes();
    return starts;
  }

  /** Some program types may not use maps with some special fields. */
  private void checkFields(BpfMap map) {
    ProgramType type = program.spec().type();
    boolean tracing =
        switch (type) {
          case KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> true;
          case SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, SYSCALL -> false;
        };
    for (SpecialField field : map.spec().specialFields()) {
      String name = field.kind().structName();
      if (tracing) {
        throw invalid("tracing progs cannot use %s yet".formatted(name));
      }
      if (type == ProgramType.SOCKET_FILTER && field.kind() == SpecialField.Kind.SPIN_LOCK) {
        throw invalid("socket filter progs cannot use %s yet".formatted(name));
      }
    }
  }

  private int[] subprogramStarts() {
    TreeSet<Integer> starts = new TreeSet<>(List.of(0));
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      if (insn.isPseudoCall() || Code.isFunctionPointer(insn)) {
        int target = i + insn.imm() + 1;
        if (target < 0 || target >= insns.size()) {
          throw invalid("call to invalid destination");
        }
        starts.add(target);
        if (starts.size() > MAX_SUBPROGRAMS) {
          throw new Rejection(Errno.E2BIG, "too many subprograms");
        }
      } else if (insn.isKfuncCall() && insn.off() != 0) {
        throw invalid("failed to find BTF for kernel function"); // off is a module's, here are none
      }
    }
    int[] ascending = new int[starts.size()];
    int count = 0;
    for (int start : starts) {
      ascending[count++] = start;
    }
    return ascending;
  }

  private void checkJumps(int[] starts) {
    for (int s = 0; s < starts.length; s++) {
      int end = s + 1 < starts.length ? starts[s + 1] : insns.size();
      for (int i = starts[s]; i < end; i++) {
        checkJump(i, starts[s], end);
      }
      Insn last = insns.get(end - 1);
      if (last.opcode() != Opcodes.EXIT && !Code.isGoto(last)) {
        throw invalid("last insn is not an exit or jmp");
      }
    }
  }

  private void checkJump(int i, int start, int end) {
    Insn insn = insns.get(i);
    int op = insn.opcode() & 0xf0;
    if (!Code.isJump(insn) || op == Opcodes.CALL_OP || op == Opcodes.EXIT_OP) {
      return;
    }
    long target = i + 1L + Code.jumpOffset(insn);
    if (target < start || target >= end) {
      throw invalid("jump out of range from insn %d to %d".formatted(i, (int) target));
    }
  }

  private void checkOpcodes() {
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      int mode = insn.opcode() & 0xe0;
      if (Code.classOf(insn) == Opcodes.LDX
          && (mode != Opcodes.MEM && mode != Opcodes.MEMSX || insn.imm() != 0)) {
        throw invalid("BPF_LDX uses reserved fields");
      }
      if (insn.isLdImm64()) {
        checkLdImm64(i);
        i++;
      } else if (!Encoding.isKnown(insn.opcode())) {
        throw invalid("unknown opcode %02x".formatted(insn.opcode()));
      }
    }
  }

  private void checkLdImm64(int i) {
    Insn insn = insns.get(i);
    Insn second = insns.get(i + 1); // the last insn of all is an exit or a jump
    if (second.opcode() != 0 || second.dst() != 0 || second.src() != 0 || second.off() != 0) {
      throw invalid("invalid bpf_ld_imm64 insn");
    }
    switch (insn.src()) {
      case 0, Opcodes.PSEUDO_FUNC -> {}
      case Opcodes.PSEUDO_MAP_FD -> {
        if (second.imm() != 0) {
          throw invalid("unrecognized bpf_ld_imm64 insn");
        }
        mapOf(insn);
      }
      case Opcodes.PSEUDO_MAP_VALUE -> checkDirectValue(mapOf(insn), second.imm());
      default -> throw invalid("unrecognized bpf_ld_imm64 insn");
    }
  }

  private BpfMap mapOf(Insn insn) {
    if (insn.imm() < 0 || insn.imm() >= program.maps().size()) {
      throw new Rejection(
          Errno.EBADF, "fd %d is not pointing to valid bpf_map".formatted(insn.imm()));
    }
    return program.maps().get(insn.imm());
  }

  private static void checkDirectValue(BpfMap map, int offset) {
    if (offset < 0 || offset >= MAX_VAR_OFF) {
      throw invalid(
          "direct value offset of %s is not allowed".formatted(Integer.toUnsignedString(offset)));
    }
    if (map.spec().type() != MapType.ARRAY) {
      throw invalid("no direct value access support for this map type");
    }
    if (map.directValueAddress(offset) == 0) {
      throw invalid(
          "invalid access to map value pointer, value_size=%d off=%d"
              .formatted(map.spec().valueSizeBytes(), offset));
    }
  }

  private static Rejection invalid(String message) {
    return new Rejection(Errno.EINVAL, message);
  }
}
