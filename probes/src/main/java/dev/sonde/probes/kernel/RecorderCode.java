package dev.sonde.probes.kernel;

import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.isa.Insn;
import java.util.ArrayList;
import java.util.List;

/**
 * The insns of a recorder. What it writes as raw bytes:
 *
 * <pre>
 * u64 place, then for each pointer register { u64 address, u8 bytes[64] }; address 0: not there
 * </pre>
 *
 * Everything is on the program's stack: a scratch map could be overwritten by a program that
 * preempts this one.
 */
public final class RecorderCode {
  /** How many bytes are copied from behind a pointer. */
  public static final int WINDOW_BYTES = 64;

  /** What a window takes in a record. */
  public static final int WINDOW_STRIDE = 8 + WINDOW_BYTES;

  public static final int MAX_POINTERS = 6;

  private static final int GET_ATTACH_COOKIE = 174;
  private static final int PERF_EVENT_OUTPUT = 25;
  private static final int PROBE_READ_USER = 112;
  private static final int PROBE_READ_USER_STR = 114;
  private static final int PSEUDO_MAP_FD = 1;

  private final List<Insn> code = new ArrayList<>();
  private final int from; // of the raw bytes, relative to r10

  private RecorderCode(int pointers) {
    from = -(8 + pointers * WINDOW_STRIDE);
  }

  static List<Insn> of(int mapFd, List<PtRegs> pointers) {
    RecorderCode out = new RecorderCode(pointers.size());
    out.move(6, 1); // the context
    out.call(GET_ATTACH_COOKIE);
    out.store(out.from, 0);
    for (int i = 0; i < pointers.size(); i++) {
      out.window(pointers.get(i), out.from + 8 + i * WINDOW_STRIDE);
    }
    out.move(1, 6);
    out.add(0x18, 2, PSEUDO_MAP_FD, 0, mapFd); // r2 = map
    out.add(0, 0, 0, 0, 0);
    out.add(0xb4, 3, 0, 0, -1); // w3 = BPF_F_CURRENT_CPU
    out.stackAddress(4, out.from);
    out.set(5, -out.from);
    out.call(PERF_EVENT_OUTPUT);
    out.set(0, 0);
    out.add(0x95, 0, 0, 0, 0); // exit
    return out.code;
  }

  /** Copies what a register points to; up to its NUL where not so many bytes are there. */
  private void window(PtRegs register, int at) {
    add(0x79, 7, 6, register.offsetBytes(), 0); // r7 = *(u64 *)(r6 + register)
    store(at, 7);
    read(PROBE_READ_USER, at);
    add(0x15, 0, 0, 7, 0); // if r0 == 0 goto +7: all of it
    read(PROBE_READ_USER_STR, at); // 5 insns
    add(0x65, 0, 0, 1, 0); // if r0 s> 0 goto +1: a string
    add(0x7a, 10, 0, at, 0); // address = 0
  }

  /** {@code r0 = helper(r10 + at + 8, WINDOW_BYTES, r7)}: 5 insns. */
  private void read(int helper, int at) {
    stackAddress(1, at + 8);
    set(2, WINDOW_BYTES);
    move(3, 7);
    call(helper);
  }

  private void stackAddress(int register, int offset) {
    move(register, 10);
    add(0x07, register, 0, 0, offset);
  }

  private void store(int at, int register) {
    add(0x7b, 10, register, at, 0); // *(u64 *)(r10 + at) = register
  }

  private void move(int to, int register) {
    add(0xbf, to, register, 0, 0);
  }

  private void set(int register, int value) {
    add(0xb7, register, 0, 0, value);
  }

  private void call(int helper) {
    add(0x85, 0, 0, 0, helper);
  }

  private void add(int opcode, int dst, int src, int off, int imm) {
    code.add(new Insn(opcode, dst, src, off, imm));
  }
}
