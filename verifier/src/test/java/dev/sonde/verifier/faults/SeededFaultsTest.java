package dev.sonde.verifier.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Seeds faults into the verifier's own source, one at a time, and runs its tests against each until
 * one fails: {@code examples/bench/seeded-faults.sh}. Survivors are printed. Faults that change no
 * verdict and no fact are named in {@code equivalent-faults.txt}, each with its reason.
 */
class SeededFaultsTest {
  private static final Path EQUIVALENT = Path.of("src/test/resources/faults/equivalent-faults.txt");
  private static final int FAULTS = Integer.getInteger("sonde.faults", 0);
  private static final int FIRST = Integer.getInteger("sonde.faults.first", 0);
  private static final String ONLY = System.getProperty("sonde.faults.only", ""); // their names
  private static final List<String> IN = // packages, all if none
      List.of(System.getProperty("sonde.faults.in", "").trim().split("\\s+"));
  private static final int JVMS = Integer.getInteger("sonde.faults.jvms", 2);
  private static final List<String> SUITES = // the first so many
      Suites.ALL.subList(0, Integer.getInteger("sonde.faults.suites", Suites.ALL.size()));
  private static final int FEW = 6;
  private static final int KILLED_PERCENT = 98;

  @TempDir private Path folder;
  private final AtomicInteger apart = new AtomicInteger();

  private record Outcome(Fault fault, String result) {
    boolean isFault() {
      return !result.equals(FaultyRun.NOT_JAVA);
    }

    boolean survives() {
      return result.equals(FaultyRun.PASSED);
    }
  }

  /** Each build does this much: it shows that faults are seeded and seen. */
  @Test
  void someOfAFewFaultsFailTheQuickTests() throws Exception {
    List<Fault> few = chosen(Fault.all(), FEW);
    List<Outcome> outcomes = outcomes(few, Suites.QUICK, 1);
    long killed = outcomes.stream().filter(Outcome::isFault).filter(o -> !o.survives()).count();
    assertTrue(killed >= 1, outcomes::toString);
  }

  @Test
  void theTestsFailOnAVerifierThatIsWrong() throws Exception {
    assumeTrue(FAULTS > 0, "seeded faults take minutes: -Dsonde.faults=150");
    Map<String, String> reasons = equivalent();
    List<Fault> chosen = chosen(Fault.all(), FAULTS);
    List<Fault> equal = chosen.stream().filter(f -> reasons.containsKey(f.name())).toList();
    List<Fault> seeded = chosen.stream().filter(f -> !reasons.containsKey(f.name())).toList();
    List<Outcome> outcomes =
        outcomes(seeded, SUITES, JVMS).stream().filter(Outcome::isFault).toList();
    List<Outcome> survivors = outcomes.stream().filter(Outcome::survives).toList();
    equal.forEach(f -> System.out.println("EQUIVALENT  " + f + "  # " + reasons.get(f.name())));
    survivors.forEach(outcome -> System.out.println("SURVIVED  " + outcome.fault()));
    int killed = outcomes.size() - survivors.size();
    System.out.printf(
        "%d faults: %d killed, %d survived, %d equivalent; killers: %s%n",
        outcomes.size() + equal.size(), killed, survivors.size(), equal.size(), killers(outcomes));
    assertTrue(killed * 100L >= (long) KILLED_PERCENT * outcomes.size(), survivors::toString);
  }

  private static Map<String, String> equivalent() throws IOException {
    return Files.readAllLines(EQUIVALENT).stream()
        .filter(line -> line.contains(" # "))
        .map(line -> line.split(" # ", 2))
        .collect(Collectors.toMap(parts -> parts[0].strip(), parts -> parts[1].strip()));
  }

  private static Map<String, Integer> killers(List<Outcome> outcomes) {
    Map<String, Integer> counts = new TreeMap<>();
    outcomes.forEach(outcome -> counts.merge(outcome.result(), 1, Integer::sum));
    return counts;
  }

  private static List<Fault> chosen(List<Fault> all, int count) {
    List<Fault> eligible =
        all.stream()
            .filter(f -> IN.contains("") || IN.contains(f.packageName()))
            .filter(f -> ONLY.isEmpty() || f.toString().contains(ONLY))
            .collect(Collectors.toCollection(ArrayList::new));
    double stride = Math.max(1, (double) eligible.size() / count);
    List<Fault> chosen = new ArrayList<>();
    for (double at = FIRST; at < eligible.size(); at += stride) {
      chosen.add(eligible.get((int) at));
    }
    Collections.shuffle(chosen, new Random(1)); // so that a run that is cut off has seen all rooms
    return chosen;
  }

  private List<Outcome> outcomes(List<Fault> seeded, List<String> suites, int jvms)
      throws Exception {
    List<Fault> all = Fault.all();
    ConcurrentLinkedQueue<Fault> queue = new ConcurrentLinkedQueue<>(seeded);
    ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    Callable<Void> work =
        () -> {
          FaultyJvm jvm = FaultyJvm.start(folder, suites);
          for (Fault fault = queue.poll(); fault != null; fault = queue.poll()) {
            if (!jvm.isAlive()) {
              jvm = FaultyJvm.start(folder, suites);
            }
            String result = result(jvm, all.indexOf(fault), fault, suites);
            outcomes.add(new Outcome(fault, result));
            System.out.printf("%s  %s%n", result, fault);
          }
          jvm.close();
          return null;
        };
    ExecutorService workers = Executors.newFixedThreadPool(jvms);
    try {
      for (Future<Void> done : workers.invokeAll(Collections.nCopies(jvms, work))) {
        done.get();
      }
    } finally {
      workers.shutdownNow();
    }
    return new ArrayList<>(outcomes);
  }

  private String result(FaultyJvm jvm, int index, Fault fault, List<String> suites)
      throws Exception {
    String result = jvm.result(index);
    if (result.equals(FaultyRun.DIRTY)) {
      jvm.close();
    }
    boolean apart =
        switch (result) {
          case FaultyRun.DIRTY, FaultyRun.NOT_SWAPPABLE -> true;
          case FaultyRun.PASSED -> fault.isOfConstant(); // computed before the fault came
          default -> false;
        };
    return apart ? resultApart(fault, suites) : result;
  }

  private String resultApart(Fault fault, List<String> suites) throws Exception {
    String file = fault.file().getFileName().toString();
    Path own = Files.createDirectory(folder.resolve("fault" + apart.incrementAndGet()));
    Map<String, byte[]> wrong = new FaultyClasses().compile(file, fault.source());
    return FaultyJvm.resultApart(wrong, fault.room(), own, suites);
  }
}
