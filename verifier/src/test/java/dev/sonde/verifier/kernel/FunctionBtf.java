package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import java.util.TreeSet;

/**
 * The least BTF with which the kernel takes a program that passes functions to helpers, or that has
 * global ones: a function is a static {@code int f(void)} or a global {@code long g(long, long *)}.
 */
final class FunctionBtf {
  private static final int STATIC = 0;
  private static final int GLOBAL = 1;
  private static final int FUNCTION = 3;
  private static final int GLOBAL_FUNCTION = 7;

  private FunctionBtf() {}

  static byte[] bytes() {
    BtfBytes btf = new BtfBytes();
    int returned = btf.addInt("int", 4);
    int proto = btf.add(BtfBytes.FUNC_PROTO, "", 0, returned);
    btf.add(BtfBytes.FUNC, "f", STATIC, proto); // FUNCTION
    int number = btf.addInt("long", 8);
    int cell = btf.add(BtfBytes.PTR, "", 0, number);
    int global =
        btf.add(
            BtfBytes.FUNC_PROTO, "", 2, number, btf.name("number"), number, btf.name("cell"), cell);
    btf.add(BtfBytes.FUNC, "g", GLOBAL, global); // GLOBAL_FUNCTION
    return btf.toBytes();
  }

  static boolean isNeeded(ProgramSpec spec, List<Insn> insns) {
    return passesFunctions(insns)
        || spec.btf() != null && spec.subprograms().stream().anyMatch(SubprogramSpec::global);
  }

  /** Tells whether a function is given to a helper. */
  static boolean passesFunctions(List<Insn> insns) {
    return insns.stream().anyMatch(i -> i.isLdImm64() && i.src() == Opcodes.PSEUDO_FUNC);
  }

  /** Returns the type of the function that begins at {@code start}. */
  static int typeAt(ProgramSpec spec, int start) {
    boolean global =
        spec.btf() != null
            && spec.subprograms().stream().anyMatch(f -> f.global() && f.firstInsn() == start);
    return global ? GLOBAL_FUNCTION : FUNCTION;
  }

  /** Returns the first insn of every function, ascending. */
  static TreeSet<Integer> functions(List<Insn> insns) {
    TreeSet<Integer> starts = new TreeSet<>(List.of(0));
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      boolean passes = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
      if (passes || insn.isPseudoCall()) {
        starts.add(i + 1 + insn.imm());
      }
      i += insn.isLdImm64() ? 1 : 0;
    }
    return starts;
  }
}
