package dev.sonde.examples.demo;

import java.util.ArrayList;
import java.util.List;

/** Facts that must hold at the end; the demo's exit code is theirs. */
final class SelfCheck {
  private final List<String> lines = new ArrayList<>();
  private boolean failed;

  void equal(String what, long got, long want) {
    check(got == want, "%s: %,d".formatted(what, got), "got %,d, want %,d".formatted(got, want));
  }

  void check(boolean holds, String fact, String otherwise) {
    lines.add(holds ? "  ok      " + fact : "  FAILED  " + fact + ": " + otherwise);
    failed |= !holds;
  }

  boolean failed() {
    return failed;
  }

  List<String> lines() {
    return lines;
  }
}
