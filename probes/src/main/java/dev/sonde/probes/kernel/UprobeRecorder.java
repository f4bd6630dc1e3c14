package dev.sonde.probes.kernel;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program in the kernel that at each of its places writes a perf record: registers and stack as a
 * perf uprobe's record has them, and as raw bytes the number of the place.
 *
 * <p>It takes one link for all places of a file, fires in all threads of the process however late
 * they start, leaves other processes alone, and needs CAP_PERFMON and CAP_BPF, where uprobes of
 * perf_event_open need CAP_SYS_ADMIN and a descriptor for each thread. (Inherited by a new thread,
 * a perf uprobe reads its path from the memory of whoever starts the thread, and the thread is not
 * started.) It needs Linux 6.6.
 */
public final class UprobeRecorder implements AutoCloseable {
  /** Before, a link's pid was taken for that of one thread. */
  private static final int[] PROCESS_FILTER_SINCE = {6, 10};

  private static final int GET_ATTACH_COOKIE = 174;
  private static final int PERF_EVENT_OUTPUT = 25;
  private static final int RAW_BYTES = 8;
  private static final int PSEUDO_MAP_FD = 1;

  private final Linux linux;
  private final BpfCalls bpf;
  private final int mapFd;
  private final List<Integer> programs = new ArrayList<>();
  private final List<Integer> links = new ArrayList<>();

  /** A place: where it is, and the counter to raise there (0: none). */
  public record Place(String path, long fileOffset, long counterOffset, boolean returns) {}

  private UprobeRecorder(Linux linux, Map<Integer, Integer> outputs) {
    this.linux = linux;
    bpf = new BpfCalls(linux);
    int cpus = outputs.keySet().stream().mapToInt(cpu -> cpu).max().orElse(0) + 1;
    mapFd = bpf.createMap(BpfCalls.MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, cpus);
    outputs.forEach((cpu, fd) -> bpf.updateMap(mapFd, cpu, fd));
  }

  /**
   * Loads a recorder.
   *
   * @param outputs by CPU, descriptors of {@link #output} events
   * @throws LinuxException when the kernel refuses: no privilege, or older than 6.6
   */
  public static UprobeRecorder load(Linux linux, Map<Integer, Integer> outputs) {
    return new UprobeRecorder(linux, outputs);
  }

  /** Returns the event that records are written through; its sample type must have RAW. */
  public static PerfAttr output() {
    return PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.BPF_OUTPUT).period(1);
  }

  /** Tells whether this process may load such a program, by loading one. */
  public static int errnoOfTrial(Linux linux) {
    BpfCalls bpf = new BpfCalls(linux);
    int map = -1;
    try {
      map = bpf.createMap(BpfCalls.MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1);
      linux.close(bpf.loadProgram(code(map), BpfCalls.ATTACH_UPROBE_MULTI));
      return 0;
    } catch (LinuxException e) {
      return e.errno();
    } finally {
      if (map >= 0) {
        linux.close(map);
      }
    }
  }

  /**
   * Puts the recorder at {@code places}; a record's raw bytes are the place's index among them.
   *
   * @param pid whose, 0: everybody's
   */
  public void attach(List<Place> places, int pid) {
    Map<Map.Entry<String, Boolean>, List<Integer>> byFile = new LinkedHashMap<>();
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      byFile.computeIfAbsent(Map.entry(place.path, place.returns), key -> new ArrayList<>()).add(i);
    }
    int linkPid = pid != 0 && filtersByProcess() ? pid : 0;
    byFile.forEach((file, some) -> link(places, some, linkPid));
  }

  @Override
  public void close() {
    links.forEach(linux::close);
    programs.forEach(linux::close);
    linux.close(mapFd);
  }

  private void link(List<Place> places, List<Integer> some, int pid) {
    int program = bpf.loadProgram(code(mapFd), BpfCalls.ATTACH_UPROBE_MULTI);
    programs.add(program);
    Place first = places.get(some.get(0));
    links.add(
        bpf.linkUprobes(
            program,
            first.path,
            some.stream().mapToLong(i -> places.get(i).fileOffset).toArray(),
            some.stream().mapToLong(i -> places.get(i).counterOffset).toArray(),
            some.stream().mapToLong(i -> i).toArray(),
            first.returns,
            pid));
  }

  /** {@code u64 place = cookie; perf_event_output(ctx, map, CURRENT_CPU, &place, 8); return 0}. */
  private static List<Insn> code(int mapFd) {
    return List.of(
        new Insn(Opcodes.ALU64 | Opcodes.X | 0xb0, 6, 1, 0, 0), // r6 = r1
        new Insn(Opcodes.CALL, 0, 0, 0, GET_ATTACH_COOKIE),
        new Insn(0x7b, 10, 0, -RAW_BYTES, 0), // *(u64 *)(r10 - 8) = r0
        new Insn(Opcodes.ALU64 | Opcodes.X | 0xb0, 1, 6, 0, 0), // r1 = r6
        new Insn(Opcodes.LD_IMM64, 2, PSEUDO_MAP_FD, 0, mapFd),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb4, 3, 0, 0, -1), // w3 = BPF_F_CURRENT_CPU
        new Insn(Opcodes.ALU64 | Opcodes.X | 0xb0, 4, 10, 0, 0), // r4 = r10
        new Insn(0x07, 4, 0, 0, -RAW_BYTES), // r4 += -8
        new Insn(0xb7, 5, 0, 0, RAW_BYTES), // r5 = 8
        new Insn(Opcodes.CALL, 0, 0, 0, PERF_EVENT_OUTPUT),
        new Insn(0xb7, 0, 0, 0, 0), // r0 = 0
        new Insn(Opcodes.JMP | 0x90, 0, 0, 0, 0)); // exit
  }

  private static boolean filtersByProcess() {
    try {
      String[] parts = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[^0-9]+", 3);
      int major = Integer.parseInt(parts[0]);
      int minor = Integer.parseInt(parts[1]);
      return major > PROCESS_FILTER_SINCE[0]
          || major == PROCESS_FILTER_SINCE[0] && minor >= PROCESS_FILTER_SINCE[1];
    } catch (IOException | RuntimeException unknown) {
      return false;
    }
  }
}
