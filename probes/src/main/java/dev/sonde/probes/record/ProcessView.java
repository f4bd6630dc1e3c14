package dev.sonde.probes.record;

import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.hotspot.HotSpotCode;
import dev.sonde.probes.hotspot.HotSpotLayoutException;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.stack.MixedUnwinder;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.Mapping;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.ProcessMaps;
import dev.sonde.probes.unwind.ProcessMemory;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import dev.sonde.vm.map.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked about a process whose records come in: its threads' names, its owner, where a
 * file is mapped, the frames of a stack. Answers are kept; the process may be gone when they are
 * asked for. Poll thread only.
 */
final class ProcessView implements AutoCloseable {
  private static final long NAME_FRESH_NANOS = 1_000_000_000L;
  private static final int MAX_NAMES = 4096;

  private final int pid;
  private final ProcessMemory memory;
  private final Map<Integer, Name> names = new HashMap<>();
  private final Map<String, Long> bases = new HashMap<>();
  private final Registers registers = new Registers(Architecture.current());
  private final StackWindow window = new StackWindow();
  private final JavaFrames frames;
  private @Nullable MixedUnwinder unwinder;
  private boolean unwindable = true;
  private long uidGid = -1;
  private long[] ids = new long[512];

  private record Name(String text, long readNanos) {}

  ProcessView(Linux linux, int pid, JavaFrames frames) {
    this.pid = pid;
    this.memory = new ProcessMemory(linux, pid);
    this.frames = frames;
  }

  /** Returns a thread's name: as it is now, or was when it was last seen alive. */
  String comm(int tid) {
    long now = System.nanoTime();
    Name known = names.get(tid);
    if (known != null && now - known.readNanos < NAME_FRESH_NANOS) {
      return known.text;
    }
    String text = read("/proc/" + pid + "/task/" + tid + "/comm");
    if (text.isEmpty()) {
      text = known != null ? known.text : read("/proc/" + pid + "/comm");
    }
    if (names.size() >= MAX_NAMES) {
      names.clear();
    }
    names.put(tid, new Name(text, now));
    return text;
  }

  /** Returns gid in the upper half and uid in the lower, the real ones. */
  long uidGid() {
    if (uidGid < 0) {
      String status = read("/proc/" + pid + "/status");
      uidGid = field(status, "Gid:") << 32 | field(status, "Uid:");
    }
    return uidGid;
  }

  /** Returns where the byte at {@code fileOffset} of a file is in the process; 0: nowhere. */
  long addressOf(String file, long fileOffset) {
    return bases.computeIfAbsent(file + ":" + fileOffset, key -> find(file, fileOffset));
  }

  /** Walks the stack that a record holds; returns how many ids are in {@code into}, or an errno. */
  int userStack(PerfRecord record, long[] into, int skip) {
    MixedUnwinder walker = unwinder();
    if (walker == null || record.userRegistersAbi() == 0 || record.userStackSizeBytes() == 0) {
      return -Errno.EFAULT;
    }
    registers.load(record.buffer(), record.userRegistersOffset());
    window.set(
        record.buffer(),
        record.userStackOffset(),
        record.userStackSizeBytes(),
        registers.stackPointer());
    walker.newRound();
    if (ids.length < into.length + skip) {
      ids = new long[into.length + skip];
    }
    int count = walker.unwind(registers, window, ids, 0);
    int kept = Math.max(0, Math.min(into.length, count - skip));
    System.arraycopy(ids, Math.min(skip, ids.length), into, 0, kept);
    return kept;
  }

  @Override
  public void close() {
    memory.close();
  }

  private @Nullable MixedUnwinder unwinder() {
    if (unwinder == null && unwindable) {
      try {
        NativeCode code = new NativeCode(pid, Architecture.current(), memory);
        unwinder = new MixedUnwinder(code, java(code), frames, null);
      } catch (IOException gone) {
        unwindable = false;
      }
    }
    return unwinder;
  }

  private @Nullable HotSpotCode java(NativeCode code) {
    try {
      return HotSpotCode.of(code, memory);
    } catch (HotSpotLayoutException unknownJvm) {
      return null; // its native frames are still frames
    }
  }

  private long find(String file, long fileOffset) {
    try {
      for (Mapping mapping : ProcessMaps.of(pid).all()) {
        long inside = fileOffset - mapping.fileOffset();
        boolean holds = inside >= 0 && inside < mapping.end() - mapping.start();
        if (mapping.executable() && holds && file.endsWith(mapping.path())) {
          return mapping.start() + inside;
        }
      }
      return 0;
    } catch (IOException gone) {
      return 0;
    }
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file)).stripTrailing();
    } catch (IOException gone) {
      return "";
    }
  }

  private static long field(String status, String label) {
    return status
        .lines()
        .filter(line -> line.startsWith(label))
        .mapToLong(line -> Long.parseLong(line.substring(label.length()).strip().split("\\s+")[0]))
        .findFirst()
        .orElse(0);
  }
}
