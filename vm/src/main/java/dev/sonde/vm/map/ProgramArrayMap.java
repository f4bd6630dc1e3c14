package dev.sonde.vm.map;

import org.jspecify.annotations.Nullable;

/**
 * What bpf_tail_call needs of a BPF_MAP_TYPE_PROG_ARRAY map. This room knows no programs, so a slot
 * holds whatever the engines take for one ({@code vm.program.ExecutableProgram}).
 */
public abstract class ProgramArrayMap extends BpfMap {
  protected ProgramArrayMap(MapSpec spec) {
    super(spec);
  }

  /** Returns what slot {@code index} holds; null when it is empty or past the end. */
  public abstract @Nullable Object program(int index);

  /** Puts a program into slot {@code index}, or empties it with null; any thread, at any time. */
  public abstract void setProgram(int index, @Nullable Object program);
}
