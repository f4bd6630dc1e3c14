package dev.sonde.agent.kernel;

import dev.sonde.probes.linux.Linux;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a test needs of bpf(2), through the project's own door. One thread at a time. */
final class BpfDoor implements AutoCloseable {
  static final int PACKET_ROOM = 512;
  private static final int ATTR_BYTES = 128;
  private static final int MAP_CREATE = 0;
  private static final int MAP_LOOKUP = 1;
  private static final int MAP_UPDATE = 2;
  private static final int PROG_LOAD = 5;
  private static final int TEST_RUN = 10;
  private static final int CODE_BYTES = 1 << 16;
  private static final int LOG_BYTES = 1 << 16;

  private final Linux linux = Linux.running();
  private final long attr = RawMemory.allocateZeroed(ATTR_BYTES);
  private final long code = RawMemory.allocateZeroed(CODE_BYTES);
  private final long license = RawMemory.allocateZeroed(8);
  private final long log = RawMemory.allocateZeroed(LOG_BYTES);
  private final long key = RawMemory.allocateZeroed(16);
  private final long value = RawMemory.allocateZeroed(4096);
  private final long input = RawMemory.allocateZeroed(PACKET_ROOM);
  private final long output = RawMemory.allocateZeroed(PACKET_ROOM);

  /** What a test run left behind. */
  record Outcome(int retval, byte[] data) {}

  BpfDoor() {
    RawMemory.write(license, "GPL\0".getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns a door, or null where bpf(2) may not be used. */
  static @Nullable BpfDoor permitted() {
    try {
      BpfDoor door = new BpfDoor();
      if (door.isPermitted()) {
        return door;
      }
      door.close();
    } catch (UnsupportedOperationException noLinux) {
      // as if it were forbidden
    }
    return null;
  }

  private boolean isPermitted() {
    int fd = createMap(MapSpec.of("probe", MapType.ARRAY, 4, 8, 1));
    if (fd >= 0) {
      close(fd);
    }
    return fd >= 0;
  }

  /** Returns a descriptor or a negative errno. */
  int createMap(MapSpec spec) {
    clear();
    RawMemory.putInt(attr, spec.type().code());
    RawMemory.putInt(attr + 4, spec.keySizeBytes());
    RawMemory.putInt(attr + 8, spec.valueSizeBytes());
    RawMemory.putInt(attr + 12, spec.maxEntries());
    RawMemory.putInt(attr + 16, spec.flags());
    return call(MAP_CREATE);
  }

  /**
   * Loads a program whose map references are indices into {@code mapFds}.
   *
   * @return a descriptor or a negative errno
   */
  int load(ProgramType type, List<Insn> insns, int... mapFds) {
    return load(type, insns, 0, mapFds);
  }

  private int load(ProgramType type, List<Insn> insns, int logLevel, int... mapFds) {
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      boolean map = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_MAP_FD;
      RawMemory.putLong(code + 8L * i, (map ? insn.withImm(mapFds[insn.imm()]) : insn).toLong());
    }
    clear();
    RawMemory.putInt(attr, type.code());
    RawMemory.putInt(attr + 4, insns.size());
    RawMemory.putLong(attr + 8, code);
    RawMemory.putLong(attr + 16, license);
    RawMemory.putInt(attr + 24, logLevel);
    RawMemory.putInt(attr + 28, logLevel == 0 ? 0 : LOG_BYTES);
    RawMemory.putLong(attr + 32, logLevel == 0 ? 0 : log);
    return call(PROG_LOAD);
  }

  /** Returns the end of the kernel's log for a program that it rejects. */
  String logOf(ProgramType type, List<Insn> insns, int... mapFds) {
    RawMemory.putByte(log, (byte) 0);
    load(type, insns, 2, mapFds);
    byte[] bytes = RawMemory.read(log, LOG_BYTES);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String text = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    return text.substring(Math.max(0, text.length() - 2000));
  }

  /** Runs a program once on a packet. */
  Outcome run(int programFd, byte[] packet) {
    RawMemory.write(input, packet);
    clear();
    RawMemory.putInt(attr, programFd);
    RawMemory.putInt(attr + 8, packet.length);
    RawMemory.putInt(attr + 12, PACKET_ROOM);
    RawMemory.putLong(attr + 16, input);
    RawMemory.putLong(attr + 24, output);
    RawMemory.putInt(attr + 32, 1);
    int answer = call(TEST_RUN);
    if (answer < 0) {
      throw new IllegalStateException("test_run: errno " + -answer);
    }
    return new Outcome(
        RawMemory.getInt(attr + 4), RawMemory.read(output, RawMemory.getInt(attr + 12)));
  }

  /** Copies the value of a key of up to 16 bytes to {@link #valueAddress}; false: absent. */
  boolean lookup(int mapFd, int index) {
    return element(MAP_LOOKUP, mapFd, index) == 0;
  }

  /** Writes the value at {@link #valueAddress}. */
  void update(int mapFd, int index) {
    int answer = element(MAP_UPDATE, mapFd, index);
    if (answer < 0) {
      throw new IllegalStateException("update: errno " + -answer);
    }
  }

  long valueAddress() {
    return value;
  }

  private int element(int command, int mapFd, int index) {
    RawMemory.putInt(key, index);
    clear();
    RawMemory.putInt(attr, mapFd);
    RawMemory.putLong(attr + 8, key);
    RawMemory.putLong(attr + 16, value);
    return call(command);
  }

  void close(int fd) {
    linux.close(fd);
  }

  private void clear() {
    RawMemory.fill(attr, ATTR_BYTES, (byte) 0);
  }

  private int call(int command) {
    return (int) linux.bpf(command, attr, ATTR_BYTES);
  }

  @Override
  public void close() {
    for (long block : new long[] {attr, code, license, log, key, value, input, output}) {
      RawMemory.free(block);
    }
  }
}
