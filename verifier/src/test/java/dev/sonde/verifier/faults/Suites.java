package dev.sonde.verifier.faults;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** The verifier's tests, run in this JVM without a launcher, so that each costs only itself. */
final class Suites {
  /** In the order of what they cost for what they find. */
  static final List<String> ALL =
      List.of(
          "kernel.VerdictCasesTest",
          "kernel.RecordedWalksTest",
          "kernel.SocketFieldsTest",
          "ArgumentTagsTest",
          "PacketEndTest",
          "LicenseTest",
          "SignedFillTest",
          "ReadOnlyMapTest",
          "ActingHelpersTest",
          "KfuncMisuseTest",
          "LogTextTest",
          "cfg.ControlFlowTest",
          "cfg.StructureTest",
          "certify.InclusionTest",
          "certify.CertifierTest",
          "transfer.StateTest",
          "explore.PrecisionTest",
          "explore.ExplorerTest",
          "explore.ComparisonTest",
          "kernel.TangledWalksTest",
          "witness.GeneratedWalksTest",
          "kernel.WalkDigestsTest",
          "domain.RecordedScalarsTest",
          "domain.LinuxParityTest",
          "ContextTableTest",
          "facts.DrawnLoopShapesTest",
          "facts.CountedLoopTest",
          "facts.LoopShapesTest",
          "witness.WitnessTest",
          "TracingToolsTest",
          "kernel.VerdictReplayTest",
          "kernel.HelperTableTest",
          "domain.RandomScalarTest",
          "domain.TnumTest",
          "LimitsTest",
          "ConstructsTest",
          "kernel.KernelVerdictTest",
          "domain.ScalarDomainTest");

  /** Their tests see only themselves. */
  private static final List<String> ROOMS = List.of("domain.", "facts.");

  /** They take a second together. */
  static final List<String> QUICK = ALL.subList(0, 2);

  private static final List<String> LONG =
      List.of("domain.ScalarDomainTest", "domain.RandomScalarTest", "ConstructsTest");

  private Suites() {}

  /** Returns the CPU time after which there is no end: a fault may just make it slower. */
  static Duration limit(String suite) {
    return Duration.ofSeconds(LONG.contains(suite) ? 240 : QUICK.contains(suite) ? 10 : 40);
  }

  /** Tells whether {@code suite} can see a fault in {@code room}. */
  static boolean sees(String suite, String room) {
    return ROOMS.stream().noneMatch(suite::startsWith) || suite.startsWith(room);
  }

  /** Runs {@code suite}; what its first failing test throws comes out. */
  static void run(String suite) throws ReflectiveOperationException {
    Class<?> type = Class.forName("dev.sonde.verifier." + suite);
    Method[] methods = type.getDeclaredMethods();
    Arrays.sort(methods, Comparator.comparing(Method::getName));
    for (Method method : methods) {
      if (method.isAnnotationPresent(BeforeAll.class)) {
        method.setAccessible(true);
        method.invoke(null);
      }
    }
    for (Method method : methods) {
      if (method.isAnnotationPresent(Test.class)
          || method.isAnnotationPresent(ParameterizedTest.class)) {
        run(type, method);
      }
    }
  }

  private static void run(Class<?> type, Method method) throws ReflectiveOperationException {
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
    CsvSource rows = method.getAnnotation(CsvSource.class);
    MethodSource source = method.getAnnotation(MethodSource.class);
    if (rows != null) {
      Arrays.stream(rows.value()).forEach(row -> all.add(argumentsOf(method, row)));
    } else if (values != null) {
      Arrays.stream(values.ints()).forEach(value -> all.add(new Object[] {value}));
    } else if (source != null) {
      Method named = type.getDeclaredMethod(source.value()[0]);
      named.setAccessible(true);
      ((Stream<?>) named.invoke(null))
          .forEach(one -> all.add(one instanceof Arguments many ? many.get() : new Object[] {one}));
    } else if (method.getParameterCount() == 0) {
      all.add(new Object[0]);
    }
    if (all.isEmpty()) {
      throw new IllegalStateException("no arguments are known for " + method);
    }
    return all;
  }

  private static Object[] argumentsOf(Method method, String row) {
    String[] cells = row.split(",");
    Object[] arguments = new Object[cells.length];
    for (int i = 0; i < cells.length; i++) {
      boolean number = method.getParameterTypes()[i] == int.class;
      String cell = cells[i].strip();
      arguments[i] = number ? (Object) Integer.valueOf(cell) : cell;
    }
    return arguments;
  }
}
