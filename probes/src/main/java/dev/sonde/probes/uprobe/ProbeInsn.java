package dev.sonde.probes.uprobe;

/**
 * What the kernel does with the insn that a uprobe replaces (arch/x86/kernel/uprobes.c): a few it
 * emulates, the others it runs out of line under the single-step flag, which costs 10 to 25 times
 * as much.
 */
enum ProbeInsn {
  PUSH("push", true),
  NOP("nop", true),
  /** The nops of several bytes that the kernel itself uses; emulated since Linux 6.18. */
  LONG_NOP("a long nop", LongNops.EMULATED),
  JUMP("a jump", true),
  CALL("a call", true),
  ENDBR64("endbr64", false),
  OTHER("an insn that the kernel does not emulate", false);

  private final String text;
  private final boolean emulated;

  ProbeInsn(String text, boolean emulated) {
    this.text = text;
    this.emulated = emulated;
  }

  String text() {
    return text;
  }

  boolean isEmulated() {
    return emulated;
  }

  /** Returns the kind of the insn that begins at {@code at}. */
  static ProbeInsn of(byte[] code, int at) {
    int first = byteAt(code, at);
    int second = byteAt(code, at + 1);
    if (first >= 0x50 && first <= 0x57 || first == 0x41 && second >= 0x50 && second <= 0x57) {
      return PUSH;
    }
    if (first == 0x90 || first == 0x66 && second == 0x90) {
      return NOP;
    }
    if (LongNops.startsWith(code, at)) {
      return LONG_NOP;
    }
    if (first == 0xe8) {
      return CALL;
    }
    if (first == 0xe9
        || first == 0xeb
        || first >= 0x70 && first <= 0x7f
        || first == 0x0f && second >= 0x80 && second <= 0x8f) {
      return JUMP;
    }
    boolean endbr =
        first == 0xf3
            && second == 0x0f
            && byteAt(code, at + 2) == 0x1e
            && byteAt(code, at + 3) == 0xfa;
    return endbr ? ENDBR64 : OTHER;
  }

  private static int byteAt(byte[] code, int at) {
    return at < code.length ? code[at] & 0xff : -1;
  }
}
