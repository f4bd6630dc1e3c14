package dev.sonde.agent;

import dev.sonde.testapp.Shop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;

/**
 * An agent that writes the code which {@link Shop} has now, all other agents' included, to a file.
 */
public final class WovenSpy {
  private WovenSpy() {}

  public static void agentmain(String file, Instrumentation instrumentation) throws Exception {
    ClassFileTransformer spy =
        new ClassFileTransformer() {
          @Override
          public byte[] transform(
              ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] now) {
            if (type == Shop.class) {
              write(Path.of(file), now);
            }
            return null;
          }
        };
    instrumentation.addTransformer(spy, true);
    try {
      instrumentation.retransformClasses(Shop.class);
    } finally {
      instrumentation.removeTransformer(spy);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
