package dev.sonde.agent.record;

import dev.sonde.agent.session.NativeNames;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.sample.EventCount;
import dev.sonde.probes.sample.ProcessSampler;
import dev.sonde.probes.sample.RingFill;
import dev.sonde.probes.stack.JavaFrames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records by perf events and walks each stack when its sample is read: the code and the names are
 * the process's, and gone with it. One thread.
 */
final class NativeRecorder implements AutoCloseable {
  private static final int POLL_MILLIS = 250; // sooner where a ring fills
  private static final long SETTLE_NANOS = 5_000_000; // by then all CPUs have published a record
  private static final Frame TRUNCATED = new Frame(Frame.Kind.NATIVE, "[truncated stack]", null, 0);

  /** A thread that is off its CPU: where, and since when. */
  private record Away(StackTally.Stack stack, long sinceNanos) {}

  private final Linux linux;
  private final RecordRequest request;
  private final List<String> notes = new ArrayList<>();
  private final SampleStacks stacks;
  private final ThreadNames threads;
  private final StackTally tally = new StackTally();
  private final Map<Integer, Away> away = new HashMap<>();
  private final List<ProcessSampler> samplers = new ArrayList<>();
  private final long cpuWeight;
  private @Nullable EventCount count;
  private long throttled;

  NativeRecorder(Linux linux, RecordRequest request) throws IOException {
    this.linux = linux;
    this.request = request;
    this.stacks = new SampleStacks(linux, request.pid(), new JavaFrames(), notes);
    this.threads = new ThreadNames(request.pid());
    this.cpuWeight = request.kind() == RecordKind.WALL ? 1_000_000_000L / request.freqHz() : 1;
    try {
      stacks.rehearse(request.stackBytes());
      SampleEvents events = new SampleEvents(linux, request, stacks.architecture(), notes);
      if (request.kind() == RecordKind.OFFCPU || request.kind() == RecordKind.WALL) {
        samplers.add(events.openSwitches());
      }
      if (request.kind() != RecordKind.OFFCPU) {
        samplers.add(events.openSamples());
        count = events.openCount();
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  Recorded record() throws IOException {
    long startUnixNanos = System.currentTimeMillis() * 1_000_000;
    long start = System.nanoTime();
    long end = start + request.durationNanos();
    if (samplers.size() == 2 || request.kind() == RecordKind.OFFCPU) {
      findSleepers(start);
    }
    try (RingFill fill = new RingFill(linux, samplers)) {
      for (long left = end - start; left > 0; left = end - System.nanoTime()) {
        fill.await((int) Math.min(POLL_MILLIS, left / 1_000_000 + 1));
        poll(System.nanoTime() - SETTLE_NANOS);
        if (!isAlive() || Thread.currentThread().isInterrupted()) {
          break;
        }
      }
    }
    Thread.interrupted(); // it has done its work, and would close the files that names come from
    samplers.forEach(ProcessSampler::stop);
    if (count != null) {
      count.stop();
    }
    poll(Long.MAX_VALUE);
    long stopped = Math.min(end, System.nanoTime());
    away.forEach((tid, left) -> add(left.stack, stopped - left.sinceNanos));
    if (stopped < end - 1_000_000_000L && !isAlive()) {
      notes.add("process %d ended after %.1f s".formatted(request.pid(), (stopped - start) / 1e9));
    }
    return result(startUnixNanos, stopped - start);
  }

  /** Threads that sleep now may sleep all the time, and then no event ever tells of them. */
  private void findSleepers(long now) throws IOException {
    for (int tid : ProcessSampler.threads(request.pid())) {
      StackTally.Stack stack = stacks.ofSleeping(tid, request.stackBytes(), meet(tid));
      if (stack != null) {
        away.put(tid, new Away(stack, now));
      }
    }
  }

  private void poll(long horizonNanos) {
    stacks.newRound();
    for (ProcessSampler sampler : samplers) {
      boolean switches = sampler == samplers.get(0) && hasSwitches();
      sampler.poll(record -> take(record, switches), horizonNanos);
    }
  }

  private boolean hasSwitches() {
    return request.kind() == RecordKind.OFFCPU || request.kind() == RecordKind.WALL;
  }

  private void take(PerfRecord record, boolean switches) {
    if (record.type() == PerfLayout.SAMPLE) {
      StackTally.Stack stack = stacks.of(record, meet(record.tid()));
      if (switches) {
        away.put(record.tid(), new Away(stack, record.timeNanos()));
      } else {
        add(stack, cpuWeight);
      }
    } else if (record.type() == PerfLayout.THROTTLE) {
      throttled++;
    } else if (isBack(record)) {
      Away left = away.remove(record.tid());
      if (left != null) {
        add(left.stack, record.timeNanos() - left.sinceNanos);
      }
    } else if (record.type() == PerfLayout.EXIT) {
      away.remove(record.bodyInt(2)); // pid, ppid, tid, ptid
    }
  }

  /** A switch to a thread; the second kind is of events that watch all processes of a CPU. */
  private static boolean isBack(PerfRecord record) {
    boolean isSwitch =
        record.type() == PerfLayout.SWITCH || record.type() == PerfLayout.SWITCH_CPU_WIDE;
    return isSwitch && (record.misc() & PerfLayout.MISC_SWITCH_OUT) == 0;
  }

  private void add(StackTally.Stack stack, long weight) {
    if (weight > 0) {
      tally.add(stack, weight);
    }
  }

  private int meet(int tid) {
    if (!request.perThread()) {
      return 0;
    }
    threads.meet(tid);
    return tid;
  }

  private boolean isAlive() {
    return ProcessHandle.of(request.pid()).map(ProcessHandle::isAlive).orElse(false);
  }

  private Recorded result(long startUnixNanos, long durationNanos) {
    NativeNames names = new NativeNames(request.pid(), stacks.code());
    Symbolizer symbolizer = new Symbolizer(stacks.frames(), names);
    List<Profile.Sample> samples = new ArrayList<>();
    tally.forEach(
        (stack, weight) -> {
          List<Frame> frames = symbolizer.frames(stack.ids());
          if (!stack.complete()) {
            frames.add(TRUNCATED);
          }
          if (request.perThread()) {
            frames.add(new Frame(Frame.Kind.THREAD, threads.of(stack.thread()), null, 0));
          }
          samples.add(new Profile.Sample(frames, weight, Map.of()));
        });
    if (names.lacksKernelNames()) {
      notes.add(
          "kernel functions have no names: /proc/kallsyms shows no addresses: run as root, or:"
              + " sysctl kernel.kptr_restrict=0");
    }
    long lost = lost();
    RecordKind kind = request.kind();
    Profile profile =
        new Profile(
            "process %d, %s".formatted(request.pid(), kind.title()),
            kind.valueType(),
            kind.unit(),
            samples,
            startUnixNanos,
            durationNanos);
    return new Recorded(profile, stacks.taken(), stacks.complete(), lost, notes);
  }

  /** Returns how many events have no record, and says why where it was not for want of room. */
  private long lost() {
    long lost = samplers.stream().mapToLong(ProcessSampler::lost).sum();
    long counted = count == null ? 0 : count.total();
    long heldBack = Math.max(0, counted - stacks.taken() - lost);
    if (throttled > 0) {
      notes.add(
          "the kernel held events back %d times, for the rest of a tick each%s: sysctl"
                  .formatted(throttled, counted == 0 ? "" : ", in all " + heldBack)
              + " kernel.perf_event_max_sample_rate=1000000");
    }
    return lost + heldBack;
  }

  @Override
  public void close() {
    if (count != null) {
      count.close();
    }
    samplers.forEach(ProcessSampler::close);
    stacks.close();
  }
}
