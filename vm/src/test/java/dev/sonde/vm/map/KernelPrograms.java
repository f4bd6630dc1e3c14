package dev.sonde.vm.map;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The test's door to programs and ring mappings of the running kernel. */
final class KernelPrograms {
  private static final int SYS_MMAP = 9;
  private static final int SYS_BPF = 321;
  private static final int PROG_LOAD = 5;
  private static final int TEST_RUN = 10;
  private static final int ATTR_BYTES = 128;
  static final int SOCKET_FILTER = 1;
  static final int RAW_TRACEPOINT = 17;

  private KernelPrograms() {}

  /** Encodes an insn. */
  static long insn(int opcode, int dst, int src, int offset, int imm) {
    return opcode | dst << 8 | src << 12 | (offset & 0xffffL) << 16 | (long) imm << 32;
  }

  /** Returns a descriptor or a negative errno. */
  static int load(int type, long... insns) {
    try (Memory attr = cleared();
        Memory code = new Memory(insns.length * 8L);
        Memory license = new Memory(4)) {
      code.write(0, insns, 0, insns.length);
      license.setString(0, "GPL");
      attr.setInt(0, type);
      attr.setInt(4, insns.length);
      attr.setLong(8, Pointer.nativeValue(code));
      attr.setLong(16, Pointer.nativeValue(license));
      return bpf(PROG_LOAD, attr);
    }
  }

  /** Runs a program and returns its r0 as an int; a packet of 64 bytes where it takes one. */
  static int run(int fd, int repeat) {
    try (Memory attr = cleared();
        Memory packet = new Memory(64)) {
      packet.clear();
      attr.setInt(0, fd);
      if (repeat > 0) {
        attr.setInt(8, 64);
        attr.setLong(16, Pointer.nativeValue(packet));
        attr.setInt(32, repeat);
      }
      int answer = bpf(TEST_RUN, attr);
      if (answer < 0) {
        throw new IllegalStateException("test_run: " + Errno.name(-answer));
      }
      return attr.getInt(4);
    }
  }

  /** Runs a socket filter once on a packet whose words, in network order, follow the header. */
  static int runOn(int fd, int... words) {
    try (Memory attr = cleared();
        Memory packet = new Memory(64)) {
      packet.clear();
      for (int i = 0; i < words.length; i++) {
        packet.setInt(14 + 4L * i, Integer.reverseBytes(words[i]));
      }
      attr.setInt(0, fd);
      attr.setInt(8, 64);
      attr.setLong(16, Pointer.nativeValue(packet));
      attr.setInt(32, 1);
      int answer = bpf(TEST_RUN, attr);
      if (answer < 0) {
        throw new IllegalStateException("test_run: " + Errno.name(-answer));
      }
      return attr.getInt(4);
    }
  }

  /** Maps part of a ring map's memory. */
  static ByteBuffer map(int fd, long offset, long bytes, boolean writable) {
    long address = KernelMaps.syscall(SYS_MMAP, 0, bytes, writable ? 3 : 1, 1, fd, offset);
    if (address < 0 && address > -4096) {
      throw new IllegalStateException("mmap: " + Native.getLastError());
    }
    ByteBuffer buffer = new Pointer(address).getByteBuffer(0, bytes);
    return (writable ? buffer : buffer.asReadOnlyBuffer()).order(ByteOrder.nativeOrder());
  }

  private static Memory cleared() {
    Memory attr = new Memory(ATTR_BYTES);
    attr.clear();
    return attr;
  }

  private static int bpf(int command, Memory attr) {
    long answer =
        KernelMaps.syscall(SYS_BPF, command, Pointer.nativeValue(attr), ATTR_BYTES, 0, 0, 0);
    return answer < 0 ? -Native.getLastError() : (int) answer;
  }
}
