package dev.sonde.probes.method;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Follows a constructor's code, insn by insn, to know where its receiver does not exist for the JVM
 * yet: until {@code super(...)} or {@code this(...)} has returned. There may be several such calls,
 * each on a way of its own through the code (Groovy writes a switch of them), so that the last one
 * that was met does not tell. Where ways meet, the frame does; in class files that have none, the
 * jumps that lead there.
 */
final class Construction {
  private final boolean isConstructor;
  private final Map<Label, Boolean> atTargets = new HashMap<>();
  private final Map<Label, List<Label>> handlers = new HashMap<>(); // by the start of their range
  private boolean pending;
  private boolean reached = true; // from the insn before
  private int news; // objects of a `new` whose constructor was not called yet

  Construction(boolean isConstructor) {
    this.isConstructor = isConstructor;
    this.pending = isConstructor;
  }

  /** Tells whether the receiver is not constructed at the insn that comes next. */
  boolean isPending() {
    return pending;
  }

  void handler(Label start, Label handler) {
    if (isConstructor) {
      handlers.computeIfAbsent(start, label -> new ArrayList<>()).add(handler);
    }
  }

  /** An insn leads to {@code target}. */
  void jump(Label target) {
    if (isConstructor) {
      atTargets.merge(target, pending, Boolean::logicalOr);
    }
  }

  /** The insn that was met last never leads to the next. */
  void end() {
    reached = false;
  }

  void label(Label label) {
    if (!isConstructor) {
      return;
    }
    Boolean jumped = atTargets.get(label);
    if (jumped != null) {
      pending = jumped || reached && pending;
    } else if (!reached) {
      pending = true; // unless a frame says better
    }
    reached = true;
    handlers.getOrDefault(label, List.of()).forEach(this::jump);
  }

  void frame(Object[] locals, int localCount, Object[] stack, int stackCount) {
    if (!isConstructor) {
      return;
    }
    Set<Object> made = new HashSet<>();
    pending = false;
    for (int i = 0; i < localCount; i++) {
      pending |= locals[i] == Opcodes.UNINITIALIZED_THIS;
      made.add(locals[i]);
    }
    for (int i = 0; i < stackCount; i++) {
      made.add(stack[i]);
    }
    news = (int) made.stream().filter(Label.class::isInstance).count();
    reached = true;
  }

  void made() {
    news++;
  }

  /** Tells whether a constructor call that comes now is of the receiver, not of a {@code new}. */
  boolean isOfReceiver() {
    return pending && news == 0;
  }

  /** A constructor was called. */
  void constructed() {
    if (isOfReceiver()) {
      pending = false;
    } else {
      news--;
    }
  }
}
