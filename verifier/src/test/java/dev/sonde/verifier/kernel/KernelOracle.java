package dev.sonde.verifier.kernel;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Asks the running kernel's verifier (Linux x86-64 and aarch64 alike use bpf(2) by number). */
final class KernelOracle implements AutoCloseable {
  private static final int LOG_BYTES = 1 << 20;
  private static final int ATTR_BYTES = 168;
  private static final int MAP_NAME_BYTES = 16;
  private static final int MAP_CREATE = 0;
  private static final int MAP_UPDATE = 2;
  private static final int PROG_LOAD = 5;
  private static final int BTF_LOAD = 18;
  private static final int MAP_FREEZE = 22;
  private static final int CAPABILITY_VERSION = 0x20080522;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_PERFMON = 38;
  private static final int FUNC_INFO_BYTES = 8;
  private static final String KERNEL_BUG = "verifier bug: "; // it gives up, and judges nothing

  private final Function syscall = NativeLibrary.getInstance("c").getFunction("syscall");
  private final Function close = NativeLibrary.getInstance("c").getFunction("close");
  private final long number = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
  private final Memory log = new Memory(LOG_BYTES);
  private final Map<BpfMap, Integer> maps = new HashMap<>();
  private final KernelKfuncs kfuncs = new KernelKfuncs();
  private int btf = -1;

  /** What the kernel says: errno 0 is acceptance; the log is empty then. */
  record Verdict(int errno, String message, String log) {
    boolean accepted() {
      return errno == 0;
    }
  }

  /** Returns whether bpf(2) may be used here. */
  boolean isAvailable() {
    int fd = createMap(MapSpec.of("probe", MapType.ARRAY, 4, 4, 1));
    if (fd >= 0) {
      close.invokeInt(new Object[] {fd});
    }
    return fd >= 0;
  }

  /** Returns the verdict on {@code insns}, with the maps of {@code program}; null: not askable. */
  @Nullable Verdict ask(ResolvedProgram program, List<Insn> insns) {
    try (Memory code = new Memory((long) insns.size() * Insn.SIZE_BYTES);
        Memory functions = functions(program.spec(), insns);
        Memory license = text(program.spec().license());
        Memory attr = cleared(ATTR_BYTES)) {
      if (!write(program, insns, code)) {
        return null;
      }
      ProgramType type = program.spec().type();
      attr.setInt(0, type.code());
      attr.setInt(4, insns.size());
      attr.setLong(8, Pointer.nativeValue(code));
      attr.setLong(16, Pointer.nativeValue(license));
      attr.setInt(44, type == ProgramType.SYSCALL ? 0x10 : 0);
      if (FunctionBtf.isNeeded(program.spec(), insns)) {
        attr.setInt(72, functionBtf());
        attr.setInt(76, FUNC_INFO_BYTES);
        attr.setLong(80, Pointer.nativeValue(functions));
        attr.setInt(88, (int) (functions.size() / FUNC_INFO_BYTES));
      }
      if (accepts(attr)) {
        return new Verdict(0, "", "");
      }
      attr.setInt(24, 1);
      attr.setInt(28, LOG_BYTES);
      attr.setLong(32, Pointer.nativeValue(log));
      log.setByte(0, (byte) 0);
      int error = -bpf(PROG_LOAD, attr);
      String text = log.getString(0);
      String reason = reason(text);
      boolean judged = !reason.isEmpty() && !reason.startsWith(KERNEL_BUG);
      boolean refused = judged && error != Errno.ENOSPC;
      return refused
          ? new Verdict(error, reason, text)
          : null; // short of memory or of room for the log
    }
  }

  /** Loads without a log, which for what is accepted costs the kernel most. */
  private boolean accepts(Memory attr) {
    int fd = bpf(PROG_LOAD, attr);
    if (fd >= 0) {
      close.invokeInt(new Object[] {fd});
    }
    return fd >= 0;
  }

  /**
   * As {@link #ask}, on behalf of somebody who may load programs but not see addresses: this thread
   * is without CAP_PERFMON and CAP_SYS_ADMIN meanwhile. Null also where that cannot be.
   */
  @Nullable Verdict askStrictly(ResolvedProgram program, List<Insn> insns) {
    long capget = System.getProperty("os.arch").equals("aarch64") ? 90 : 125;
    try (Memory header = cleared(8);
        Memory all = cleared(24);
        Memory some = cleared(24)) {
      header.setInt(0, CAPABILITY_VERSION);
      if (syscall.invokeLong(new Object[] {capget, header, all}) != 0) {
        return null;
      }
      some.write(0, all.getByteArray(0, 24), 0, 24);
      some.setInt(0, all.getInt(0) & ~(1 << CAP_SYS_ADMIN));
      some.setInt(12, all.getInt(12) & ~(1 << CAP_PERFMON - 32));
      if (syscall.invokeLong(new Object[] {capget + 1, header, some}) != 0) {
        return null;
      }
      try {
        return ask(program, insns);
      } finally {
        syscall.invokeLong(new Object[] {capget + 1, header, all});
      }
    }
  }

  /** Returns the last line of a log that is not the summary, which may follow on that line. */
  static String reason(String text) {
    String reason = "";
    for (String line : text.replaceAll("(?<=.)processed \\d+ insns .*", "").split("\n")) {
      if (!line.startsWith("processed ") && !line.isBlank()) {
        reason = line.strip();
      }
    }
    return reason;
  }

  private boolean write(ResolvedProgram program, List<Insn> insns, Memory code) {
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      boolean map =
          insn.isLdImm64()
              && (insn.src() == Opcodes.PSEUDO_MAP_FD || insn.src() == Opcodes.PSEUDO_MAP_VALUE);
      boolean foreign =
          insn.isLdImm64()
              && insn.src() > Opcodes.PSEUDO_MAP_VALUE
              && insn.src() != Opcodes.PSEUDO_FUNC;
      if (foreign) {
        return false; // a descriptor that is not ours
      }
      if (insn.isKfuncCall()) {
        int id = kfuncs.idOf(program.spec().kfuncNames(), insn.imm());
        if (id < 0) {
          return false;
        }
        insn = insn.withImm(id);
      }
      if (map) {
        if (insn.imm() < 0 || insn.imm() >= program.maps().size()) {
          return false;
        }
        int fd = fdOf(program.maps().get(insn.imm()));
        if (fd < 0) {
          return false;
        }
        insn = insn.withImm(fd);
      }
      code.setLong((long) i * Insn.SIZE_BYTES, insn.toLong());
    }
    return true;
  }

  /** Where each function begins, as bpf_func_info wants it. */
  private static Memory functions(ProgramSpec spec, List<Insn> insns) {
    TreeSet<Integer> starts = FunctionBtf.functions(insns);
    Memory memory = new Memory((long) starts.size() * FUNC_INFO_BYTES);
    int at = 0;
    for (int start : starts) {
      memory.setInt(at, start);
      memory.setInt(at + 4, FunctionBtf.typeAt(spec, start));
      at += FUNC_INFO_BYTES;
    }
    return memory;
  }

  private int functionBtf() {
    if (btf < 0) {
      btf = loadBtf(FunctionBtf.bytes());
    }
    return btf;
  }

  private int loadBtf(byte[] bytes) {
    try (Memory content = new Memory(bytes.length);
        Memory attr = cleared(ATTR_BYTES)) {
      content.write(0, bytes, 0, bytes.length);
      attr.setLong(0, Pointer.nativeValue(content));
      attr.setInt(16, bytes.length);
      return bpf(BTF_LOAD, attr);
    }
  }

  private int fdOf(BpfMap map) {
    return maps.computeIfAbsent(map, this::mirror);
  }

  /** Creates the kernel's counterpart, with its constant content. */
  private int mirror(BpfMap map) {
    int fd = createMap(map.spec());
    if (fd >= 0 && map.isFrozen()) {
      byte[] value = map.lookup(new byte[map.spec().keySizeBytes()]);
      if (value != null) {
        fill(fd, value);
      }
    }
    return fd;
  }

  private void fill(int fd, byte[] value) {
    try (Memory key = cleared(4);
        Memory content = new Memory(value.length);
        Memory attr = cleared(ATTR_BYTES)) {
      content.write(0, value, 0, value.length);
      attr.setInt(0, fd);
      attr.setLong(8, Pointer.nativeValue(key));
      attr.setLong(16, Pointer.nativeValue(content));
      bpf(MAP_UPDATE, attr);
      attr.clear();
      attr.setInt(0, fd);
      bpf(MAP_FREEZE, attr);
    }
  }

  private int createMap(MapSpec spec) {
    try (Memory attr = cleared(ATTR_BYTES)) {
      attr.setInt(0, spec.type().code());
      attr.setInt(4, spec.keySizeBytes());
      attr.setInt(8, spec.valueSizeBytes());
      attr.setInt(12, spec.type() == MapType.PERF_EVENT_ARRAY ? 2 : spec.maxEntries());
      attr.setInt(16, spec.flags());
      name(spec, attr);
      if (spec.specialFields().isEmpty()) {
        return bpf(MAP_CREATE, attr);
      }
      int types = loadBtf(FieldBtf.bytes(spec));
      attr.setInt(48, types);
      attr.setInt(52, FieldBtf.KEY);
      attr.setInt(56, FieldBtf.VALUE);
      int fd = bpf(MAP_CREATE, attr);
      close.invokeInt(new Object[] {types}); // the map holds it
      return fd;
    }
  }

  /** Its messages have it. */
  private static void name(MapSpec spec, Memory attr) {
    String name = spec.name().replaceAll("[^A-Za-z0-9_.]", "_");
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    attr.write(28, bytes, 0, Math.min(bytes.length, MAP_NAME_BYTES - 1));
  }

  private int bpf(int command, Memory attr) {
    Object[] arguments = {number, (long) command, attr, (long) ATTR_BYTES};
    long result = syscall.invokeLong(arguments);
    return result < 0 ? -Native.getLastError() : (int) result;
  }

  private static Memory cleared(int bytes) {
    Memory memory = new Memory(bytes);
    memory.clear();
    return memory;
  }

  private static Memory text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    Memory memory = cleared(bytes.length + 1);
    memory.write(0, bytes, 0, bytes.length);
    return memory;
  }

  @Override
  public void close() {
    maps.values().forEach(fd -> close.invokeInt(new Object[] {fd}));
    if (btf >= 0) {
      close.invokeInt(new Object[] {btf});
    }
    log.close();
  }
}
