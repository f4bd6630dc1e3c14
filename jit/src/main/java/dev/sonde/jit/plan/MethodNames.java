package dev.sonde.jit.plan;

import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.HashSet;
import java.util.Set;

/** Makes method names of function names, all different in one class. */
public final class MethodNames {
  private final Set<String> taken = new HashSet<>();

  /** Returns the name of the function of {@code program} that begins at {@code entry}. */
  String of(ProgramSpec program, int entry) {
    String legal = given(program, entry).replaceAll("[^A-Za-z0-9_$]", "_");
    String name = legal.isEmpty() ? "program" : legal;
    String free = name;
    for (int number = Math.max(entry, 2); !taken.add(free); number++) {
      free = name + "_" + number;
    }
    return free;
  }

  private static String given(ProgramSpec program, int entry) {
    if (entry == 0) {
      return program.name();
    }
    return program.subprograms().stream()
        .filter(subprogram -> subprogram.firstInsn() == entry)
        .map(SubprogramSpec::name)
        .findFirst()
        .orElse("subprog_" + entry);
  }
}
