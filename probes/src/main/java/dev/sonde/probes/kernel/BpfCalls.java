package dev.sonde.probes.kernel;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.linux.Syscall;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The commands of bpf(2) that Sonde uses, with their part of {@code union bpf_attr} (linux/bpf.h).
 */
final class BpfCalls {
  static final int MAP_TYPE_PERF_EVENT_ARRAY = 4;
  static final int PROG_TYPE_KPROBE = 2;
  static final int ATTACH_UPROBE_MULTI = 48; // BPF_TRACE_UPROBE_MULTI
  static final int UPROBE_MULTI_RETURN = 1;

  private static final int MAP_CREATE = 0;
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int PROG_LOAD = 5;
  private static final int LINK_CREATE = 28;
  private static final int ATTR_BYTES = 144;
  private static final int LOG_BYTES = 1 << 16;

  private final Linux linux;

  BpfCalls(Linux linux) {
    this.linux = linux;
  }

  /** Returns the descriptor of a new map. */
  int createMap(int type, int keyBytes, int valueBytes, int entries) {
    try (Scratch scratch = new Scratch()) {
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, type);
      RawMemory.putInt(attr + 4, keyBytes);
      RawMemory.putInt(attr + 8, valueBytes);
      RawMemory.putInt(attr + 12, entries);
      return call(MAP_CREATE, attr, "map of type " + type);
    }
  }

  void updateMap(int mapFd, int key, int value) {
    try (Scratch scratch = new Scratch()) {
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, mapFd);
      RawMemory.putLong(attr + 8, scratch.longs(key));
      RawMemory.putLong(attr + 16, scratch.longs(value));
      call(MAP_UPDATE_ELEM, attr, "map fd %d, key %d".formatted(mapFd, key));
    }
  }

  /** Returns the descriptor of a program of type kprobe; a rejection says its last log line. */
  int loadProgram(List<Insn> insns, int expectedAttachType) {
    try (Scratch scratch = new Scratch()) {
      long code = scratch.zeroed((long) insns.size() * Insn.SIZE_BYTES);
      for (int i = 0; i < insns.size(); i++) {
        RawMemory.putLong(code + (long) i * Insn.SIZE_BYTES, insns.get(i).toLong());
      }
      long log = scratch.zeroed(LOG_BYTES);
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, PROG_TYPE_KPROBE);
      RawMemory.putInt(attr + 4, insns.size());
      RawMemory.putLong(attr + 8, code);
      RawMemory.putLong(attr + 16, scratch.cString("GPL"));
      RawMemory.putInt(attr + 24, 1);
      RawMemory.putInt(attr + 28, LOG_BYTES);
      RawMemory.putLong(attr + 32, log);
      RawMemory.write(attr + 48, "sonde_record".getBytes(StandardCharsets.US_ASCII));
      RawMemory.putInt(attr + 68, expectedAttachType);
      long fd = linux.bpf(PROG_LOAD, attr, ATTR_BYTES);
      if (fd < 0) {
        throw new LinuxException(Syscall.BPF, "load: " + lastLine(log), (int) -fd);
      }
      return (int) fd;
    }
  }

  /**
   * Returns the descriptor of a link that runs {@code programFd} at {@code offsets} of a file.
   *
   * @param pid a process, 0: all
   */
  int linkUprobes(
      int programFd,
      String path,
      long[] offsets,
      long[] counterOffsets,
      long[] cookies,
      boolean returns,
      int pid) {
    try (Scratch scratch = new Scratch()) {
      long attr = scratch.zeroed(ATTR_BYTES);
      RawMemory.putInt(attr, programFd);
      RawMemory.putInt(attr + 8, ATTACH_UPROBE_MULTI);
      RawMemory.putLong(attr + 16, scratch.cString(path));
      RawMemory.putLong(attr + 24, scratch.longs(offsets));
      RawMemory.putLong(attr + 32, scratch.longs(counterOffsets));
      RawMemory.putLong(attr + 40, scratch.longs(cookies));
      RawMemory.putInt(attr + 48, offsets.length);
      RawMemory.putInt(attr + 52, returns ? UPROBE_MULTI_RETURN : 0);
      RawMemory.putInt(attr + 56, pid);
      return call(LINK_CREATE, attr, "uprobe_multi %s, %d places".formatted(path, offsets.length));
    }
  }

  private int call(int command, long attr, String on) {
    long result = linux.bpf(command, attr, ATTR_BYTES);
    if (result < 0) {
      throw new LinuxException(Syscall.BPF, on, (int) -result);
    }
    return (int) result;
  }

  private static String lastLine(long log) {
    byte[] bytes = RawMemory.read(log, LOG_BYTES);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String[] lines = new String(bytes, 0, end, StandardCharsets.UTF_8).strip().split("\n");
    return lines[lines.length - 1];
  }
}
