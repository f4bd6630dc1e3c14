package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.KprobeTarget;
import dev.sonde.probes.NativeTarget;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.Map;

/** Calls that a record cannot serve, refused with a word before anything is opened. */
final class RefusedCalls {
  private static final Map<Integer, String> KERNEL_MEMORY =
      Map.of(113, "bpf_probe_read_kernel", 115, "bpf_probe_read_kernel_str");

  private RefusedCalls() {}

  /**
   * Checks the calls of {@code program} against what {@code target}'s records hold.
   *
   * @throws AttachException if there is one that they cannot serve
   */
  static void check(ResolvedProgram program, NativeTarget target) {
    if (!(target instanceof KprobeTarget)) {
      return; // kernel pointers come from registers in the kernel only
    }
    for (Insn insn : program.insns()) {
      String name =
          insn.opcode() == Opcodes.CALL && insn.src() == 0 ? KERNEL_MEMORY.get(insn.imm()) : null;
      if (name != null) {
        throw new AttachException(
            "program \"%s\": target %s: calls %s: got a record of the event, which holds registers but no kernel memory; want a tracepoint, whose record holds the values"
                .formatted(program.spec().name(), target, name));
      }
    }
  }
}
