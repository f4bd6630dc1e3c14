package dev.sonde.jit;

import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.LineInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Which programs share a class. The JVM keeps 0.8 KB for a class that has nothing, and the names of
 * helpers and maps once more for each.
 */
final class SharedClasses {
  /** A larger program gains nothing. */
  private static final int MAX_INSNS = 1_000;

  private SharedClasses() {}

  /** Returns the programs of each class. */
  static List<List<VerifiedProgram>> of(List<VerifiedProgram> programs) {
    List<List<VerifiedProgram>> groups = new ArrayList<>();
    for (VerifiedProgram program : programs) {
      List<VerifiedProgram> group = null;
      for (List<VerifiedProgram> other : groups) {
        group = mayShare(other, program) ? other : group;
      }
      if (group == null) {
        group = new ArrayList<>();
        groups.add(group);
      }
      group.add(program);
    }
    return groups;
  }

  private static boolean mayShare(List<VerifiedProgram> group, VerifiedProgram program) {
    List<Insn> insns = program.program().insns();
    int together = group.stream().mapToInt(p -> p.program().insns().size()).sum() + insns.size();
    return together <= MAX_INSNS
        && file(group.get(0)).equals(file(program))
        && !setsTimers(program)
        && !setsTimers(group.get(0));
  }

  /** A class has one source file, which stack traces name. */
  private static String file(VerifiedProgram program) {
    List<LineInfo> lines = program.program().spec().lines();
    return lines.isEmpty() ? "" : lines.get(0).file();
  }

  /** Timers end with the program that set them, and know it by its class. */
  private static boolean setsTimers(VerifiedProgram program) {
    return program.program().insns().stream()
        .anyMatch(
            insn ->
                insn.opcode() == Opcodes.CALL
                    && insn.src() == 0
                    && insn.imm() == Helpers.TIMER_SET_CALLBACK);
  }
}
