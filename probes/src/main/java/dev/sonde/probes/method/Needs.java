package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.HelperTurns;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
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

  /** Helpers that take the slot, yet only for its number or what it holds. */
  private static final Set<String> OF_THE_SLOT =
      Set.of(
          "bpf_map_lookup_elem",
          "bpf_map_lookup_percpu_elem",
          "bpf_map_update_elem",
          "bpf_map_delete_elem",
          "bpf_get_smp_processor_id",
          "bpf_get_prandom_u32",
          "bpf_spin_lock",
          "bpf_spin_unlock",
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

  /** Helpers that copy a value of the map. */
  private static final Set<String> OF_VALUES =
      Set.of("bpf_map_update_elem", "bpf_map_push_elem", "bpf_map_pop_elem", "bpf_map_peek_elem");

  /** Helpers that look for a key. */
  private static final Set<String> OF_KEYS =
      Set.of(
          "bpf_map_lookup_elem",
          "bpf_map_lookup_percpu_elem",
          "bpf_map_update_elem",
          "bpf_map_delete_elem");

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
    HelperProto helper = insn.isHelperCall() ? Helpers.byId(insn.imm()) : null;
    return !countsTurns(program, insn, helper) && (!insn.isHelperCall() || none(helper));
  }

  /** What may go on for long counts its turns on the slot, from the beginning of a run. */
  private static boolean countsTurns(
      ResolvedProgram program, Insn insn, @Nullable HelperProto helper) {
    if (helper == null) {
      return insn.opcode() == Opcodes.MAY_GOTO || insn.isPseudoCall();
    }
    boolean copies = OF_VALUES.contains(helper.name());
    boolean looks = OF_KEYS.contains(helper.name());
    return HelperTurns.fixed(helper) > 0
        || HelperTurns.sizeRegister(helper) > 0
        || looks && program.maps().stream().anyMatch(Needs::isDeep)
        || copies && program.maps().stream().anyMatch(Needs::isLarge);
  }

  private static boolean isLarge(BpfMap map) {
    return HelperTurns.ofBytes(map.spec().valueSizeBytes()) > 0;
  }

  private static boolean isDeep(BpfMap map) {
    return HelperTurns.ofSearch(map) > 0;
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
