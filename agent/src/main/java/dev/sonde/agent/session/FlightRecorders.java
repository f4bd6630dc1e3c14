package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.AgentConfig.LatencyConfig;
import dev.sonde.agent.config.AgentConfig.RecorderConfig;
import dev.sonde.exporters.ExportPipeline;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.vm.context.OwnThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The flight recorders of a session and what pulls their triggers: an exception that is made, a
 * call that takes long, the command line, the JVM's end. Files are written by a thread of ours.
 */
final class FlightRecorders implements AutoCloseable {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final List<Recorder> recorders = new ArrayList<>();
  private final List<Trigger> triggers = new ArrayList<>();
  private final ExportPipeline pipeline;
  private final AgentLog log;
  private @Nullable TriggerProgram program;
  private @Nullable Link link;
  private @Nullable Thread thread;
  private volatile boolean stopping;

  /** One recorder, and what became of its triggers; guarded by itself. */
  private static final class Recorder {
    final RecorderConfig config;
    long lastNanos;
    boolean dumped;
    FlightRecorder.@Nullable Dump last;
    long dumps;
    long suppressed;

    Recorder(RecorderConfig config) {
      this.config = config;
    }

    String name() {
      return config.record().name();
    }

    synchronized boolean admits() {
      if (dumped && System.nanoTime() - lastNanos < config.cooldownNanos()) {
        suppressed++;
        return false;
      }
      return true;
    }

    synchronized void wrote(FlightRecorder.Dump dump) {
      dumped = true;
      lastNanos = System.nanoTime();
      last = dump;
      dumps++;
    }

    synchronized SessionStatus.RecorderStatus status() {
      FlightRecorder.Dump dump = last;
      return new SessionStatus.RecorderStatus(
          name(),
          config.record().map(),
          dumps,
          suppressed,
          dump == null ? "" : dump.trigger(),
          dump == null ? "" : dump.file().toString());
    }
  }

  /** A place whose events are a trigger; its index is the cookie. */
  private record Trigger(Recorder recorder, MethodTarget target, String text) {}

  private FlightRecorders(ExportPipeline pipeline, AgentLog log) {
    this.pipeline = pipeline;
    this.log = log;
  }

  /** Opens the recorders of {@code config}; their triggers are armed when this returns. */
  static FlightRecorders open(
      AgentConfig config, ExportPipeline pipeline, Attacher attacher, AgentLog log)
      throws SessionException {
    FlightRecorders opened = new FlightRecorders(pipeline, log);
    try {
      for (RecorderConfig recorder : config.export().recorders()) {
        opened.add(new Recorder(recorder));
      }
      opened.arm(config, attacher);
      return opened;
    } catch (SessionException | RuntimeException | LinkageError e) {
      opened.close();
      throw e;
    }
  }

  private void add(Recorder recorder) throws SessionException {
    recorders.add(recorder);
    for (String exception : recorder.config.exceptions()) {
      addTrigger(recorder, "method/" + exception + ".<init>", 0, "exception " + exception);
    }
    for (LatencyConfig latency : recorder.config.latencies()) {
      String text = "latency %s over %d us".formatted(latency.target(), latency.overNanos() / 1000);
      addTrigger(recorder, "methodret/" + latency.target(), latency.overNanos(), text);
      addTrigger(recorder, "methodexc/" + latency.target(), latency.overNanos(), text);
    }
  }

  private void addTrigger(Recorder recorder, String section, long overNanos, String text)
      throws SessionException {
    try {
      MethodTarget target =
          MethodTarget.parse(section)
              .withCookie(triggers.size())
              .withLimits(new ProbeLimits(1, 0, overNanos, 0));
      triggers.add(new Trigger(recorder, target, text));
    } catch (IllegalArgumentException e) {
      throw new SessionException(
          "export.recorders: recorder \"%s\": %s".formatted(recorder.name(), e.getMessage()), e);
    }
  }

  private void arm(AgentConfig config, Attacher attacher) {
    if (triggers.isEmpty()) {
      return;
    }
    TriggerProgram loaded = TriggerProgram.load(config.jit());
    program = loaded;
    thread = OwnThreads.start("sonde-recorder", () -> run(loaded));
    Link attached =
        attacher.attach(
            triggers.stream()
                .map(trigger -> new Attachment(loaded.executable(), trigger.target()))
                .toList());
    link = attached;
    attached.status().forEach(status -> AttachReport.say(status, log));
  }

  private void run(TriggerProgram loaded) {
    while (!stopping) {
      loaded.ring().reader().await(WAIT_NANOS);
      loaded
          .ring()
          .reader()
          .poll((data, offset, length) -> pull((int) data.getLong(offset)), Integer.MAX_VALUE);
    }
  }

  private void pull(int index) {
    Trigger trigger = triggers.get(index);
    if (!stopping && trigger.recorder.admits()) {
      try {
        dump(trigger.recorder, trigger.text);
      } catch (SessionException e) {
        log.warn(e.getMessage());
      }
    }
  }

  /** Dumps all recorders, whatever their cooldown says: the command line asks. */
  List<FlightRecorder.Dump> dumpAll(String trigger) throws SessionException {
    List<FlightRecorder.Dump> dumps = new ArrayList<>();
    for (Recorder recorder : recorders) {
      dumps.addAll(dump(recorder, trigger));
    }
    return dumps;
  }

  /** The JVM ends: those that want it dump. */
  void jvmExits() {
    for (Recorder recorder : recorders) {
      try {
        if (recorder.config.onExit()) {
          dump(recorder, "exit");
        }
      } catch (SessionException e) {
        log.warn(e.getMessage());
      }
    }
  }

  private List<FlightRecorder.Dump> dump(Recorder recorder, String trigger)
      throws SessionException {
    try {
      List<FlightRecorder.Dump> dumps = pipeline.dump(recorder.name(), trigger);
      for (FlightRecorder.Dump dump : dumps) {
        recorder.wrote(dump);
        log.info(
            "recorder \"%s\": %s: %d records in %s"
                .formatted(dump.name(), dump.trigger(), dump.records(), dump.file()));
      }
      return dumps;
    } catch (IOException | RuntimeException e) {
      throw new SessionException("recorder \"%s\": dump: %s".formatted(recorder.name(), e), e);
    }
  }

  List<SessionStatus.RecorderStatus> status() {
    return recorders.stream().map(Recorder::status).toList();
  }

  /** Disarms the triggers; a dump that is being written is finished. */
  @Override
  public void close() {
    if (link != null) {
      link.close();
    }
    stopping = true;
    Thread waiting = thread;
    TriggerProgram loaded = program;
    if (waiting != null && loaded != null) {
      loaded.wake();
      try {
        waiting.join(TimeUnit.SECONDS.toMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (!waiting.isAlive()) {
        loaded.close(); // else a late dump holds it; better a ring lost than one freed in use
      }
    }
  }
}
