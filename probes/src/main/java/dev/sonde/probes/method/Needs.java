package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.reflect.Method;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a program asks for anything beyond its arguments, its carrier's number, maps and rings:
 * the event, the clock, handles, a tail call. Most counters and histograms do not, and for them a
 * run needs no event, no pinning and nothing to clean up.
 */
final class Needs {
  /** The only kfunc that needs nothing but its argument. */
  private static final String BITS = "bpf_fls64";

  /** Helpers that take the slot, yet only for its number or the records that it holds. */
  private static final Set<String> OF_THE_SLOT =
      Set.of(
          "bpf_map_lookup_elem",
          "bpf_map_update_elem",
          "bpf_get_smp_processor_id",
          "bpf_get_prandom_u32",
          "bpf_ringbuf_reserve",
          "bpf_ringbuf_submit",
          "bpf_ringbuf_discard");

  /** Helpers that hold no record and wait for no lock. */
  private static final Set<String> NEVER_WAIT =
      Set.of(
          "bpf_map_lookup_elem",
          "bpf_map_lookup_percpu_elem",
          "bpf_get_smp_processor_id",
          "bpf_get_prandom_u32",
          BITS);

  private Needs() {}

  /** Tells whether all that a program calls is known to need nothing of the event. */
  static boolean none(ResolvedProgram program) {
    return !program.insns().isEmpty()
        && program.insns().stream().allMatch(insn -> none(program, insn));
  }

  /**
   * Tells whether a run may wait for a lock or leave a record of a ring behind: a virtual thread is
   * pinned for it, lest it goes on on another carrier, and what was left behind is looked for.
   */
  static boolean mayWait(ResolvedProgram program) {
    return !none(program) || !program.insns().stream().allMatch(insn -> neverWaits(program, insn));
  }

  private static boolean neverWaits(ResolvedProgram program, Insn insn) {
    HelperProto callee = callee(program, insn);
    return callee == null || NEVER_WAIT.contains(callee.name());
  }

  private static boolean none(ResolvedProgram program, Insn insn) {
    if (insn.isKfuncCall()) {
      return program.kfuncs().get(insn.imm()).name().equals(BITS);
    }
    return insn.opcode() != Opcodes.MAY_GOTO // its turns are counted on the slot
        && (!insn.isHelperCall() || none(Helpers.byId(insn.imm())));
  }

  private static @Nullable HelperProto callee(ResolvedProgram program, Insn insn) {
    if (insn.isKfuncCall()) {
      return program.kfuncs().get(insn.imm());
    }
    return insn.isHelperCall() ? Helpers.byId(insn.imm()) : null;
  }

  private static boolean none(@Nullable HelperProto helper) {
    Method body = helper == null ? null : helper.body();
    if (helper == null || body == null) {
      return false; // a construct of the engine: a tail call, a loop
    }
    Class<?>[] parameters = body.getParameterTypes();
    boolean takesSlot = parameters.length > 0 && parameters[0] == CarrierSlot.class;
    return !takesSlot || OF_THE_SLOT.contains(helper.name());
  }
}
