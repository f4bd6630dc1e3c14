package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.jit.plan.References;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.program.Proof;
import java.util.List;
import java.util.stream.Collectors;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of the context the main function takes as parameters instead of the context's
 * address; none where it takes the address.
 */
final class ContextFields {
  private static final int BEHIND_SLOT = 1;

  static final ContextFields NONE = new ContextFields(null, List.of(), false, BEHIND_SLOT);

  private final @Nullable Knowledge known;
  private final List<ContextField> fields;
  private final boolean replaced;
  private final int first;

  private ContextFields(
      @Nullable Knowledge known, List<ContextField> fields, boolean replaced, int first) {
    this.first = first;
    this.known = known;
    this.fields = fields;
    this.replaced = replaced;
  }

  /** Returns the fields of the program, if all that it does with its context is to read them. */
  static ContextFields of(ProgramPlan plan) {
    Knowledge known = plan.known();
    ProgramFacts facts = known.facts();
    List<ProgramFacts.ContextRead> reads = facts == null ? null : facts.contextReads();
    if (reads == null || !known.readsContextByField()) {
      return NONE;
    }
    References references = plan.main().references();
    List<ContextField> fields =
        reads.stream()
            .map(
                read -> {
                  boolean word = read.sizeBytes() == 8;
                  boolean reference = word && references.isField(read.offsetBytes());
                  return new ContextField(read.offsetBytes(), read.sizeBytes(), reference);
                })
            .distinct()
            .sorted(ContextFields::byPlace)
            .toList();
    return new ContextFields(known, fields, true, BEHIND_SLOT);
  }

  /** Not of the JDK's combinators, which take 2 ms when a JVM first links their lambdas. */
  private static int byPlace(ContextField a, ContextField b) {
    int byOffset = Integer.compare(a.offsetBytes(), b.offsetBytes());
    return byOffset != 0 ? byOffset : Integer.compare(a.sizeBytes(), b.sizeBytes());
  }

  /** Returns the same fields for a method that has the first of them in local {@code local}. */
  ContextFields from(int local) {
    return new ContextFields(known, fields, replaced, local);
  }

  List<ContextField> fields() {
    return fields;
  }

  /** Tells whether the main function takes fields. */
  boolean isReplaced() {
    return replaced;
  }

  /** Returns the fields as parameters of a method's descriptor. */
  String descriptor() {
    return fields.stream()
        .map(field -> field.isReference() ? "Ljava/lang/Object;" : "J")
        .collect(Collectors.joining());
  }

  /** Returns the fields as frames describe parameters. */
  List<Object> types() {
    return fields.stream()
        .map(field -> field.isReference() ? (Object) "java/lang/Object" : Opcodes.LONG)
        .toList();
  }

  /** Pushes all fields. */
  void pushAll(Code code) {
    int local = first;
    for (ContextField field : fields) {
      code.load(field.isReference() ? Opcodes.ALOAD : Opcodes.LLOAD, local);
      local += field.isReference() ? 1 : 2;
    }
  }

  /**
   * Pushes what stands for the context's address: nobody reads there, but a program may ask whether
   * it is null, and hand it to helpers that leave it alone.
   */
  static void pushAddress(Code code) {
    code.load(Opcodes.ALOAD, 0);
    code.callVirtual(CarrierSlot.class, "contextAddress", "()J");
  }

  /** Returns how many locals the fields take. */
  int locals() {
    return localOf(fields.size()) - first;
  }

  private int localOf(int index) {
    int local = first;
    for (ContextField field : fields.subList(0, index)) {
      local += field.isReference() ? 1 : 2;
    }
    return local;
  }

  /** Returns the parameter's local that holds the reference at {@code offsetBytes}. */
  int referenceAt(int offsetBytes) {
    return localOf(fields.indexOf(new ContextField(offsetBytes, 8, true)));
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
    return at < 0 ? -1 : localOf(at);
  }
}
