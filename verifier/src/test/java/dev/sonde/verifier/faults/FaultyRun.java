package dev.sonde.verifier.faults;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** The JVM in which the tests meet a faulty verifier: {@code FaultyRun FILE TEST...}. */
final class FaultyRun {
  private FaultyRun() {}

  /** Writes the first test that fails into a file; nothing if none does. */
  public static void main(String[] arguments) throws IOException {
    List<String> tests = List.of(arguments).subList(1, arguments.length);
    String killer = firstThatFails(tests);
    Files.writeString(Path.of(arguments[0]), killer == null ? "" : killer);
    System.exit(0); // whatever threads a fault has left
  }

  private static @Nullable String firstThatFails(List<String> tests) {
    for (String name : tests) {
      try {
        Class<?> type = Class.forName("dev.sonde.verifier." + name);
        Method[] methods = type.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
          if (method.isAnnotationPresent(BeforeAll.class)) {
            method.setAccessible(true);
            method.invoke(null);
          }
        }
        for (Method method : methods) {
          run(type, method);
        }
      } catch (ReflectiveOperationException | LinkageError e) {
        e.printStackTrace();
        return name;
      }
    }
    return null;
  }

  private static void run(Class<?> type, Method method) throws ReflectiveOperationException {
    boolean test = method.isAnnotationPresent(Test.class);
    if (!test && !method.isAnnotationPresent(ParameterizedTest.class)) {
      return;
    }
    method.setAccessible(true);
    for (Object[] arguments : argumentsOf(type, method)) {
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      try {
        method.invoke(constructor.newInstance(), arguments);
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof TestAbortedException)) {
          throw e;
        }
      }
    }
  }

  private static List<Object[]> argumentsOf(Class<?> type, Method method)
      throws ReflectiveOperationException {
    List<Object[]> all = new ArrayList<>();
    ValueSource values = method.getAnnotation(ValueSource.class);
    MethodSource source = method.getAnnotation(MethodSource.class);
    if (values != null) {
      Arrays.stream(values.ints()).forEach(value -> all.add(new Object[] {value}));
    } else if (source != null) {
      Method named = type.getDeclaredMethod(source.value()[0]);
      named.setAccessible(true);
      ((Stream<?>) named.invoke(null))
          .forEach(one -> all.add(one instanceof Arguments many ? many.get() : new Object[] {one}));
    } else if (method.getParameterCount() == 0) {
      all.add(new Object[0]);
    }
    return all; // none for other sources
  }
}
