package dev.sonde.probes.method;

import dev.sonde.probes.ProbeGlob;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The methods of the loaded classes, as places to attach to. */
public final class MethodPoints {
  private MethodPoints() {}

  /**
   * Hands over {@code method/CLASS.METHOD(TYPES)} of every method that {@code glob} matches and
   * that has code, class by class in the order of their names.
   */
  public static void forEach(
      Instrumentation instrumentation, ProbeGlob glob, Consumer<String> consumer) {
    ClassLoader own = MethodPoints.class.getClassLoader();
    Stream.<Class<?>>of(instrumentation.getAllLoadedClasses())
        .filter(type -> !type.isArray() && !type.isPrimitive() && !type.isHidden())
        .filter(type -> type.getClassLoader() != own)
        .filter(type -> glob.mayMatch("method/" + type.getName()))
        .sorted(Comparator.comparing(type -> type.getName()))
        .forEach(type -> forEach(type, glob, consumer));
  }

  private static void forEach(Class<?> type, ProbeGlob glob, Consumer<String> consumer) {
    for (Executable method : declared(type)) {
      String point = "method/" + type.getName() + "." + text(method);
      if (glob.matches(point) || glob.matches(point.substring(0, point.indexOf('(')))) {
        consumer.accept(point);
      }
    }
  }

  private static List<Executable> declared(Class<?> type) {
    List<Executable> all = new ArrayList<>();
    try {
      all.addAll(List.of(type.getDeclaredConstructors()));
      for (Executable method : type.getDeclaredMethods()) {
        int without = Modifier.ABSTRACT | Modifier.NATIVE;
        if ((method.getModifiers() & without) == 0) {
          all.add(method);
        }
      }
    } catch (LinkageError | RuntimeException unloadable) {
      // a type in a signature is not there: the JVM has no list of the methods then
    }
    all.sort(Comparator.comparing(MethodPoints::text));
    return all;
  }

  private static String text(Executable method) {
    String name = method instanceof Constructor<?> ? "<init>" : method.getName();
    List<String> types = new ArrayList<>();
    for (Class<?> type : method.getParameterTypes()) {
      types.add(type.getTypeName());
    }
    return name + "(" + String.join(",", types) + ")";
  }
}
