package dev.sonde.probes.record;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.Set;

/**
 * What of an event a program looks at, found in its calls: what it does not look at need not be
 * recorded.
 *
 * @param stacks whether it asks for stacks
 * @param userMemory whether it reads memory of the traced process
 */
record SampleNeeds(boolean stacks, boolean userMemory) {
  /** bpf_get_stackid, bpf_get_stack, bpf_get_task_stack. */
  private static final Set<Integer> STACKS = Set.of(27, 67, 141);

  /** bpf_probe_read, _str, _user, _user_str, bpf_copy_from_user, _task. */
  private static final Set<Integer> MEMORY = Set.of(4, 45, 112, 114, 148, 191);

  private static final int TAIL_CALL = 12;

  /** Enough for arguments and strings that lie in the frames next to the event. */
  private static final int NEAR_STACK_BYTES = 2048;

  /** What a mixed stack of a Java thread takes: 99 of 100 are complete with it. */
  private static final int WHOLE_STACK_BYTES = 16_384;

  static SampleNeeds of(ResolvedProgram program) {
    boolean stacks = false;
    boolean memory = false;
    for (Insn insn : program.insns()) {
      if (insn.opcode() == Opcodes.CALL && insn.src() == 0) {
        boolean unknown = insn.imm() == TAIL_CALL; // whatever is called in the end
        stacks |= unknown || STACKS.contains(insn.imm());
        memory |= unknown || MEMORY.contains(insn.imm());
      }
    }
    return new SampleNeeds(stacks, memory);
  }

  SampleNeeds or(SampleNeeds other) {
    return new SampleNeeds(stacks || other.stacks, userMemory || other.userMemory);
  }

  /** Returns how much of the user's stack a record must hold. */
  int stackBytes() {
    return stacks ? WHOLE_STACK_BYTES : userMemory ? NEAR_STACK_BYTES : 0;
  }
}
