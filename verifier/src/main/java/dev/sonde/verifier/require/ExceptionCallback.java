package dev.sonde.verifier.require;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.SubprogramSpec;
import org.jspecify.annotations.Nullable;

/**
 * The function that a program names for its exceptions: a global one that takes one number and
 * returns one. Nothing here throws, so that it is never called; a wrong one is refused as the
 * kernel does ({@code bpf_find_exception_callback_insn_off}, Linux 6.18).
 */
public final class ExceptionCallback {
  private static final String TAG = "exception_callback:";

  private ExceptionCallback() {}

  /**
   * @throws dev.sonde.verifier.log.Rejection if there is one that the kernel would refuse
   */
  public static void check(ProgramSpec program) {
    Btf btf = program.btf();
    if (btf == null) {
      return;
    }
    for (SubprogramSpec function : program.subprograms()) {
      String name = function.firstInsn() == 0 ? named(btf, function.funcTypeId()) : null;
      if (name != null) {
        check(program, btf, name);
      }
    }
  }

  private static @Nullable String named(Btf btf, int function) {
    String name = null;
    for (BtfType type : btf.types()) {
      if (type instanceof BtfType.DeclTag tag
          && tag.target() == function
          && tag.component() < 0
          && tag.name().startsWith(TAG)) {
        if (name != null) {
          throw Step.invalid("multiple exception callback tags for main subprog");
        }
        name = tag.name().substring(TAG.length());
      }
    }
    return name;
  }

  private static void check(ProgramSpec program, Btf btf, String name) {
    int id = btf.find(name, BtfType.Func.class).orElse(0);
    if (!(btf.type(id) instanceof BtfType.Func function)) {
      throw Step.invalid("exception callback '%s' could not be found in BTF".formatted(name));
    }
    if (function.linkage() != BtfType.Linkage.GLOBAL) {
      throw Step.invalid("exception callback '%s' must have global linkage".formatted(name));
    }
    Prototype prototype = Prototype.of(program, new SubprogramSpec(0, name, id, true));
    if (prototype.parameters().size() != 1
        || prototype.parameters().get(0).kind() != Prototype.Kind.NUMBER) {
      throw Step.invalid("exception cb only supports single integer argument");
    }
  }
}
