package dev.sonde.vm.elf;

import dev.sonde.vm.btf.CoreKind;
import dev.sonde.vm.btf.CoreRelocator;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.btf.PoisonedInsn;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;

/** Writes the answers of CO-RE relocations into insns. */
final class CorePatcher {
  private final CoreRelocator relocator;

  CorePatcher(CoreRelocator relocator) {
    this.relocator = relocator;
  }

  /** Returns {@code insns} of section {@code section} with every relocation answered. */
  List<Insn> patch(List<Insn> insns, List<BtfExt.CoreInfo> relocations, String section) {
    List<Insn> patched = new ArrayList<>(insns);
    for (BtfExt.CoreInfo relocation : relocations) {
      String where = "%s, slot %d: CO-RE".formatted(section, relocation.insn());
      CoreKind kind = CoreKind.of(relocation.kind());
      if (kind == null) {
        throw new ObjectFormatException(where, "relocation kind", relocation.kind(), "0 to 12");
      }
      if (relocation.insn() >= insns.size()) {
        throw new ObjectFormatException(
            where, "slot", relocation.insn(), "less than " + insns.size());
      }
      try {
        patch(
            patched,
            relocation,
            relocator.answer(kind, relocation.typeId(), relocation.access()),
            where);
      } catch (ObjectFormatException e) {
        throw e.where().startsWith(where) ? e : new ObjectFormatException(where, e.getMessage());
      }
    }
    return List.copyOf(patched);
  }

  private static void patch(
      List<Insn> insns, BtfExt.CoreInfo relocation, CoreRelocator.Answer answer, String where) {
    int at = relocation.insn();
    Insn insn = insns.get(at);
    int kind = insn.opcode() & 7;
    boolean wide = insn.isLdImm64() && at + 1 < insns.size();
    boolean memory = kind == Opcodes.LDX || kind == Opcodes.ST || kind == Opcodes.STX;
    if (answer.missing() || memory && answer.sizeBytes() < 0) {
      poison(insns, at, wide, relocation.typeId());
    } else if (kind == Opcodes.ALU || kind == Opcodes.ALU64) {
      insns.set(at, insn.withImm(narrow(answer.value(), where)));
    } else if (memory) {
      insns.set(at, moved(insn, answer, where));
    } else if (wide) {
      insns.set(at, insn.withImm((int) answer.value()));
      insns.set(at + 1, insns.get(at + 1).withImm((int) (answer.value() >> 32)));
    } else {
      throw new ObjectFormatException(
          where, "insn", "opcode 0x%02x".formatted(insn.opcode()), "ALU, load, store or lddw");
    }
  }

  private static void poison(List<Insn> insns, int at, boolean wide, int typeId) {
    insns.set(at, PoisonedInsn.of(typeId));
    if (wide) {
      insns.set(at + 1, PoisonedInsn.of(typeId));
    }
  }

  private static Insn moved(Insn insn, CoreRelocator.Answer answer, String where) {
    if (answer.value() != (short) answer.value()) {
      throw new ObjectFormatException(where, "offset", answer.value(), "at most 32767");
    }
    int opcode = answer.sizeBytes() == 0 ? insn.opcode() : sized(insn.opcode(), answer, where);
    return new Insn(opcode, insn.dst(), insn.src(), (int) answer.value(), insn.imm());
  }

  private static int sized(int opcode, CoreRelocator.Answer answer, String where) {
    int size =
        switch (answer.sizeBytes()) {
          case 1 -> Opcodes.B;
          case 2 -> Opcodes.H;
          case 4 -> Opcodes.W;
          case 8 -> Opcodes.DW;
          default ->
              throw new ObjectFormatException(
                  where, "field size", answer.sizeBytes() + " B", "1, 2, 4 or 8 B");
        };
    return opcode & ~0x18 | size;
  }

  private static int narrow(long value, String where) {
    if (value != (int) value && value >>> 32 != 0) {
      throw new ObjectFormatException(where, "value", value, "32 bits");
    }
    return (int) value;
  }
}
