package dev.sonde.verifier.require;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import java.util.HashMap;
import java.util.Map;

/**
 * One load or store cannot see kinds of memory that need different code (V-79): engines choose the
 * code by insn.
 */
final class SameKind {
  private final Map<Integer, Reg> seen = new HashMap<>();

  void check(int insn, Reg pointer) {
    Reg before = seen.get(insn);
    if (before == null) {
      seen.put(insn, pointer);
      return;
    }
    boolean same = before.kind() == pointer.kind() && before.flags() == pointer.flags();
    boolean typed = isTyped(before) && isTyped(pointer);
    if (!same && !typed && (isSpecial(before) || isSpecial(pointer))) {
      throw Step.invalid("same insn cannot be used with different pointers");
    }
  }

  private static boolean isSpecial(Reg reg) {
    return reg.kind() == RegKind.CTX || reg.kind().isSocket() || isTyped(reg);
  }

  /** Tells whether the memory is read fault-tolerantly. */
  private static boolean isTyped(Reg reg) {
    return reg.kind() == RegKind.BTF_ID || reg.isScalar();
  }
}
