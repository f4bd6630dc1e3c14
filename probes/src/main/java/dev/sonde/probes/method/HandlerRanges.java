package dev.sonde.probes.method;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import org.jspecify.annotations.Nullable;

/**
 * Which insns the handler of exceptions that leave a method covers: the method's own, without the
 * calls that Sonde has put before its returns. An empty range is illegal in a class file.
 */
final class HandlerRanges {
  private final MethodVisitor out;
  private final List<Label> ranges = new ArrayList<>(); // start, end, start, end ...
  private @Nullable Label start;
  private boolean hasInsn;

  HandlerRanges(MethodVisitor out) {
    this.out = out;
  }

  void openIfClosed() {
    if (start != null) {
      return;
    }
    Label here = new Label();
    out.visitLabel(here);
    start = here;
    hasInsn = false;
  }

  /** Notes that an insn follows that belongs to the range, if one is open. */
  void touch() {
    hasInsn = true;
  }

  /** Ends the range, which is kept if there is an insn in it. */
  void close() {
    if (start != null && hasInsn) {
      Label end = new Label();
      out.visitLabel(end);
      ranges.add(start);
      ranges.add(end);
    }
    start = null;
    hasInsn = false;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Writes a handler of everything for all ranges, behind all others: the outermost. */
  void handleBy(Label handler) {
    for (int i = 0; i < ranges.size(); i += 2) {
      out.visitTryCatchBlock(ranges.get(i), ranges.get(i + 1), handler, null);
    }
  }
}
