package dev.sonde.vm.program;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.isa.Insn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program before it is loaded: pure data, one self-contained run of insns (the main program
 * first, every subprogram that it reaches behind it, as libbpf links them).
 *
 * <p>References are indices, never file descriptors: an lddw of a map (src 1, 2) has in {@code imm}
 * an index into {@code mapNames}, a kfunc call (src 2) one into {@code kfuncNames}. Calls of
 * subprograms (src 1) and function pointers (lddw src 4) are relative to the insn, as in the
 * kernel.
 *
 * @param name the function's name in the object
 * @param section the whole section name, which also says the type and the default attach target
 * @param type what the section or the user says it is
 * @param insns slots; an lddw takes two
 * @param mapNames the maps that it uses
 * @param kfuncNames the kfuncs that it calls
 * @param license the object's licence string, "" if it has none
 * @param subprograms by first insn, the main program first
 * @param lines source lines by insn, ascending; empty without BTF.ext
 * @param btf the object's types, null without BTF
 */
public record ProgramSpec(
    String name,
    String section,
    ProgramType type,
    List<Insn> insns,
    List<String> mapNames,
    List<String> kfuncNames,
    String license,
    List<SubprogramSpec> subprograms,
    List<LineInfo> lines,
    @Nullable Btf btf) {

  public ProgramSpec {
    insns = List.copyOf(insns);
    mapNames = List.copyOf(mapNames);
    kfuncNames = List.copyOf(kfuncNames);
    subprograms = List.copyOf(subprograms);
    lines = List.copyOf(lines);
  }

  /** Returns a program of bare insns: no maps, kfuncs, subprogram names, lines or BTF. */
  public static ProgramSpec of(String name, ProgramType type, List<Insn> insns) {
    return new ProgramSpec(
        name,
        "",
        type,
        insns,
        List.of(),
        List.of(),
        "GPL",
        List.of(new SubprogramSpec(0, name, 0, false)),
        List.of(),
        null);
  }

  /** Returns this program with other insns and the kfuncs that they call. */
  public ProgramSpec withKfuncs(List<Insn> newInsns, List<String> newKfuncNames) {
    return new ProgramSpec(
        name, section, type, newInsns, mapNames, newKfuncNames, license, subprograms, lines, btf);
  }
}
