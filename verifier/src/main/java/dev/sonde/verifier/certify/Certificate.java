package dev.sonde.verifier.certify;

import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * States that are said to hold at insns. Nothing here is trusted: a state that is missing or too
 * vague costs the checker time.
 */
public final class Certificate {
  /** One state. */
  static final class Claim {
    final State state;
    boolean wrong;

    Claim(State state) {
      this.state = state;
    }
  }

  private final Map<Integer, List<Claim>> claims = new HashMap<>();
  private int greatestId;

  public void add(int insn, State state) {
    greatestId = Math.max(greatestId, greatestId(state));
    claims.computeIfAbsent(insn, at -> new ArrayList<>()).add(new Claim(state.copy()));
  }

  List<Claim> at(int insn) {
    return claims.getOrDefault(insn, List.of());
  }

  /** Strikes out every state. */
  void clear() {
    claims.clear();
  }

  /** Returns the greatest id in any state: a new one must not be taken for one of these. */
  int greatestId() {
    return greatestId;
  }

  private static int greatestId(State state) {
    int greatest = state.lockId();
    for (Reference reference : state.references()) {
      greatest = Math.max(greatest, reference.id());
    }
    for (int number = 0; number < state.depth(); number++) {
      Frame frame = state.frame(number);
      for (int register = 0; register < Opcodes.REGISTERS; register++) {
        greatest = Math.max(greatest, greatestId(frame.reg(register)));
      }
      for (int slot = 0; slot < frame.slots(); slot++) {
        greatest = Math.max(greatest, greatestId(frame.spill(slot)));
      }
    }
    return greatest;
  }

  private static int greatestId(Reg reg) {
    boolean instance = reg.kind() == RegKind.MAP_PTR || reg.kind() == RegKind.MAP_VALUE;
    return Math.max(Math.max(reg.baseId(), reg.refId()), instance ? reg.extra() : 0);
  }
}
