package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.program.Proof;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of the context the main function takes as parameters instead of the context's
 * address; none where it takes the address.
 */
final class ContextFields {
  static final ContextFields NONE = new ContextFields(null, List.of(), false);

  private final @Nullable Knowledge known;
  private final List<ContextField> fields;
  private final boolean replaced;

  private ContextFields(@Nullable Knowledge known, List<ContextField> fields, boolean replaced) {
    this.known = known;
    this.fields = fields;
    this.replaced = replaced;
  }

  /** Returns the fields of the program, if all that it does with its context is to read them. */
  static ContextFields of(Knowledge known) {
    ProgramFacts facts = known.facts();
    boolean packet = known.proof().program().spec().type().contextLayout().hasPacket();
    if (facts == null || facts.contextReads() == null || packet || !isReadOnly(known)) {
      return NONE;
    }
    List<ContextField> fields =
        facts.contextReads().stream()
            .map(read -> new ContextField(read.offsetBytes(), read.sizeBytes()))
            .distinct()
            .sorted(
                java.util.Comparator.comparingInt(ContextField::offsetBytes)
                    .thenComparingInt(ContextField::sizeBytes))
            .toList();
    return new ContextFields(known, fields, true);
  }

  /** Every access of the context must be a load at a place of its own. */
  private static boolean isReadOnly(Knowledge known) {
    for (int i = 0; i < known.size(); i++) {
      if (known.isReached(i) && known.proof().memory(i) == Proof.Memory.CONTEXT) {
        ProgramFacts.Access access = known.access(i);
        boolean load = (known.insn(i).opcode() & 7) == dev.sonde.vm.isa.Opcodes.LDX;
        if (!load || access == null || !access.constantOffset()) {
          return false;
        }
      }
    }
    return true;
  }

  List<ContextField> fields() {
    return fields;
  }

  /** Tells whether the main function takes fields. */
  boolean isReplaced() {
    return replaced;
  }

  /** Returns the parameter's local that holds what the load at {@code index} loads, or -1. */
  int parameterOf(int index) {
    if (known == null || known.proof().memory(index) != Proof.Memory.CONTEXT) {
      return -1;
    }
    ProgramFacts.Access access = known.access(index);
    if (access == null) {
      return -1;
    }
    int size = known.insn(index).sizeBytes();
    int at = fields.indexOf(new ContextField(access.offsetBytes(), size));
    return at < 0 ? -1 : 1 + 2 * at; // behind the slot
  }
}
