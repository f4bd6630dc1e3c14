package dev.sonde.probes.kernel;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.map.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program in the kernel that at each of its places writes a perf record: registers and stack as a
 * perf uprobe's record has them, and as raw bytes what {@link RecorderCode} draws.
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

  private final Linux linux;
  private final BpfCalls bpf;
  private final int mapFd;
  private final List<Integer> programs = new ArrayList<>();
  private final List<Integer> links = new ArrayList<>();

  /**
   * A place.
   *
   * @param counterOffset of the counter to raise there, 0: none
   * @param pointers registers behind whose values memory is copied at the event, at most {@link
   *     RecorderCode#MAX_POINTERS}
   */
  public record Place(
      String path, long fileOffset, long counterOffset, boolean returns, List<PtRegs> pointers) {
    public Place {
      pointers = List.copyOf(pointers);
    }
  }

  /** Places that one link can serve. */
  private record Kind(String path, boolean returns, List<PtRegs> pointers) {}

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
      linux.close(bpf.loadProgram(RecorderCode.of(map, List.of()), BpfCalls.ATTACH_UPROBE_MULTI));
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
   * Puts the recorder at {@code places}; a record's raw bytes begin with the place's index among
   * them.
   *
   * @param pid whose, 0: everybody's
   * @return the places whose insn the kernel cannot probe, by index
   * @throws LinuxException if it refuses for another reason
   */
  public Map<Integer, LinuxException> attach(List<Place> places, int pid) {
    Map<Integer, LinuxException> refused = new LinkedHashMap<>();
    Map<Kind, List<Integer>> byKind = new LinkedHashMap<>();
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      Kind kind = new Kind(place.path, place.returns, place.pointers);
      byKind.computeIfAbsent(kind, key -> new ArrayList<>()).add(i);
    }
    int linkPid = pid != 0 && filtersByProcess() ? pid : 0;
    byKind.forEach((kind, some) -> link(places, some, linkPid, refused));
    return refused;
  }

  @Override
  public void close() {
    links.forEach(linux::close);
    programs.forEach(linux::close);
    linux.close(mapFd);
  }

  private void link(
      List<Place> places, List<Integer> some, int pid, Map<Integer, LinuxException> refused) {
    Place first = places.get(some.get(0));
    int program =
        bpf.loadProgram(RecorderCode.of(mapFd, first.pointers), BpfCalls.ATTACH_UPROBE_MULTI);
    programs.add(program);
    Deque<List<Integer>> parts = new ArrayDeque<>(List.of(some));
    while (!parts.isEmpty()) {
      List<Integer> part = parts.pop();
      try {
        links.add(link(program, places, part, pid));
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOTSUPP) {
          throw e;
        } else if (part.size() == 1) {
          refused.put(part.get(0), e);
        } else { // one of them spoils the link of all
          parts.push(part.subList(part.size() / 2, part.size()));
          parts.push(part.subList(0, part.size() / 2));
        }
      }
    }
  }

  private int link(int program, List<Place> places, List<Integer> some, int pid) {
    Place first = places.get(some.get(0));
    return bpf.linkUprobes(
        program,
        first.path,
        some.stream().mapToLong(i -> places.get(i).fileOffset).toArray(),
        some.stream().mapToLong(i -> places.get(i).counterOffset).toArray(),
        some.stream().mapToLong(i -> i).toArray(),
        first.returns,
        pid);
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
