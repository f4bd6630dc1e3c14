package dev.sonde.probes.method;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import net.bytebuddy.jar.asm.ClassReader;
import org.jspecify.annotations.Nullable;

/**
 * The supertypes of classes that are not loaded yet, from their class files: loading them from
 * within the loading of another class could come full circle.
 */
final class SuperTypes {
  private static final int MAX_CACHED = 20_000;

  private final ConcurrentHashMap<String, List<String>> direct = new ConcurrentHashMap<>();

  /** Returns the superclass and the interfaces that a class file names. */
  static List<String> direct(ClassReader reader) {
    List<String> types = new ArrayList<>(List.of(reader.getInterfaces()));
    if (reader.getSuperName() != null) {
      types.add(reader.getSuperName());
    }
    return types;
  }

  /** Tells whether one of {@code types}, as {@code loader} sees them, is or has the wanted one. */
  boolean anyReaches(List<String> types, String wanted, @Nullable ClassLoader loader) {
    for (String type : types) {
      if (type.equals(wanted)) {
        return true;
      }
      boolean dead = type.equals("java/lang/Object") || isOfJdk(type) && !isOfJdk(wanted);
      if (!dead && anyReaches(directOf(type, loader), wanted, loader)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfJdk(String internalName) {
    return internalName.startsWith("java/") || internalName.startsWith("jdk/");
  }

  private List<String> directOf(String type, @Nullable ClassLoader loader) {
    String key = Weaver.key(type, loader);
    List<String> known = direct.get(key);
    if (known == null) {
      known = read(type + ".class", loader);
      if (direct.size() < MAX_CACHED) {
        direct.put(key, known);
      }
    }
    return known;
  }

  private static List<String> read(String resource, @Nullable ClassLoader loader) {
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(resource)
            : loader.getResourceAsStream(resource)) {
      return in == null ? List.of() : direct(new ClassReader(in.readAllBytes()));
    } catch (IOException | RuntimeException unreadable) { // a loader of the application may throw
      return List.of();
    }
  }
}
