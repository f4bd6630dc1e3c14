package dev.sonde.verifier.require;

import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.map.Errno;
import java.util.ArrayList;
import java.util.List;

/** What was acquired must be released, once, on every path (V-140). */
final class References {
  private References() {}

  static void acquire(State state, int id, int insn) {
    List<Reference> references = new ArrayList<>(state.references());
    references.add(new Reference(id, insn));
    state.setReferences(references);
  }

  /** Takes {@code id} off the list; what points to it stays as it is. */
  static void drop(State state, int id) {
    List<Reference> references = new ArrayList<>(state.references());
    references.removeIf(reference -> reference.id() == id);
    state.setReferences(references);
  }

  /** Releases {@code id}: every copy of the pointer becomes a number. */
  static void release(State state, int id) {
    drop(state, id);
    state.replaceAll(reg -> reg.refId() == id ? Reg.UNKNOWN : reg);
  }

  static void requireNone(State state, String where) {
    if (state.references().isEmpty()) {
      return;
    }
    StringBuilder message = new StringBuilder();
    for (Reference reference : state.references()) {
      message.append(
          "Unreleased reference id=%d alloc_insn=%d\n".formatted(reference.id(), reference.insn()));
    }
    throw new Rejection(Errno.EINVAL, message + where + " would lead to reference leak");
  }
}
