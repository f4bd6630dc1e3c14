package dev.sonde.bench.profile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Profiles {@link ProfiledApp}, which runs without any flag on the JDK that is named, and prints
 * how complete the stacks are, how they compare with async-profiler's over the same seconds, and
 * what the profile costs. Arguments: JDK home, async-profiler's loader jar, sonde.jar, and the
 * parts: "stacks", a frequency whose cost is measured, "page".
 */
public final class ProfileBench {
  private static final int STACK_BYTES = 16_384;
  private static final int ROUNDS = 24;

  private final Path jdk;
  private final Path loader;
  private final Path sonde;
  private final List<String> parts;
  private final List<double[]> steps = Collections.synchronizedList(new ArrayList<>());

  private ProfileBench(Path jdk, Path loader, Path sonde, List<String> parts) {
    this.parts = parts;
    this.jdk = jdk;
    this.loader = loader;
    this.sonde = sonde;
  }

  public static void main(String[] args) throws Exception {
    List<String> parts = List.of(args).subList(3, args.length);
    new ProfileBench(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), parts).run();
  }

  private void run() throws Exception {
    Process app =
        new ProcessBuilder(
                jdk.resolve("bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ProfiledApp.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread reader = new Thread(() -> read(app), "steps");
    reader.setDaemon(true);
    reader.start();
    try (LiveProfile profile = new LiveProfile((int) app.pid())) {
      Thread.sleep(4000);
      profile.run(499, STACK_BYTES, 6_000_000_000L); // warms the code of both
      System.out.println("JDK " + jdk.getFileName());
      for (String part : parts) {
        switch (part) {
          case "stacks" -> stacks(profile, app.pid());
          case "page" -> page(app.pid());
          default -> overhead(profile, Integer.parseInt(part));
        }
      }
    } finally {
      app.destroyForcibly();
    }
  }

  private void read(Process app) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(app.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        steps.add(new double[] {Double.parseDouble(words[0]), Double.parseDouble(words[1])});
      }
    } catch (IOException ended) {
      // with the application
    }
  }

  private void stacks(LiveProfile profile, long pid) throws Exception {
    Path theirs = Files.createTempFile("async", ".collapsed");
    Process other =
        new ProcessBuilder(
                jdk.resolve("bin/java").toString(),
                "-jar",
                loader.toString(),
                "profiler",
                "-e",
                "cpu-clock",
                "-i",
                "10ms",
                "--cstack",
                "vmx",
                "-d",
                "24",
                "-o",
                "collapsed",
                "-f",
                theirs.toString(),
                Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    profile.reset();
    profile.run(99, STACK_BYTES, 25_000_000_000L);
    other.waitFor();
    double[] micros = profile.walkMicros();
    System.out.printf(
        "  99 Hz: %d samples, %.2f %% complete, %.1f frames, %d lost; %.2f %% of Java frames named,"
            + " %.1f %% of them inlined%n",
        profile.samples,
        100.0 * profile.complete / profile.samples,
        (double) profile.frameCount / profile.samples,
        profile.lost,
        100.0 * profile.namedFrames / profile.javaFrames,
        100.0 * profile.inlinedFrames / profile.javaFrames);
    System.out.printf(
        "  unwinding: mean %.1f us, median %.1f us of CPU time a sample; the first of each time that"
            + " the ring is read %.1f us, the others %.1f us%n",
        micros[0], micros[1], profile.firstMicros(), profile.otherMicros());
    compare(profile.leaves, leaves(theirs));
    Files.deleteIfExists(theirs);
  }

  private static Map<String, Integer> leaves(Path collapsed) throws IOException {
    Map<String, Integer> leaves = new HashMap<>();
    for (String line : Files.readAllLines(collapsed)) {
      int space = line.lastIndexOf(' ');
      String stack = line.substring(0, space);
      leaves.merge(
          stack.substring(stack.lastIndexOf(';') + 1),
          Integer.parseInt(line.substring(space + 1)),
          Integer::sum);
    }
    return leaves;
  }

  private static void compare(Map<String, Integer> ours, Map<String, Integer> theirs) {
    Map<String, Double> a = shares(ours);
    Map<String, Double> b = shares(theirs);
    List<String> hottest = new ArrayList<>(a.keySet());
    hottest.sort((x, y) -> Double.compare(a.get(y), a.get(x)));
    double worst = 0;
    System.out.println("  hottest leaf frames          Sonde   async-profiler (%)");
    for (String leaf : hottest.subList(0, Math.min(10, hottest.size()))) {
      double other = b.getOrDefault(leaf, 0.0);
      worst = Math.max(worst, Math.abs(a.get(leaf) - other));
      System.out.printf("    %-46s %5.1f %5.1f%n", leaf, a.get(leaf), other);
    }
    System.out.printf("  greatest difference: %.1f points%n", worst);
  }

  /** Percent by name, after the two tools' spellings have been made one. */
  private static Map<String, Double> shares(Map<String, Integer> counts) {
    double total = counts.values().stream().mapToInt(Integer::intValue).sum();
    Map<String, Double> shares = new HashMap<>();
    counts.forEach((name, count) -> shares.merge(plain(name), 100 * count / total, Double::sum));
    return shares;
  }

  private static String plain(String leaf) {
    String name = leaf.replaceAll("_\\[[a-z]\\]$", "");
    name = name.startsWith("/") ? name.substring(name.lastIndexOf('/') + 1) : name;
    int arguments = name.indexOf('<');
    name = arguments > 0 ? name.substring(0, arguments) : name;
    name = name.contains(" ") ? name.substring(name.lastIndexOf(' ') + 1) : name;
    return name.replace('/', '.').replace("memcpy", "memmove"); // one function, two symbols
  }

  /** Phases with and without the profile in turn; a phase's figure is its median step. */
  private void overhead(LiveProfile profile, int freqHz) throws Exception {
    List<Double> effects = new ArrayList<>();
    List<Double> noise = new ArrayList<>();
    double lastOff = 0;
    for (int i = 0; i < ROUNDS; i++) {
      double before = phase(null, 0);
      double on = phase(profile, freqHz);
      double after = phase(null, 0);
      effects.add(100 * (on / ((before + after) / 2) - 1));
      noise.add(100 * (after / before - 1));
      lastOff = after;
    }
    Collections.sort(effects);
    Collections.sort(noise);
    System.out.printf(
        "  %d Hz, %d KiB stacks: %+.2f %% CPU time a step [quartiles %+.2f, %+.2f]; off against off"
            + " %+.2f %% [%+.2f, %+.2f]; a step takes %.0f us%n",
        freqHz,
        STACK_BYTES >> 10,
        effects.get(ROUNDS / 2),
        effects.get(ROUNDS / 4),
        effects.get(ROUNDS * 3 / 4),
        noise.get(ROUNDS / 2),
        noise.get(ROUNDS / 4),
        noise.get(ROUNDS * 3 / 4),
        lastOff / 1e3);
  }

  private double phase(LiveProfile profile, int freqHz) throws Exception {
    Thread.sleep(50);
    long start = System.nanoTime();
    if (profile == null) {
      Thread.sleep(600);
    } else {
      profile.run(freqHz, STACK_BYTES, 600_000_000L);
    }
    long end = System.nanoTime();
    Thread.sleep(150); // the report that began in this phase
    synchronized (steps) {
      double[] within =
          steps.stream()
              .filter(s -> s[0] > start + 100_000_000L && s[0] <= end)
              .mapToDouble(s -> s[1])
              .sorted()
              .toArray();
      return within.length == 0 ? Double.NaN : within[within.length / 2];
    }
  }

  private void page(long pid) throws Exception {
    Path page = Files.createTempFile("flame", ".html");
    long start = System.nanoTime();
    Process flame =
        new ProcessBuilder(
                jdk.resolve("bin/java").toString(),
                "-jar",
                sonde.toString(),
                "flame",
                Long.toString(pid),
                "-d",
                "5s",
                "-o",
                page.toString())
            .inheritIO()
            .start();
    flame.waitFor();
    System.out.printf(
        "  sonde flame -d 5s: page of %d KB on disk %.2f s beyond the recording%n",
        Files.size(page) >> 10, (System.nanoTime() - start) / 1e9 - 5);
    Files.deleteIfExists(page);
  }
}
