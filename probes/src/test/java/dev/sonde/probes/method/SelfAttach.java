package dev.sonde.probes.method;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Gets this JVM's Instrumentation, as an agent would, and opens the JDK with it. */
public final class SelfAttach {
  private static volatile Instrumentation instrumentation;

  private SelfAttach() {}

  /** The JVM calls this in the class that the system loader has: this one. */
  public static void agentmain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  public static synchronized Instrumentation instrumentation() {
    if (instrumentation == null) {
      try {
        Path jar = agentJar(SelfAttach.class.getName());
        VirtualMachine self = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
        self.loadAgent(jar.toString());
        self.detach();
        JdkAccess.open(instrumentation);
      } catch (Exception e) {
        throw new IllegalStateException("self attach: " + e, e);
      }
    }
    return instrumentation;
  }

  /** Returns a jar that holds a manifest only: the class comes from the class path. */
  static Path agentJar(String agentClass) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Agent-Class", agentClass);
    main.putValue("Premain-Class", agentClass);
    main.putValue("Can-Retransform-Classes", "true");
    main.putValue("Can-Redefine-Classes", "true");
    Path jar = Files.createTempFile("sonde-test-agent", ".jar");
    jar.toFile().deleteOnExit();
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }
}
