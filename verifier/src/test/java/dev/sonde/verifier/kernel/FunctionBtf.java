package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/**
 * The least BTF with which the kernel takes a program that passes functions to helpers: every
 * function is a static {@code int f(void)}. Layout: include/uapi/linux/btf.h.
 */
final class FunctionBtf {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int KIND_INT = 1;
  private static final int KIND_FUNC = 12;
  private static final int KIND_FUNC_PROTO = 13;
  private static final int SIGNED = 1 << 24;
  private static final byte[] NAMES = "\0int\0f\0".getBytes(StandardCharsets.US_ASCII);
  private static final int TYPE_BYTES = 16 + 12 + 12;

  /** The type of {@code f}. */
  static final int FUNCTION = 3;

  private FunctionBtf() {}

  static byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + TYPE_BYTES + NAMES.length);
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putShort((short) MAGIC).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
    out.putInt(0).putInt(TYPE_BYTES).putInt(TYPE_BYTES).putInt(NAMES.length);
    out.putInt(1).putInt(KIND_INT << 24).putInt(4).putInt(SIGNED | 32);
    out.putInt(0).putInt(KIND_FUNC_PROTO << 24).putInt(1);
    out.putInt(5).putInt(KIND_FUNC << 24).putInt(2);
    return out.put(NAMES).array();
  }

  static boolean isNeeded(List<Insn> insns) {
    return insns.stream().anyMatch(i -> i.isLdImm64() && i.src() == Opcodes.PSEUDO_FUNC);
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
