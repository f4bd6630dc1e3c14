package dev.sonde.agent.record;

import dev.sonde.agent.control.JvmAttach;
import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.hotspot.HotSpotCode;
import dev.sonde.probes.hotspot.HotSpotLayoutException;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.sample.ProcessSampler;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.stack.MixedUnwinder;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.Mapping;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.NativeModule;
import dev.sonde.probes.unwind.PerfMap;
import dev.sonde.probes.unwind.ProcessMemory;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns the samples of one process, and its sleeping threads, into stacks of frame ids. */
final class SampleStacks implements AutoCloseable {
  private static final int MAX_FRAMES = 2048;
  private static final long PERF_MAP_NANOS = 2_000_000_000L; // each costs the JVM some milliseconds
  private static final long FIRST_CONTEXT = -4096; // callchain entries from here on are markers

  private final int pid;
  private final Architecture architecture = Architecture.current();
  private final ProcessMemory memory;
  private final NativeCode code;
  private final MixedUnwinder unwinder;
  private final Registers registers = new Registers(architecture);
  private final StackWindow window = new StackWindow();
  private final long[] ids = new long[MAX_FRAMES];
  private final JavaFrames frames;
  private final List<String> notes;
  private boolean wantsPerfMap;
  private long perfMapNanos = System.nanoTime() - PERF_MAP_NANOS - 1;
  private long taken;
  private long complete;

  SampleStacks(Linux linux, int pid, JavaFrames frames, List<String> notes) throws IOException {
    this.pid = pid;
    this.frames = frames;
    this.notes = notes;
    this.memory = new ProcessMemory(linux, pid);
    this.code = code(pid, memory);
    HotSpotCode java = java();
    writePerfMap();
    this.unwinder = new MixedUnwinder(code, java, frames, java == null ? PerfMap.of(pid) : null);
  }

  private static NativeCode code(int pid, ProcessMemory memory) throws IOException {
    try {
      return new NativeCode(pid, Architecture.current(), memory);
    } catch (AccessDeniedException notOurs) {
      throw new PermissionException(
          "process %d: its memory map cannot be read: run as its user or as root".formatted(pid));
    }
  }

  private @Nullable HotSpotCode java() throws PermissionException {
    NativeModule libjvm = code.module("libjvm.so");
    if (libjvm != null && memory.read(code.loadedAddress(libjvm, 0), 8) == null) {
      throw new PermissionException(
          "process %d: its memory cannot be read: run as root or with CAP_SYS_PTRACE, or: sysctl"
                  .formatted(pid)
              + " kernel.yama.ptrace_scope=0, for processes of your own");
    }
    try {
      return HotSpotCode.of(code, memory);
    } catch (HotSpotLayoutException e) {
      notes.add("Java frames are named by a perf map, without what was inlined: " + e.getMessage());
      wantsPerfMap = true;
      return null;
    }
  }

  /** Has a JVM whose memory is laid out in an unknown way write the names of its compiled code. */
  private void writePerfMap() {
    if (wantsPerfMap && System.nanoTime() - perfMapNanos > PERF_MAP_NANOS) {
      perfMapNanos = System.nanoTime();
      try {
        new JvmAttach(pid).command("Compiler.perfmap");
      } catch (IOException refused) {
        notes.add("no perf map: " + refused.getMessage());
        wantsPerfMap = false;
      }
    }
  }

  NativeCode code() {
    return code;
  }

  JavaFrames frames() {
    return frames;
  }

  Architecture architecture() {
    return architecture;
  }

  long taken() {
    return taken;
  }

  long complete() {
    return complete;
  }

  void newRound() {
    writePerfMap();
    unwinder.newRound();
  }

  /** Returns the stack of a sample; kernel frames first, when it has any. */
  StackTally.Stack of(PerfRecord sample, int thread) {
    int depth = 0;
    for (int i = 0; i < sample.callchainLength() && depth < MAX_FRAMES; i++) {
      long ip = sample.callchain(i);
      if (ip < FIRST_CONTEXT) {
        ids[depth++] = ip;
      }
    }
    boolean hasUser = sample.userRegistersAbi() == 2 && sample.userStackOffset() >= 0;
    boolean whole = !hasUser; // a kernel thread, or one that is on its way out
    if (hasUser) {
      registers.load(sample.buffer(), sample.userRegistersOffset());
      window.set(
          sample.buffer(),
          sample.userStackOffset(),
          sample.userStackSizeBytes(),
          registers.stackPointer());
      depth = unwinder.unwind(registers, window, ids, depth);
      whole = unwinder.isComplete();
    }
    return count(depth, thread, whole);
  }

  /**
   * Returns the stack of a thread that sleeps in a system call, as {@code
   * /proc/PID/task/TID/syscall} tells of it; null when it runs. Its registers are not known, only
   * what the stack kept of them.
   */
  StackTally.@Nullable Stack ofSleeping(int tid, int stackBytes, int thread) {
    int depth = walkSleeping(tid, stackBytes);
    return depth < 0 ? null : count(depth, thread, unwinder.isComplete());
  }

  /**
   * Walks what sleeps once, before samples come: the tables of the files are then read, and they
   * take longer than a thousand samples.
   */
  void rehearse(int stackBytes) throws IOException {
    for (int tid : ProcessSampler.threads(pid)) {
      walkSleeping(tid, stackBytes);
    }
  }

  private int walkSleeping(int tid, int stackBytes) {
    try {
      String line = Files.readString(Path.of("/proc/%d/task/%d/syscall".formatted(pid, tid)));
      String[] words = line.strip().split(" ");
      if (words.length < 3) {
        return -1; // "running"
      }
      long sp = Long.decode(words[words.length - 2]);
      long pc = Long.decode(words[words.length - 1]);
      Mapping stack = code.maps().at(sp);
      if (stack == null) {
        return -1;
      }
      int size = (int) Math.min(stackBytes, stack.end() - sp);
      byte[] bytes = memory.read(sp, size);
      if (bytes == null) {
        return -1;
      }
      registers.load(sp, pc);
      window.set(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()), 0, size, sp);
      return unwinder.unwind(registers, window, ids, 0);
    } catch (IOException | NumberFormatException gone) {
      return -1;
    }
  }

  private StackTally.Stack count(int depth, int thread, boolean whole) {
    taken++;
    complete += whole ? 1 : 0;
    return new StackTally.Stack(Arrays.copyOf(ids, depth), thread, whole);
  }

  @Override
  public void close() {
    memory.close();
  }
}
