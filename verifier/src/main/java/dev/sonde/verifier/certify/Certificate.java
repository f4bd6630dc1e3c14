package dev.sonde.verifier.certify;

import dev.sonde.verifier.transfer.State;
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

  public void add(int insn, State state) {
    claims.computeIfAbsent(insn, at -> new ArrayList<>()).add(new Claim(state.copy()));
  }

  List<Claim> at(int insn) {
    return claims.getOrDefault(insn, List.of());
  }

  /** Strikes out every state. */
  void clear() {
    claims.clear();
  }
}
