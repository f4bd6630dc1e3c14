package dev.sonde.vm.map;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The test's door to bpf(2): maps of the running kernel, by file descriptor. */
final class KernelMaps {
  private static final int SYS_CLOSE = 3;
  private static final int SYS_BPF = 321;
  private static final int SYS_PIDFD_OPEN = 434;
  private static final int CREATE = 0;
  private static final int DELETE = 3;
  private static final int PROG_LOAD = 5;
  private static final int BTF_LOAD = 18;
  private static final int ATTR_BYTES = 128;

  /** What an operation answered: an errno, 0 for success, and the bytes that it wrote. */
  record Answer(int errno, byte[] bytes) {}

  static {
    Native.register(KernelMaps.class, NativeLibrary.getInstance("c"));
  }

  private KernelMaps() {}

  static native long syscall(long number, long a, long b, long c, long d, long e, long f);

  /** Tells whether this process may create maps here (x86-64 Linux, CAP_BPF). */
  static boolean isPermitted() {
    if (!System.getProperty("os.arch").equals("amd64")) {
      return false;
    }
    int fd = create(MapSpec.of("probe", MapType.ARRAY, 4, 8, 1), 0);
    if (fd >= 0) {
      close(fd);
    }
    return fd >= 0;
  }

  /** Returns how many CPUs a per-CPU value has. */
  static int possibleCpus() {
    try {
      String text = Files.readString(Path.of("/sys/devices/system/cpu/possible")).trim();
      return Integer.parseInt(text.substring(text.lastIndexOf('-') + 1)) + 1;
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  /** Returns a descriptor or a negative errno. */
  static int create(MapSpec spec, int innerFd) {
    try (Memory attr = attr()) {
      attr.setInt(0, spec.type().code());
      attr.setInt(4, spec.keySizeBytes());
      attr.setInt(8, spec.valueSizeBytes());
      attr.setInt(12, spec.maxEntries());
      attr.setInt(16, spec.flags());
      attr.setInt(20, innerFd);
      attr.setLong(64, spec.mapExtra());
      return bpf(CREATE, attr);
    }
  }

  /** As {@link #create}, with the types of key and value from loaded BTF. */
  static int create(MapSpec spec, int btfFd, int keyTypeId, int valueTypeId) {
    try (Memory attr = attr()) {
      attr.setInt(0, spec.type().code());
      attr.setInt(4, spec.keySizeBytes());
      attr.setInt(8, spec.valueSizeBytes());
      attr.setInt(12, spec.maxEntries());
      attr.setInt(16, spec.flags());
      attr.setInt(48, btfFd);
      attr.setInt(52, keyTypeId);
      attr.setInt(56, valueTypeId);
      return bpf(CREATE, attr);
    }
  }

  /** Loads BTF; returns a descriptor or a negative errno. */
  static int loadBtf(byte[] btf) {
    try (Memory attr = attr();
        Memory bytes = new Memory(btf.length)) {
      bytes.write(0, btf, 0, btf.length);
      attr.setLong(0, Pointer.nativeValue(bytes));
      attr.setInt(16, btf.length);
      return bpf(BTF_LOAD, attr);
    }
  }

  /** Returns a descriptor that stands for this process, as task storage wants for its key. */
  static int ownPidFd() {
    return (int) syscall(SYS_PIDFD_OPEN, ProcessHandle.current().pid(), 0, 0, 0, 0, 0);
  }

  /** Loads {@code r0 = 0; exit} as a socket filter; returns a descriptor or a negative errno. */
  static int loadTrivialProgram() {
    try (Memory attr = attr();
        Memory insns = new Memory(16);
        Memory license = new Memory(4)) {
      insns.setLong(0, 0xb7L);
      insns.setLong(8, 0x95L);
      license.setString(0, "GPL");
      attr.setInt(0, 1);
      attr.setInt(4, 2);
      attr.setLong(8, Pointer.nativeValue(insns));
      attr.setLong(16, Pointer.nativeValue(license));
      return bpf(PROG_LOAD, attr);
    }
  }

  /** Runs an element command; {@code second} is the value or the next key. */
  static Answer element(int command, int fd, byte[] key, byte[] second, long flags) {
    try (Memory attr = attr();
        Memory keyMemory = new Memory(Math.max(8, key == null ? 0 : key.length));
        Memory valueMemory = new Memory(Math.max(8, second.length))) {
      if (key != null) {
        keyMemory.write(0, key, 0, key.length);
      }
      valueMemory.write(0, second, 0, second.length);
      attr.setInt(0, fd);
      attr.setLong(8, key == null || key.length == 0 ? 0 : Pointer.nativeValue(keyMemory));
      attr.setLong(16, command == DELETE ? 0 : Pointer.nativeValue(valueMemory));
      attr.setLong(24, flags);
      int answer = bpf(command, attr);
      byte[] bytes = valueMemory.getByteArray(0, second.length);
      return new Answer(answer < 0 ? -answer : 0, bytes);
    }
  }

  static void close(int fd) {
    syscall(SYS_CLOSE, fd, 0, 0, 0, 0, 0);
  }

  private static Memory attr() {
    Memory attr = new Memory(ATTR_BYTES);
    attr.clear();
    return attr;
  }

  private static int bpf(int command, Memory attr) {
    long answer = syscall(SYS_BPF, command, Pointer.nativeValue(attr), ATTR_BYTES, 0, 0, 0);
    return answer < 0 ? -Native.getLastError() : (int) answer;
  }
}
