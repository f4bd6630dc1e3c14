package dev.sonde.vm.interp;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import java.util.Set;

/**
 * A program that a test knows to be safe.
 *
 * @param contextInsns which slots load from or store to the context
 */
record TestProof(ResolvedProgram program, Set<Integer> contextInsns) implements Proof {
  static TestProof of(ProgramType type, String asm, BpfMap... maps) {
    return of(type, asm, Set.of(), maps);
  }

  static TestProof of(ProgramType type, String asm, Set<Integer> contextInsns, BpfMap... maps) {
    List<String> names = java.util.stream.Stream.of(maps).map(m -> m.spec().name()).toList();
    ProgramSpec spec =
        new ProgramSpec(
            "test",
            "",
            type,
            Assembler.assemble(asm),
            names,
            List.of(),
            "GPL",
            List.of(new SubprogramSpec(0, "test", 0, false)),
            List.of(),
            null);
    return new TestProof(new ResolvedProgram(spec, List.of(maps), List.of()), contextInsns);
  }

  @Override
  public boolean isReached(int insn) {
    return true;
  }

  @Override
  public Memory memory(int insn) {
    return contextInsns.contains(insn) ? Memory.CONTEXT : Memory.PLAIN;
  }
}
