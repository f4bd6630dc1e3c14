package dev.sonde.probes.record;

import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.kernel.RecorderCode;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.uprobe.UprobeSite;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.MemorySource;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.stacktrace.StackSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The event that a record tells of, as helpers see it: the thread that was traced, the time that it
 * was, the memory of its process. One a poll thread, moved from record to record.
 */
final class RecordEvent implements Event, StackSource, MemorySource, AutoCloseable {
  /** In a call chain: what follows is of the kernel, or of the user (linux/perf_event.h). */
  private static final long CONTEXT_KERNEL = -128;

  private static final long CONTEXT_MAX = -4095;
  private static final int MAX_PROCESSES = 64;

  private final Linux linux;
  private final JavaFrames frames;
  private final ContextMemory context;
  private final Architecture machine = Architecture.current();
  private final Map<Integer, ProcessView> processes = new LinkedHashMap<>();
  private @Nullable PerfRecord record;
  private @Nullable UprobeSite uprobe;
  private long cookie;
  private int windowsOffset; // in the record's buffer
  private int windows;

  RecordEvent(Linux linux, JavaFrames frames, ContextMemory context) {
    this.linux = linux;
    this.frames = frames;
    this.context = context;
  }

  /** Becomes the event of {@code newRecord}. */
  void moveTo(PerfRecord newRecord, @Nullable UprobeSite site, long newCookie) {
    record = newRecord;
    uprobe = site;
    cookie = newCookie;
  }

  /** Says that the records to come were written by a recorder, or were not. */
  void windows(int offset, int count) {
    windowsOffset = offset;
    windows = count;
  }

  @Override
  public long pidTgid() {
    return (long) current().pid() << 32 | current().tid() & 0xffff_ffffL;
  }

  @Override
  public long timeNanos() {
    return current().timeNanos();
  }

  @Override
  public int cpuIndex() {
    return current().cpuIndex();
  }

  @Override
  public String comm() {
    return process().comm(current().tid());
  }

  @Override
  public long uidGid() {
    return process().uidGid();
  }

  @Override
  public long attachCookie() {
    return cookie;
  }

  /** The address of the insn that is traced; for a return, of the function that returned. */
  @Override
  public long functionId() {
    UprobeSite site = uprobe;
    return site != null && site.returns()
        ? process().addressOf(site.file().toString(), site.fileOffset())
        : current().ip();
  }

  @Override
  public StackSource stackSource() {
    return this;
  }

  @Override
  public MemorySource userMemory() {
    return this;
  }

  @Override
  public int capture(long[] ids, int skip, boolean user) {
    return user ? process().userStack(current(), ids, skip) : kernelStack(ids, skip);
  }

  /** Reads the context, then what was copied at the event, then what the process has by now. */
  @Override
  public boolean read(long address, long toAddress, int sizeBytes) {
    if (context.holds(address, sizeBytes)) {
      RawMemory.copy(address, toAddress, sizeBytes);
      return true;
    }
    return readWindow(address, toAddress, sizeBytes)
        || readStack(address, toAddress, sizeBytes)
        || linux.processVmRead(current().pid(), address, toAddress, sizeBytes) == sizeBytes;
  }

  @Override
  public void close() {
    processes.values().forEach(ProcessView::close);
    processes.clear();
  }

  /**
   * Reads what the recorder copied from behind a register. Bytes beyond the window come from the
   * process; where it has none any more they are 0 if the text ended within the window.
   */
  private boolean readWindow(long address, long toAddress, int sizeBytes) {
    for (int i = 0; i < windows; i++) {
      int at = windowsOffset + i * RecorderCode.WINDOW_STRIDE;
      long start = current().buffer().getLong(at);
      long inside = address - start;
      if (start != 0 && inside >= 0 && inside < RecorderCode.WINDOW_BYTES) {
        int held = (int) Math.min(sizeBytes, RecorderCode.WINDOW_BYTES - inside);
        byte[] copy = new byte[held];
        current().buffer().get(at + 8 + (int) inside, copy);
        RawMemory.write(toAddress, copy);
        return held == sizeBytes || readBeyond(address, toAddress, sizeBytes, copy);
      }
    }
    return false;
  }

  private boolean readBeyond(long address, long toAddress, int sizeBytes, byte[] copied) {
    int rest = sizeBytes - copied.length;
    long from = address + copied.length;
    long to = toAddress + copied.length;
    if (readStack(from, to, rest) || linux.processVmRead(current().pid(), from, to, rest) == rest) {
      return true;
    }
    RawMemory.fill(to, rest, (byte) 0);
    for (byte each : copied) {
      if (each == 0) {
        return true;
      }
    }
    return false;
  }

  private boolean readStack(long address, long toAddress, int sizeBytes) {
    PerfRecord r = current();
    if (r.userStackSizeBytes() == 0 || r.userRegistersAbi() == 0) {
      return false;
    }
    int index = RegisterImage.stackPointerIndex(machine);
    long sp = r.buffer().getLong(r.userRegistersOffset() + 8 * index);
    long inside = address - sp;
    if (inside < 0 || inside > r.userStackSizeBytes() - (long) sizeBytes) {
      return false;
    }
    byte[] copy = new byte[sizeBytes];
    r.buffer().get(r.userStackOffset() + (int) inside, copy);
    RawMemory.write(toAddress, copy);
    return true;
  }

  private int kernelStack(long[] ids, int skip) {
    PerfRecord r = current();
    int seen = 0;
    int written = 0;
    boolean kernel = false;
    for (int i = 0; i < r.callchainLength() && written < ids.length; i++) {
      long address = r.callchain(i);
      if (address < 0 && address >= CONTEXT_MAX) {
        kernel = address == CONTEXT_KERNEL;
      } else if (kernel && seen++ >= skip) {
        ids[written++] = address;
      }
    }
    return written == 0 ? -Errno.EFAULT : written;
  }

  private ProcessView process() {
    int pid = current().pid();
    ProcessView known = processes.get(pid);
    if (known == null) {
      if (processes.size() >= MAX_PROCESSES) {
        Integer oldest = processes.keySet().iterator().next();
        processes.remove(oldest).close();
      }
      known = new ProcessView(linux, pid, frames);
      processes.put(pid, known);
    }
    return known;
  }

  private PerfRecord current() {
    PerfRecord r = record;
    if (r == null) {
      throw new IllegalStateException("event: asked before its first record");
    }
    return r;
  }
}
