package dev.sonde.agent.boot;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;

/**
 * The entries that the JVM calls: {@code -javaagent}, dynamic attach, and {@code java -jar}.
 *
 * <p>The first two never throw: an exception out of premain would end the application's JVM.
 */
public final class AgentMain {
  private static final String RUNTIME = "dev.sonde.agent.AgentRuntime";
  private static final String CLI = "dev.sonde.agent.cli.Main";

  /**
   * One loader for the life of the JVM, so that later attaches find the sessions of earlier ones.
   */
  private static ClassLoader loader;

  private AgentMain() {}

  /** Called for {@code -javaagent:sonde.jar=config.yaml} before the application's main method. */
  public static void premain(String argument, Instrumentation instrumentation) {
    enter("premain", argument, instrumentation);
  }

  /** Called when {@code sonde attach} and the other commands load the jar into a running JVM. */
  public static void agentmain(String argument, Instrumentation instrumentation) {
    enter("agentmain", argument, instrumentation);
  }

  /** The command line. */
  public static void main(String[] args) throws Throwable {
    Method main;
    try {
      main = loader().loadClass(CLI).getMethod("main", String[].class);
    } catch (IOException | ReflectiveOperationException e) {
      System.err.println("sonde: " + e.getMessage());
      System.exit(1);
      return;
    }
    try {
      main.invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void enter(String entry, String argument, Instrumentation instrumentation) {
    try {
      Class<?> runtime = loader().loadClass(RUNTIME);
      runtime
          .getMethod(entry, String.class, Instrumentation.class)
          .invoke(null, argument == null ? "" : argument, instrumentation);
    } catch (Throwable failure) { // whatever it is, the application must start
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      System.err.println("sonde: agent: " + cause + ": tracing is off, the application runs on");
    }
  }

  private static synchronized ClassLoader loader() throws IOException {
    if (loader == null) {
      loader = new AgentClassLoader(jarPath());
    }
    return loader;
  }

  private static File jarPath() throws IOException {
    URL jar = AgentMain.class.getProtectionDomain().getCodeSource().getLocation();
    try {
      return new File(jar.toURI());
    } catch (URISyntaxException e) {
      throw new IOException(jar + ": " + e.getMessage(), e);
    }
  }
}
