package dev.sonde.bench;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the first programs of a JVM cost, with Sonde as users have it: {@code FirstProgram JAR
 * OBJECT} takes its classes from the packaged jar, as the agent and the command line do, and prints
 * the CPU time of verifying and of compiling the object's first program, three times each.
 */
public final class FirstProgram {
  private static final String LOADER = "dev.sonde.agent.boot.AgentClassLoader";

  private FirstProgram() {}

  public static void main(String[] arguments) throws Exception {
    File jar = new File(arguments[0]);
    URL own = FirstProgram.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader boot = new URLClassLoader(new URL[] {jar.toURI().toURL()}, null)) {
      Constructor<?> loader = boot.loadClass(LOADER).getDeclaredConstructor(File.class);
      loader.setAccessible(true);
      ClassLoader sonde = (ClassLoader) loader.newInstance(jar);
      try (URLClassLoader bench = new URLClassLoader(new URL[] {own}, sonde)) {
        bench
            .loadClass(FirstProgram.class.getName())
            .getMethod("measure", String.class)
            .invoke(null, arguments[1]);
      }
    }
  }

  /** Called in the class that the jar's loader stands behind. */
  public static void measure(String object) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    StringBuilder said = new StringBuilder();
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(
                ObjectReader.read(Path.of(object)), Map.of(), pinned, Kfuncs::byName)) {
      ResolvedProgram program = collection.programs().get(0);
      for (int i = 0; i < 3; i++) {
        long start = threads.getCurrentThreadCpuTime();
        VerifiedProgram verified = Verifier.verify(program, VerifierOptions.DEFAULT);
        long then = threads.getCurrentThreadCpuTime();
        new JitCompiler(JitOptions.DEFAULT).compile(verified);
        long end = threads.getCurrentThreadCpuTime();
        said.append(" | ").append((then - start) / 1000).append(" us, ");
        said.append((end - then) / 1000).append(" us");
      }
      System.out.println(program.insns().size() + " insns: verified, compiled" + said);
    }
  }
}
