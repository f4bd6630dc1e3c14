package dev.sonde.verifier.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JVM in which tests meet faulty verifiers: {@code FaultyRun ROOM SUITE...}. A line on its input
 * is the index of a fault, which it swaps in, runs the suites until one fails, and swaps out again;
 * that suite must then pass. Where it is not an agent, the faulty classes are on its class path, in
 * ROOM. On its output {@code >} is before each suite that it begins, {@code =} before what came of
 * it: see {@link FaultyJvm}.
 */
final class FaultyRun {
  static final String BEGINS = ">";
  static final String ENDS = "=";
  static final String PASSED = "passed";
  static final String NOT_JAVA = "does not compile"; // then it is no fault
  static final String NOT_SWAPPABLE = "not swappable";
  static final String DIRTY = "fails without the fault too"; // some state is left of it

  private static @Nullable Instrumentation instrumentation;

  private final PrintStream out;
  private final List<String> suites;
  private final FaultyClasses compiler = new FaultyClasses();
  private final Map<Path, Map<String, byte[]>> right = new HashMap<>();

  private FaultyRun(PrintStream out, List<String> suites) {
    this.out = out;
    this.suites = suites;
  }

  /** The JVM calls it, because this class is its agent too. */
  public static void premain(String argument, Instrumentation given) {
    instrumentation = given;
  }

  /** Runs until its input ends. */
  public static void main(String[] arguments) throws IOException {
    List<String> suites = List.of(arguments).subList(1, arguments.length);
    FaultyRun run = new FaultyRun(System.out, suites);
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    if (instrumentation == null) {
      run.out.println(ENDS + run.killer(arguments[0]));
    } else {
      run.serve(Fault.all());
    }
    System.exit(0); // whatever threads a fault has left
  }

  private void serve(List<Fault> faults) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(ENDS + killer(faults.get(Integer.parseInt(line))));
    }
  }

  private String killer(String room) {
    for (String suite : suites) {
      if (Suites.sees(suite, room) && fails(suite)) {
        return suite;
      }
    }
    return PASSED;
  }

  private boolean fails(String suite) {
    out.println(BEGINS + suite);
    try {
      Suites.run(suite);
      return false;
    } catch (ReflectiveOperationException | LinkageError e) {
      if (Boolean.getBoolean("sonde.faults.show")) {
        e.printStackTrace();
      }
      return true;
    }
  }

  private String killer(Fault fault) throws IOException {
    String file = fault.file().getFileName().toString();
    Map<String, byte[]> wrong = compiler.compile(file, fault.source());
    if (wrong.isEmpty()) {
      return NOT_JAVA;
    }
    if (!right.containsKey(fault.file())) {
      right.put(fault.file(), compiler.compile(file, Files.readString(fault.file())));
    }
    Map<String, byte[]> before = right.get(fault.file());
    if (!before.keySet().equals(wrong.keySet()) || !swap(before, wrong)) {
      return NOT_SWAPPABLE;
    }
    String killer = killer(fault.room());
    swap(wrong, before);
    return !killer.equals(PASSED) && fails(killer) ? DIRTY : killer;
  }

  /** Returns false if the classes differ in more than what their methods do. */
  private static boolean swap(Map<String, byte[]> from, Map<String, byte[]> to) {
    Instrumentation swapper = instrumentation;
    List<ClassDefinition> definitions = new ArrayList<>();
    try {
      for (Map.Entry<String, byte[]> type : to.entrySet()) {
        if (!Arrays.equals(type.getValue(), from.get(type.getKey()))) {
          Class<?> loaded = Class.forName(type.getKey().replace('/', '.'));
          definitions.add(new ClassDefinition(loaded, type.getValue()));
        }
      }
      if (swapper == null || definitions.isEmpty()) {
        return false;
      }
      swapper.redefineClasses(definitions.toArray(new ClassDefinition[0]));
      return true;
    } catch (UnsupportedOperationException
        | UnmodifiableClassException
        | ClassNotFoundException
        | LinkageError e) {
      return false;
    }
  }
}
