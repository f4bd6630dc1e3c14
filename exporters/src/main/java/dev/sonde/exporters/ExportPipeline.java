package dev.sonde.exporters;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.ExportCounters;
import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.exporters.stream.MapMetric;
import dev.sonde.exporters.stream.RecordPump;
import dev.sonde.exporters.stream.StackCounts;
import dev.sonde.vm.context.OwnThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way out of one session: reads its rings and maps on a thread of its own and feeds the sinks.
 *
 * <p>Nothing here is ever called by the traced application's threads, and no failure of a sink
 * reaches them: a full queue drops and counts, a dead receiver is told about once a minute. After
 * {@link #close} no map or ring is touched any more, so that their memory may be freed.
 */
public final class ExportPipeline implements AutoCloseable {
  private static final int POLL_LIMIT = 4096; // records between two looks at the stop flag
  private static final long FIRST_IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long PROFILE_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long FLUSH_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int DRAIN_ROUNDS = 256; // a writer that never rests cannot hold up close

  private final List<RecordPump> pumps;
  private final List<MapMetric> metrics;
  private final List<StackCounts> profiles;
  private final List<FlightRecorder> recorders;
  private final MetricReading selfMetrics;
  private final List<GuardedSink> sinks;
  private final Set<RecordPump> broken = new HashSet<>(); // rings found corrupted; under reading
  private final ExportTally tally;
  private final ExportLog log;
  private final long startUnixNanos = System.currentTimeMillis() * 1_000_000;
  private final long startNanos = System.nanoTime();

  /** Held while sinks are called, so that they see one call at a time. */
  private final ReentrantLock emitting = new ReentrantLock();

  /** Held while maps and rings are read; {@link #open} changes under it only. */
  private final ReentrantLock reading = new ReentrantLock();

  private boolean open = true;
  private long lostAtClose;
  private volatile boolean stopping;
  private @Nullable Thread thread;

  ExportPipeline(PipelineParts parts) {
    this.pumps = List.copyOf(parts.pumps());
    this.metrics = List.copyOf(parts.metrics());
    this.profiles = List.copyOf(parts.profiles());
    this.recorders = List.copyOf(parts.recorders());
    this.selfMetrics = parts.selfMetrics();
    this.tally = parts.tally();
    this.log = parts.log();
    this.sinks = parts.sinks(this::readMetrics);
  }

  /** Returns a builder of pipelines whose messages go to {@code log}. */
  public static ExportPipelineBuilder builder(ExportLog log) {
    return new ExportPipelineBuilder(log);
  }

  /** Starts the export thread. */
  public void start() {
    thread = OwnThreads.start("sonde-export", this::run);
  }

  private void run() {
    long idleNanos = FIRST_IDLE_NANOS;
    long nextProfileNanos = System.nanoTime() + PROFILE_PERIOD_NANOS;
    while (!stopping) {
      int records = pump();
      idleNanos = records > 0 ? FIRST_IDLE_NANOS : Math.min(2 * idleNanos, IDLE_NANOS);
      if (System.nanoTime() >= nextProfileNanos) {
        handOverProfiles();
        nextProfileNanos = System.nanoTime() + PROFILE_PERIOD_NANOS;
      }
      if (records < POLL_LIMIT) {
        LockSupport.parkNanos(idleNanos);
      }
    }
  }

  /** Reads what the rings hold, at most {@link #POLL_LIMIT} records of each. */
  private int pump() {
    int most = 0;
    emitting.lock();
    try {
      for (RecordPump pump : pumps) {
        most = Math.max(most, pumpOne(pump));
      }
    } finally {
      emitting.unlock();
    }
    return most;
  }

  private int pumpOne(RecordPump pump) {
    reading.lock();
    try {
      return open && !broken.contains(pump) ? pump.poll(this::emit, POLL_LIMIT) : 0;
    } catch (RuntimeException corrupted) {
      broken.add(pump);
      tally.addFailure();
      log.warn("ring: " + pump.source().name() + ": " + corrupted + "; it is read no more");
      return 0;
    } finally {
      reading.unlock();
    }
  }

  private void emit(EventRecord record) {
    tally.addEvent();
    for (GuardedSink sink : sinks) {
      sink.event(record);
    }
  }

  /** Returns what all metric maps say now, and the pipeline's own; nothing once it is closed. */
  public List<Metric> readMetrics() {
    reading.lock();
    try {
      if (!open) {
        return List.of();
      }
      List<Metric> all = new ArrayList<>();
      metrics.forEach(metric -> all.add(metric.read()));
      all.addAll(PipelineMetrics.of(tally.snapshot(lost())));
      all.addAll(selfMetrics.read());
      return all;
    } finally {
      reading.unlock();
    }
  }

  /** Returns the stacks counted so far; nothing once the pipeline is closed. */
  public List<Profile> readProfiles() {
    long durationNanos = System.nanoTime() - startNanos;
    reading.lock();
    try {
      return open
          ? profiles.stream().map(p -> p.read(startUnixNanos, durationNanos)).toList()
          : List.of();
    } finally {
      reading.unlock();
    }
  }

  /**
   * Writes what the flight recorder called {@code name} holds to a file; {@code ""} means all of
   * them. Nothing once the pipeline is closed.
   *
   * @param trigger what pulled it, for the file
   */
  public List<FlightRecorder.Dump> dump(String name, String trigger) throws IOException {
    List<FlightRecorder.Dump> dumps = new ArrayList<>();
    reading.lock();
    try {
      for (FlightRecorder recorder : open ? recorders : List.<FlightRecorder>of()) {
        if (name.isEmpty() || name.equals(recorder.name())) {
          dumps.add(recorder.dump(trigger));
        }
      }
      return dumps;
    } finally {
      reading.unlock();
    }
  }

  /** Reads the rings empty, hands the stacks to the sinks and waits until all have sent. */
  public void flush() {
    int rounds = 0;
    // Lanes hand over in the second round what was written before the first.
    while ((pump() > 0 || rounds < 2) && rounds < DRAIN_ROUNDS) {
      rounds++;
    }
    handOverProfiles();
    emitting.lock();
    try {
      sinks.forEach(sink -> sink.flush(FLUSH_TIMEOUT_NANOS));
    } finally {
      emitting.unlock();
    }
  }

  private void handOverProfiles() {
    List<Profile> stacks = readProfiles();
    emitting.lock();
    try {
      for (GuardedSink sink : sinks) {
        stacks.forEach(sink::profile);
      }
    } finally {
      emitting.unlock();
    }
  }

  /** Drains, flushes, closes the sinks; afterwards no map is read. Does nothing the second time. */
  @Override
  public void close() {
    if (stopping) {
      return;
    }
    stopping = true;
    join();
    flush();
    emitting.lock();
    try {
      sinks.forEach(GuardedSink::close);
    } finally {
      emitting.unlock();
    }
    release();
  }

  private void release() {
    reading.lock();
    try {
      lostAtClose = lost();
      open = false;
    } finally {
      reading.unlock();
    }
  }

  private void join() {
    Thread export = thread;
    if (export == null) {
      return;
    }
    LockSupport.unpark(export);
    try {
      export.join(Duration.ofSeconds(5).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long lost() {
    return pumps.stream().mapToLong(pump -> pump.source().feed().lost()).sum();
  }

  /** Returns what was read, lost and sent so far. */
  public ExportCounters counters() {
    reading.lock();
    try {
      return tally.snapshot(open ? lost() : lostAtClose);
    } finally {
      reading.unlock();
    }
  }
}
