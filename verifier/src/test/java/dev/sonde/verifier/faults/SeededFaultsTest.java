package dev.sonde.verifier.faults;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Seeds faults into the verifier's own source, one at a time, and runs its fast tests against each:
 * {@code mvn -pl verifier test -Dtest=SeededFaultsTest -Dsonde.faults=150}. Survivors are printed.
 * Faults that change no result are named in {@code equivalent-faults.txt}, each with its reason.
 */
class SeededFaultsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/sonde/verifier");
  private static final Path EQUIVALENT = Path.of("src/test/resources/faults/equivalent-faults.txt");
  private static final int FAULTS = Integer.getInteger("sonde.faults", 0);
  private static final int FIRST = Integer.getInteger("sonde.faults.first", 0);
  private static final long TIMEOUT_MILLIS = 600_000;
  private static final int KILLED_PERCENT = 98;

  /** In the order of what they cost. */
  private static final List<String> KILLERS =
      List.of(
          "SignedFillTest",
          "ReadOnlyMapTest",
          "ActingHelpersTest",
          "facts.CountedLoopTest",
          "ContextTableTest",
          "domain.LinuxParityTest",
          "ConstructsTest",
          "kernel.VerdictReplayTest",
          "domain.TnumTest",
          "domain.ScalarDomainTest",
          "domain.RandomScalarTest",
          "witness.WitnessTest");

  @Test
  void theTestsFailOnAVerifierThatIsWrong() throws Exception {
    assumeTrue(FAULTS > 0, "seeded faults take minutes: -Dsonde.faults=150");
    System.setProperty("sonde.programs", "200");
    System.setProperty("sonde.seed", "1");
    Path some = SOURCES.resolve("domain/Lane.java");
    assertNull(killer(some, Files.readString(some)), "the tests fail without any fault");
    List<Fault> faults = chosen();
    List<Fault> survivors = new ArrayList<>();
    for (Fault fault : faults) {
      String killer = killer(fault.file(), fault.source());
      System.out.println((killer == null ? "SURVIVED" : killer) + "  " + fault);
      if (killer == null) {
        survivors.add(fault);
      }
    }
    int killed = faults.size() - survivors.size();
    System.out.printf("%d of %d faults killed; survivors:%n", killed, faults.size());
    survivors.forEach(System.out::println);
    assertTrue(killed * 100L >= (long) KILLED_PERCENT * faults.size(), survivors::toString);
  }

  private static List<Fault> chosen() throws IOException {
    List<String> equivalent =
        Files.readAllLines(EQUIVALENT).stream()
            .filter(line -> line.contains(" # "))
            .map(line -> line.substring(0, line.indexOf(" # ")).strip())
            .toList();
    List<Fault> all =
        Fault.all(SOURCES).stream().filter(f -> !equivalent.contains(f.name())).toList();
    double stride = Math.max(1, (double) all.size() / FAULTS);
    List<Fault> chosen = new ArrayList<>();
    for (double at = FIRST; at < all.size(); at += stride) {
      chosen.add(all.get((int) at));
    }
    Collections.shuffle(chosen, new Random(1)); // so that a run that is cut off has seen all rooms
    return chosen;
  }

  /** Returns what fails, or does not end, or javac if it refuses; null if all tests pass. */
  private static @Nullable String killer(Path file, String source) throws Exception {
    FaultyClasses classes = FaultyClasses.compile(file.getFileName().toString(), source);
    if (classes == null) {
      return "javac";
    }
    AtomicReference<@Nullable String> killer = new AtomicReference<>("no end");
    Thread runner = new Thread(() -> killer.set(run(classes)), "faulty tests");
    runner.setDaemon(true);
    runner.start();
    runner.join(TIMEOUT_MILLIS);
    return killer.get();
  }

  private static @Nullable String run(FaultyClasses classes) {
    for (String name : KILLERS) {
      try {
        Class<?> type = classes.loadClass("dev.sonde.verifier." + name);
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
        return name;
      }
    }
    return null;
  }

  private static void run(Class<?> type, Method method) throws ReflectiveOperationException {
    boolean test = method.isAnnotationPresent(Test.class);
    ValueSource values = method.getAnnotation(ValueSource.class);
    if (!test && (values == null || !method.isAnnotationPresent(ParameterizedTest.class))) {
      return;
    }
    method.setAccessible(true);
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    try {
      if (values == null) {
        method.invoke(constructor.newInstance());
        return;
      }
      for (int value : values.ints()) {
        method.invoke(constructor.newInstance(), value);
      }
    } catch (InvocationTargetException e) {
      if (!(e.getCause() instanceof org.opentest4j.TestAbortedException)) {
        throw e;
      }
    }
  }
}
