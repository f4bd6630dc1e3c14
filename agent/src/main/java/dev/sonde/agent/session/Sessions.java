package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.map.BpfMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** All sessions of this JVM by name. */
public final class Sessions {
  private final JavaProbes probes;
  private final AgentLog log;
  private final Map<String, TracingSession> byName = new LinkedHashMap<>();

  public Sessions(JavaProbes probes, AgentLog log) {
    this.probes = probes;
    this.log = log;
    Runtime.getRuntime().addShutdownHook(OwnThreads.make("sonde-exit", this::closeAtExit));
  }

  /** Opens a session; its programs see events when this returns. */
  public synchronized TracingSession open(AgentConfig config) throws SessionException {
    if (byName.containsKey(config.session())) {
      throw new SessionException(
          "session \"%s\": is open already: detach it, or give this one another name (session:)"
              .formatted(config.session()));
    }
    TracingSession session = TracingSession.open(config, probes, log);
    byName.put(config.session(), session);
    return session;
  }

  public synchronized List<TracingSession> open() {
    return List.copyOf(byName.values());
  }

  /**
   * Closes the session called {@code name}, or all when it is empty.
   *
   * @return what each had seen, after its last drain
   */
  public synchronized List<SessionStatus> close(String name) throws SessionException {
    if (!name.isEmpty() && !byName.containsKey(name)) {
      throw new SessionException(
          "session \"%s\": none of that name: open are %s".formatted(name, byName.keySet()));
    }
    List<SessionStatus> closed = new ArrayList<>();
    for (String each : name.isEmpty() ? List.copyOf(byName.keySet()) : List.of(name)) {
      TracingSession session = byName.remove(each);
      session.close();
      closed.add(session.status());
    }
    return closed;
  }

  /**
   * Works on the map called {@code map} of the only session, or of the one called {@code name}; the
   * session stays open meanwhile, so that the map's memory does.
   */
  public synchronized <T> T onMap(String name, String map, Function<BpfMap, T> work)
      throws SessionException {
    return work.apply(session(name).map(map));
  }

  /**
   * Replaces programs of the only session, or of the one called {@code name}, by those of a later
   * build of their object; returns which.
   */
  public synchronized List<String> replace(String name, Path file, String fileName)
      throws SessionException {
    return session(name).replace(file, fileName);
  }

  /**
   * Writes what the flight recorders of the only session, or of the one called {@code name}, hold.
   */
  public synchronized List<FlightRecorder.Dump> dump(String name) throws SessionException {
    List<FlightRecorder.Dump> dumps = session(name).dump("command line");
    if (dumps.isEmpty()) {
      throw new SessionException(
          "dump: the session has no flight recorder: want one under export.recorders");
    }
    return dumps;
  }

  /**
   * Works on an open session, which stays open meanwhile.
   *
   * @return false when somebody has closed it
   */
  public synchronized boolean ifOpen(TracingSession session, Runnable work) {
    boolean open = byName.get(session.name()) == session;
    if (open) {
      work.run();
    }
    return open;
  }

  private TracingSession session(String name) throws SessionException {
    TracingSession session =
        name.isEmpty() && byName.size() == 1 ? byName.values().iterator().next() : byName.get(name);
    if (byName.isEmpty()) {
      throw new SessionException("session: none is open: sonde attach PID -c FILE opens one");
    }
    if (session == null) {
      throw new SessionException(
          "session \"%s\": want one of those that are open: %s".formatted(name, byName.keySet()));
    }
    return session;
  }

  /** The JVM ends: answers that are still inside must come out. */
  private void closeAtExit() {
    try {
      open().forEach(TracingSession::jvmExits);
      close("");
    } catch (SessionException | RuntimeException | LinkageError e) {
      log.warn("exit: " + e);
    }
  }
}
