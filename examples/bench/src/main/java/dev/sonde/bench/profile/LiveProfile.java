package dev.sonde.bench.profile;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.elf.CppName;
import dev.sonde.probes.hotspot.HotSpotCode;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.sample.ProcessSampler;
import dev.sonde.probes.sample.RingFill;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.stack.MixedUnwinder;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.KernelSymbols;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.ProcessMemory;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import dev.sonde.vm.stacktrace.FrameTable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Samples a process and walks its stacks as {@code sonde record} does, and keeps the figures. */
final class LiveProfile implements AutoCloseable {
  private static final int POLL_MILLIS = 250; // as NativeRecorder
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final int pid;
  private final Linux linux = Linux.running();
  private final Architecture machine = Architecture.current();
  private final ProcessMemory memory;
  private final NativeCode code;
  private final JavaFrames frames = new JavaFrames();
  private final MixedUnwinder unwinder;
  private final Registers registers = new Registers(machine);
  private final StackWindow window = new StackWindow();
  private final KernelSymbols kernel = KernelSymbols.running();
  private final long[] ids = new long[1024];

  final Map<String, Integer> leaves = new HashMap<>();
  final List<Long> walkNanos = new ArrayList<>();
  int samples;
  int complete;
  long frameCount;
  long javaFrames;
  long namedFrames;
  long inlinedFrames;
  long lost;
  private final List<Long> firsts = new ArrayList<>(); // with cold caches
  private final List<Long> others = new ArrayList<>();
  private boolean isFirst;
  private long roundNanos; // what is not of one sample: finding out which code is still there

  LiveProfile(int pid) throws IOException {
    this.pid = pid;
    this.memory = new ProcessMemory(linux, pid);
    this.code = new NativeCode(pid, machine, memory);
    this.unwinder = new MixedUnwinder(code, HotSpotCode.of(code, memory), frames, null);
  }

  /** Forgets the figures, not what was learned about the process. */
  void reset() {
    leaves.clear();
    walkNanos.clear();
    samples = 0;
    complete = 0;
    frameCount = 0;
    javaFrames = 0;
    namedFrames = 0;
    inlinedFrames = 0;
    roundNanos = 0;
    firsts.clear();
    others.clear();
  }

  void run(int freqHz, int stackBytes, long nanos) throws IOException, InterruptedException {
    PerfAttr attr =
        PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CPU_CLOCK)
            .frequency(freqHz)
            .sample(
                PerfLayout.SAMPLE_TID
                    | PerfLayout.SAMPLE_TIME
                    | PerfLayout.SAMPLE_CALLCHAIN
                    | PerfLayout.SAMPLE_REGS_USER
                    | PerfLayout.SAMPLE_STACK_USER)
            .user(machine.perfMask(), stackBytes)
            .excludeCallchain(false, true);
    long end = System.nanoTime() + nanos;
    try (ProcessSampler sampler = ProcessSampler.open(linux, pid, attr, 4096);
        RingFill fill = new RingFill(linux, List.of(sampler))) {
      for (long left = nanos; left > 0; left = end - System.nanoTime()) {
        fill.await((int) Math.min(POLL_MILLIS, left / 1_000_000 + 1));
        long start = THREADS.getCurrentThreadCpuTime();
        unwinder.newRound();
        roundNanos += THREADS.getCurrentThreadCpuTime() - start;
        isFirst = true;
        sampler.poll(this::take, Long.MAX_VALUE);
      }
      lost += sampler.lost();
    }
  }

  private void take(PerfRecord record) {
    if (record.type() != PerfLayout.SAMPLE || record.userRegistersAbi() != 2) {
      return;
    }
    long start = THREADS.getCurrentThreadCpuTime(); // both cores are busy: not the wall's
    registers.load(record.buffer(), record.userRegistersOffset());
    window.set(
        record.buffer(),
        record.userStackOffset(),
        record.userStackSizeBytes(),
        registers.stackPointer());
    int depth = unwinder.unwind(registers, window, ids, 0);
    long nanos = THREADS.getCurrentThreadCpuTime() - start;
    walkNanos.add(nanos);
    (isFirst ? firsts : others).add(nanos);
    isFirst = false;
    samples++;
    complete += unwinder.isComplete() ? 1 : 0;
    frameCount += depth;
    for (int i = 0; i < depth; i++) {
      count(ids[i]);
    }
    boolean inKernel = record.callchainLength() > 1;
    leaves.merge(inKernel ? kernelLeaf(record) : name(ids[0]), 1, Integer::sum);
  }

  private void count(long id) {
    FrameTable.Frame frame = FrameTable.isJava(id) ? frames.frame(id) : null;
    if (frame != null
        && (frame.tier() != FrameTable.Tier.STUB || frame.methodName().equals("Interpreter"))) {
      javaFrames++;
      namedFrames += frame.className().isEmpty() ? 0 : 1;
      inlinedFrames += frame.tier() == FrameTable.Tier.INLINED ? 1 : 0;
    }
  }

  private String kernelLeaf(PerfRecord record) {
    for (int i = 0; i < record.callchainLength(); i++) {
      long ip = record.callchain(i);
      if (ip < -4096) {
        return String.valueOf(kernel.at(ip));
      }
    }
    return name(ids[0]);
  }

  private String name(long id) {
    FrameTable.Frame frame = FrameTable.isJava(id) ? frames.frame(id) : null;
    if (frame != null) {
      return frame.className().isEmpty()
          ? frame.methodName()
          : frame.className() + "." + frame.methodName();
    }
    NativeCode.Symbol symbol = code.symbol(id);
    if (symbol == null) {
      return "[unknown]";
    }
    String function = symbol.function();
    return function == null ? symbol.module() : CppName.brief(function);
  }

  /** Returns the mean, and the median, of the walks, in us. */
  double[] walkMicros() {
    long[] sorted = walkNanos.stream().mapToLong(Long::longValue).sorted().toArray();
    double sum = roundNanos;
    for (long nanos : sorted) {
      sum += nanos;
    }
    return sorted.length == 0
        ? new double[2]
        : new double[] {sum / sorted.length / 1e3, sorted[sorted.length / 2] / 1e3};
  }

  double firstMicros() {
    return mean(firsts);
  }

  double otherMicros() {
    return mean(others);
  }

  private static double mean(List<Long> nanos) {
    return nanos.stream().mapToLong(Long::longValue).average().orElse(0) / 1e3;
  }

  @Override
  public void close() {
    memory.close();
  }
}
