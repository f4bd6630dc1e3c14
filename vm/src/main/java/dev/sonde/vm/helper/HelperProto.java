package dev.sonde.vm.helper;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One helper: the row that the verifier, both engines, {@code sonde feature} and the reference page
 * read.
 *
 * <p>The body is a public static method whose parameters are, in this order: a {@link
 * dev.sonde.vm.context.CarrierSlot} if it needs the environment of the run, then one per declared
 * argument: a {@link dev.sonde.vm.map.BpfMap} for CONST_MAP_PTR, a {@code long} for all others. It
 * returns {@code long} (r0, sign-extended) or {@code void}. No body means that the helper is a
 * construct of the engine itself (tail_call, loop, for_each_map_elem and the like).
 *
 * @param id the kernel's number, or the index of a kfunc
 * @param name the kernel's name, {@code bpf_} first
 * @param args up to five kinds
 * @param returns what r0 is afterwards
 * @param gplOnly whether the program's licence must be GPL compatible
 * @param families who may call it
 * @param changesPacket whether packet pointers are lost by the call
 * @param leavesContext whether the body never looks at the CTX argument: what it answers from is
 *     the event; so a caller may pass 0, and need not have the context in memory
 * @param work where the body is, null where the engine does the work; an engine that has the
 *     objects at hand takes {@link #referenceBody}: an {@code Object} for each HANDLE, {@link
 *     dev.sonde.vm.context.HandleTable#NONE} where there is no such handle
 */
public record HelperProto(
    int id,
    String name,
    List<ArgKind> args,
    ReturnKind returns,
    boolean gplOnly,
    Set<HelperFamily> families,
    boolean changesPacket,
    boolean leavesContext,
    @Nullable HelperBody work) {

  public HelperProto {
    args = List.copyOf(args);
    families = Set.copyOf(families);
  }

  /** Returns the body, null where the engine does the work. */
  public @Nullable Method body() {
    return work == null ? null : work.method();
  }

  /**
   * Returns the body that takes the objects themselves where {@link #body} takes handles; null
   * where there are none.
   */
  public @Nullable Method referenceBody() {
    return work == null ? null : work.referenceMethod();
  }

  /** Returns the kind of argument {@code index}, 0 to 4; DONTCARE past the last. */
  public ArgKind arg(int index) {
    return index < args.size() ? args.get(index) : ArgKind.DONTCARE;
  }
}
