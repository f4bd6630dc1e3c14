package dev.sonde.agent;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.ConfigException;
import dev.sonde.agent.config.ConfigReader;
import dev.sonde.agent.control.ControlConnection;
import dev.sonde.agent.session.AgentLog;
import dev.sonde.agent.session.JavaProbes;
import dev.sonde.agent.session.KindAttacher;
import dev.sonde.agent.session.LaterNews;
import dev.sonde.agent.session.SampleAttacher;
import dev.sonde.agent.session.SessionException;
import dev.sonde.agent.session.Sessions;
import dev.sonde.probes.AttachTarget;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.IntervalTarget;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.jfr.JfrAttacher;
import dev.sonde.probes.method.JdkAccess;
import dev.sonde.probes.method.MethodAttacher;
import dev.sonde.probes.record.NativeAttacher;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.timer.IntervalAttacher;
import dev.sonde.vm.context.OwnThreads;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent in this JVM: one for its life, made by the first premain or agentmain. Nothing here
 * throws into the application: what goes wrong is said on stderr, and the application runs on.
 */
public final class AgentRuntime {
  private static final String CONTROL = "control=";

  private static @Nullable AgentRuntime instance;

  private final AgentLog log = new AgentLog(System.err);
  private final Instrumentation instrumentation;
  private final Sessions sessions;

  private AgentRuntime(Instrumentation instrumentation) {
    this.instrumentation = instrumentation;
    JavaFrames frames = new JavaFrames();
    Attacher methods = new MethodAttacher(instrumentation, frames, new LaterNews(log));
    KindAttacher attacher = new KindAttacher(kinds(methods, frames));
    sessions = new Sessions(new JavaProbes(attacher, frames), log);
  }

  /** What can be attached here; JFR's classes are loaded when a program asks for them. */
  private Map<Class<? extends AttachTarget>, Attacher> kinds(Attacher methods, JavaFrames frames) {
    Attacher recorder = attachments -> new JfrAttacher(frames).attach(attachments);
    Attacher kernel = new NativeAttacher(frames);
    Map<Class<? extends AttachTarget>, Attacher> kinds = new LinkedHashMap<>();
    kinds.put(MethodTarget.class, methods);
    kinds.put(JfrTarget.class, recorder);
    kinds.put(IntervalTarget.class, new IntervalAttacher());
    kinds.put(PerfEventTarget.class, new SampleAttacher(kernel, recorder, log));
    kinds.put(NativeTarget.class, kernel);
    return kinds;
  }

  /** {@code -javaagent:sonde.jar=config.yaml}: the session is open when this returns. */
  public static void premain(String argument, Instrumentation instrumentation) {
    AgentRuntime runtime = get(instrumentation);
    runtime.openSession(argument);
  }

  /** A load into the running JVM, by {@code sonde} or by any other attach tool. */
  public static void agentmain(String argument, Instrumentation instrumentation) {
    AgentRuntime runtime = get(instrumentation);
    if (argument.startsWith(CONTROL)) {
      runtime.serve(Path.of(argument.substring(CONTROL.length())));
    } else {
      runtime.openSession(argument);
    }
  }

  private static synchronized AgentRuntime get(Instrumentation instrumentation) {
    if (instance == null) {
      JdkAccess.open(instrumentation); // before anything touches raw memory
      instance = new AgentRuntime(instrumentation);
    }
    return instance;
  }

  private void openSession(String argument) {
    if (argument.isEmpty()) {
      log.error("agent: no configuration: want -javaagent:sonde.jar=config.yaml; tracing is off");
      return;
    }
    try {
      AgentConfig config = ConfigReader.read(Path.of(argument));
      log.setLevel(config.log());
      sessions.open(config);
    } catch (ConfigException | SessionException e) {
      log.error(e.getMessage());
      log.error("agent: nothing is traced, the application runs on");
    }
  }

  /** Answers on a thread of its own: the JVM's attach listener must not wait for a session. */
  private void serve(Path socket) {
    OwnThreads.start("sonde-control", () -> serveNow(socket));
  }

  private void serveNow(Path socket) {
    try {
      ControlConnection.serve(socket, new ControlCommands(instrumentation, sessions, log)::handle);
    } catch (IOException e) {
      log.warn("control: %s: %s".formatted(socket, e.getMessage()));
    }
  }
}
