package dev.sonde.vm;

import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ExternSpec;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds the names of a program to maps and kfuncs. Whether a kfunc is there becomes a constant (its
 * address: 1 or 0), so that a program can ask before it calls; a call of a weak kfunc that is not
 * there becomes a call that no verifier lets be reached.
 */
final class ProgramBinder {
  /** As libbpf's poisoned calls: an id that no helper has, easy to recognize in a log. */
  static final int MISSING_KFUNC = 2_002_000_000;

  private static final int ADDRESS = -2; // among the new indices: no kfunc, a number

  private final Map<String, BpfMap> maps;
  private final Map<String, String> missingMaps;
  private final Function<String, @Nullable HelperProto> kfuncs;
  private final Map<String, ExternSpec> externs = new HashMap<>();
  private final Map<String, Long> addresses;
  private final String object;

  ProgramBinder(
      CollectionSpec spec, OpenMaps open, Function<String, @Nullable HelperProto> kfuncs) {
    this.object = spec.name();
    this.maps = open.maps();
    this.missingMaps = open.missing();
    this.kfuncs = kfuncs;
    this.addresses = KernelAddresses.of(spec);
    for (ExternSpec extern : spec.externs()) {
      externs.put(extern.name(), extern);
    }
  }

  /** Returns what the program wants that is not here, null when it can be bound. */
  @Nullable UnboundProgram unbound(ProgramSpec program) {
    String where = "object \"%s\": program \"%s\": ".formatted(object, program.name());
    for (String name : program.mapNames()) {
      String why = missingMaps.get(name);
      if (why != null) {
        return new UnboundProgram(program, where + why);
      }
    }
    for (String name : program.kfuncNames()) {
      ExternSpec extern = externs.get(name);
      boolean weak = extern != null && extern.weak();
      if (weak || addresses.containsKey(name) || kfuncs.apply(name) != null) {
        continue;
      }
      boolean address = extern != null && extern.kind() == ExternSpec.Kind.ADDRESS;
      return new UnboundProgram(
          program,
          address
              ? where + "extern \"%s\": not in /proc/kallsyms, want it __weak".formatted(name)
              : where
                  + "kfunc \"%s\": no such one; declare it __weak and ask".formatted(name)
                  + " whether it is there, or see 'sonde feature' for those that are");
    }
    return null;
  }

  /** Binds a program that is not {@link #unbound}. */
  ResolvedProgram bind(ProgramSpec program) {
    List<HelperProto> found = new ArrayList<>();
    int[] newIndex = new int[program.kfuncNames().size()];
    List<String> names = new ArrayList<>();
    for (int i = 0; i < newIndex.length; i++) {
      String name = program.kfuncNames().get(i);
      if (addresses.containsKey(name)) {
        newIndex[i] = ADDRESS;
        continue;
      }
      HelperProto kfunc = kfuncs.apply(name);
      newIndex[i] = kfunc == null ? -1 : names.size();
      if (kfunc != null) {
        names.add(name);
        found.add(kfunc);
      }
    }
    ProgramSpec bound = program.withKfuncs(rewrite(program, newIndex), names);
    return new ResolvedProgram(
        bound, program.mapNames().stream().map(n -> map(program, n)).toList(), found);
  }

  private BpfMap map(ProgramSpec program, String name) {
    BpfMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException(
          "object \"%s\": program \"%s\": map \"%s\": no such one, want one of %s"
              .formatted(object, program.name(), name, maps.keySet()));
    }
    return map;
  }

  private List<Insn> rewrite(ProgramSpec program, int[] newIndex) {
    List<Insn> insns = program.insns();
    if (newIndex.length == 0) {
      return insns;
    }
    List<Insn> rewritten = new ArrayList<>(insns);
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      if (insn.isKfuncCall()) {
        int index = newIndex[insn.imm()]; // an address is nothing that can be called
        rewritten.set(i, index < 0 ? insn.withSrc(0).withImm(MISSING_KFUNC) : insn.withImm(index));
      } else if (insn.isLdImm64()) {
        if (insn.src() == Opcodes.PSEUDO_BTF_ID) {
          long value = value(program.kfuncNames().get(insn.imm()), newIndex[insn.imm()]);
          rewritten.set(i, insn.withSrc(0).withImm((int) value));
          rewritten.set(i + 1, insns.get(i + 1).withImm((int) (value >> 32)));
        }
        i++;
      }
    }
    return rewritten;
  }

  private long value(String name, int index) {
    if (index == ADDRESS) {
      return addresses.getOrDefault(name, 0L);
    }
    return index < 0 ? 0 : 1;
  }
}
