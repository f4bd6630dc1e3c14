package dev.sonde.vm.btf;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/**
 * What stands in the place of an insn whose CO-RE relocation found nothing on this machine: as
 * libbpf writes it, a call of a helper that no kernel has, so that only a program that reaches it
 * is refused. Its offset, which a call does not use, keeps the local type that was asked about.
 */
public final class PoisonedInsn {
  private static final int HELPER = 0xbad2310;
  private static final int MAX_TYPE_ID = 0xffff;

  private PoisonedInsn() {}

  /** Returns one that remembers {@code typeId}, if it is small enough. */
  public static Insn of(int typeId) {
    return new Insn(Opcodes.CALL, 0, 0, typeId <= MAX_TYPE_ID ? (short) typeId : 0, HELPER);
  }

  public static boolean is(Insn insn) {
    return insn.opcode() == Opcodes.CALL && insn.src() == 0 && insn.imm() == HELPER;
  }

  /** Returns the name of what is missing, "" where it has none; {@code btf} is the object's. */
  public static String typeName(Insn insn, Btf btf) {
    int typeId = insn.off() & MAX_TYPE_ID;
    if (typeId >= btf.types().size()) {
      return "";
    }
    String name = btf.resolved(typeId).name();
    return name.isEmpty() ? btf.type(typeId).name() : name; // a typedef of an unnamed struct
  }
}
