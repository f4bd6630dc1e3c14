package dev.sonde.vm.program;

import dev.sonde.vm.context.ContextLayout;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import java.util.List;

/**
 * A program whose references are bound to live maps and known kfuncs. Verifier, interpreter and JIT
 * all read this one private, unchangeable copy: what was verified is what runs.
 *
 * @param spec the program as it was read
 * @param maps one for each of {@code spec.mapNames()}, in that order
 * @param kfuncs one for each of {@code spec.kfuncNames()}, in that order
 * @param contextLayout what it may touch of its context: its type's table, or that of the one event
 *     that it is attached to
 */
public record ResolvedProgram(
    ProgramSpec spec, List<BpfMap> maps, List<HelperProto> kfuncs, ContextLayout contextLayout) {

  /** Returns a program with the context of its type and section. */
  public ResolvedProgram(ProgramSpec spec, List<BpfMap> maps, List<HelperProto> kfuncs) {
    this(spec, maps, kfuncs, spec.type().contextLayout(spec.section()));
  }

  public ResolvedProgram {
    maps = List.copyOf(maps);
    kfuncs = List.copyOf(kfuncs);
    if (maps.size() != spec.mapNames().size() || kfuncs.size() != spec.kfuncNames().size()) {
      throw new IllegalArgumentException(
          "program \"%s\": %d maps and %d kfuncs bound, want %d and %d"
              .formatted(
                  spec.name(),
                  maps.size(),
                  kfuncs.size(),
                  spec.mapNames().size(),
                  spec.kfuncNames().size()));
    }
  }

  /** Returns this program with the context of one event of its type. */
  public ResolvedProgram withContextLayout(ContextLayout layout) {
    return new ResolvedProgram(spec, maps, kfuncs, layout);
  }

  public List<Insn> insns() {
    return spec.insns();
  }
}
