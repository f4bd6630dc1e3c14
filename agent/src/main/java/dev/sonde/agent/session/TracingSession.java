package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.AgentConfig.ObjectConfig;
import dev.sonde.exporters.ExportPipeline;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.map.BpfMap;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One session, from its configuration to its last answer: objects loaded, programs verified and
 * compiled, answers on their way, probes attached; and all of it undone in reverse.
 */
public final class TracingSession implements AutoCloseable {
  private final AgentConfig config;
  private final AgentLog log;
  private final List<LoadedObject> objects = new ArrayList<>();
  private final PinnedMaps pinned = new PinnedMaps();
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private @Nullable ExportPipeline pipeline;
  private @Nullable Link link;
  private @Nullable FlightRecorders recorders;
  private @Nullable SessionStatus last;

  private TracingSession(AgentConfig config, AgentLog log) {
    this.config = config;
    this.log = log;
  }

  /**
   * Opens a session; its programs see events when this returns.
   *
   * @throws SessionException if anything cannot be done as it was asked for; nothing is left behind
   */
  static TracingSession open(AgentConfig config, JavaProbes probes, AgentLog log)
      throws SessionException {
    TracingSession session = new TracingSession(config, log);
    try {
      session.load();
      session.export(probes);
      session.record(probes.attacher());
      session.attach(probes.attacher());
      return session;
    } catch (SessionException | RuntimeException | LinkageError e) {
      session.close();
      throw e instanceof SessionException known ? known : new SessionException(e.toString(), e);
    }
  }

  private void load() throws SessionException {
    undo.push(pinned::close);
    for (ObjectConfig object : config.objects()) {
      LoadedObject loaded = LoadedObject.load(object, config, pinned);
      undo.push(loaded::close);
      objects.add(loaded);
    }
    engineNotes().forEach(log::warn);
  }

  /** Returns why programs are interpreted that were to be compiled, one line each. */
  private List<String> engineNotes() {
    return objects.stream()
        .flatMap(object -> object.programs().stream())
        .map(program -> program.engine().why())
        .filter(why -> !why.isEmpty())
        .toList();
  }

  private void export(JavaProbes probes) throws SessionException {
    ExportPipeline opened =
        new PipelineFactory(config, objects, log).create(probes.frames(), this::selfMetrics);
    pipeline = opened;
    undo.push(opened::close);
    opened.start();
  }

  private void record(Attacher attacher) throws SessionException {
    if (pipeline != null && !config.export().recorders().isEmpty()) {
      FlightRecorders opened = FlightRecorders.open(config, pipeline, attacher, log);
      recorders = opened;
      undo.push(opened::close);
    }
  }

  private List<Metric> selfMetrics() {
    List<SessionStatus.EventMapStatus> maps = EventMaps.status(objects);
    SessionCounters counters = new SessionCounters(pipeline, link, maps);
    return SelfMetrics.of(
        counters.losses(), maps, engineNotes().size(), counters.probesSwitchedOff());
  }

  private void attach(Attacher attacher) throws SessionException {
    List<Attachment> attachments = new ArrayList<>();
    for (LoadedObject object : objects) {
      attachments.addAll(object.attachments());
    }
    Link attached = attacher.attach(attachments);
    link = attached;
    undo.push(attached::close);
    attached.status().forEach(status -> AttachReport.say(status, log));
  }

  /** Returns what the session sees; after {@link #close} what it had seen. */
  public SessionStatus status() {
    SessionStatus ended = last;
    return ended != null ? ended : read();
  }

  private SessionStatus read() {
    List<SessionStatus.ProgramStatus> programs = new ArrayList<>();
    for (LoadedObject object : objects) {
      object.programs().forEach(program -> programs.add(program.status()));
    }
    List<SessionStatus.EventMapStatus> maps = EventMaps.status(objects);
    SessionCounters counters = new SessionCounters(pipeline, link, maps);
    return new SessionStatus(
        config.session(),
        programs,
        link == null ? List.of() : link.status(),
        maps,
        recorders == null ? List.of() : recorders.status(),
        counters.losses(),
        counters.exports());
  }

  /**
   * Puts the programs of a later build of an object in the place of those that run: no method is
   * woven anew, no event is lost or seen twice, and maps go on with what they hold.
   *
   * @return the programs that were replaced
   */
  List<String> replace(Path file, String fileName) throws SessionException {
    if (link == null) {
      throw new SessionException("session \"%s\": nothing is attached".formatted(name()));
    }
    return new ProgramReplacement(config, pinned, objects, link).replace(file, fileName);
  }

  /** Detaches the programs; maps and rings stay until {@link #close}. */
  public void detach() {
    if (link != null) {
      link.close();
    }
  }

  /** Returns a view of all maps and rings, for as long as the session is open. */
  public LiveView view() {
    return new LiveView(config, objects);
  }

  public String name() {
    return config.session();
  }

  /** Returns the live map called {@code name}; its memory is freed when the session closes. */
  BpfMap map(String name) throws SessionException {
    return SessionMaps.of(config.session(), objects).find(name).map();
  }

  /** Writes what all flight recorders hold to files; none is no error. */
  List<FlightRecorder.Dump> dump(String trigger) throws SessionException {
    return recorders == null ? List.of() : recorders.dumpAll(trigger);
  }

  /** The JVM ends: flight recorders that want it dump before anything is closed. */
  void jvmExits() {
    if (recorders != null) {
      recorders.jvmExits();
    }
  }

  /** Detaches, drains, flushes and frees, in this order; closing again does nothing. */
  @Override
  public void close() {
    if (last != null) {
      return;
    }
    SessionStatus status = null;
    while (!undo.isEmpty()) {
      if (undo.size() == objects.size() + 1) {
        status = read(); // detached and drained, maps still there
      }
      undoOne(undo.pop());
    }
    last = status != null ? status : emptyStatus();
  }

  private void undoOne(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | LinkageError e) {
      log.error("session \"%s\": closing: %s".formatted(config.session(), e));
    }
  }

  private SessionStatus emptyStatus() {
    return new SessionStatus(
        config.session(), List.of(), List.of(), List.of(), List.of(), Map.of(), Map.of());
  }
}
