package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attach and detach, a session every second for minutes, under load and on all JDKs at once: counts
 * stay exact, and the traced JVMs keep their size. Two minutes, ten with {@code -Dsonde.long=true}.
 */
class SoakIT {
  private static final long NANOS =
      TimeUnit.SECONDS.toNanos(Boolean.getBoolean("sonde.long") ? 600 : 120);

  private static final long MIB = 1 << 20;

  /**
   * What a running JVM's own size varies by between two looks at it. What sessions take is in the
   * heap, in metaspace and code, or tracked as native memory. The resident size is a second look at
   * all of it and at what nobody tracks; C2 takes tens of MB for a large method, and how much of
   * that malloc gives back is chance. Loaded classes are not looked at: the JVM's counter takes
   * each retransformed class for one more.
   */
  private static final Memory SLACK = new Memory(4 * MIB, 64 * MIB, 6 * MIB, 4 * MIB, 2);

  private static final int LOOKS = 5;

  @TempDir Path folder;

  private record Memory(
      long heap, long resident, long metaspaceAndCode, long tracked, long threads) {
    /** The least of some looks: a compilation in progress needs 15 MB for as long as it runs. */
    static Memory of(ChildJvm child) throws IOException {
      Memory least = look(child);
      for (int i = 1; i < LOOKS; i++) {
        least = least.min(look(child));
      }
      return least;
    }

    private Memory min(Memory other) {
      return new Memory(
          Math.min(heap, other.heap),
          Math.min(resident, other.resident),
          Math.min(metaspaceAndCode, other.metaspaceAndCode),
          Math.min(tracked, other.tracked),
          Math.min(threads, other.threads));
    }

    private static Memory look(ChildJvm child) throws IOException {
      String[] words = child.ask("memory").split(" ");
      return new Memory(
          Long.parseLong(words[1]),
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          Long.parseLong(words[4]),
          Long.parseLong(words[5]));
    }

    void assertNoMoreThan(Memory early, String jdk) {
      String both = jdk + ": " + early + " early, " + this + " at the end";
      assertTrue(heap <= early.heap + SLACK.heap, both);
      assertTrue(resident <= early.resident + SLACK.resident, both);
      assertTrue(metaspaceAndCode <= early.metaspaceAndCode + SLACK.metaspaceAndCode, both);
      assertTrue(tracked > 0 && tracked <= early.tracked + SLACK.tracked, both);
      assertTrue(threads <= early.threads + SLACK.threads, both);
    }
  }

  /** One traced JVM and what has been asked of it. */
  private static final class Soaked implements AutoCloseable {
    private final String name;
    private final ChildJvm child;
    private final ControlClient control;
    private int rounds;

    Soaked(Path jdk) throws IOException {
      name = jdk.getFileName().toString();
      // The heap is resident from the start, so that what grows is not it; a large code cache would
      // keep what was compiled for sessions long past until it is full.
      child =
          ChildJvm.start(
              jdk,
              "-Xms64m",
              "-Xmx64m",
              "-XX:+AlwaysPreTouch",
              "-XX:+UseSerialGC",
              "-XX:NativeMemoryTracking=summary",
              "-XX:ReservedCodeCacheSize=20m");
      control = new ControlClient(child.pid(), ChildJvm.JAR);
      child.ask("load 2");
    }

    void round(Path config) throws IOException {
      rounds++;
      int sold = 500 + rounds % 7;
      child.ask("sell 3"); // before
      send(Map.of("command", "attach", "config", config.toString()));
      child.ask("sell " + sold);
      assertCounts(openOnceAllHaveRun(), sold);
      JsonNode closed = send(Map.of("command", "detach")).path("sessions").path(0).path("probes");
      child.ask("sell 5"); // after
      assertCounts(closed, sold);
    }

    /** On a busy machine the browsers may not get a CPU before the session is a second old. */
    private JsonNode openOnceAllHaveRun() throws IOException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (true) {
        JsonNode probes = send(Map.of("command", "status")).path("sessions").path(0).path("probes");
        long idle = probes.findValues("run_cnt").stream().filter(n -> n.asLong() == 0).count();
        if (idle == 0 || System.nanoTime() - deadline > 0) {
          return probes;
        }
      }
    }

    private JsonNode send(Map<String, String> request) throws IOException {
      return control.send(request, line -> {});
    }

    /** The sales are exact; the browsers went on browsing, and every one of their events ran. */
    private void assertCounts(JsonNode probes, int sold) {
      assertEquals(4, probes.size(), probes::toString);
      for (JsonNode probe : probes) {
        String said = name + ", round " + rounds + ": " + probe;
        boolean sales = probe.path("target").asText().endsWith(".sell");
        long runs = probe.path("run_cnt").asLong();
        assertTrue(sales ? runs == sold : runs > 0, said);
        assertEquals(1, probe.path("matches").asInt(), said);
        assertEquals(0, probe.path("errors").asInt(), said);
        assertEquals(0, probe.path("recursion_misses").asInt(), said);
      }
    }

    Memory memory() throws IOException {
      return Memory.of(child);
    }

    void assertEndsQuietly() throws Exception {
      assertEquals(0, child.quit(), name);
      assertEquals(List.of(), child.noise(), name);
    }

    @Override
    public void close() {
      child.close();
    }
  }

  @Test
  void sessionsComeAndGoUnderLoadWithExactCountsAndFlatMemory() throws Exception {
    Path config = config();
    List<Soaked> all = new ArrayList<>();
    try {
      for (Path jdk : ChildJvm.jdks().toList()) {
        all.add(new Soaked(jdk));
      }
      List<Memory> early = new ArrayList<>();
      long begin = System.nanoTime();
      for (long next = begin; System.nanoTime() - begin < NANOS; ) {
        for (Soaked one : all) {
          one.round(config);
        }
        if (early.isEmpty() && System.nanoTime() - begin > NANOS / 3) {
          for (Soaked one : all) {
            early.add(one.memory());
          }
        }
        next += TimeUnit.SECONDS.toNanos(1);
        TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
      }
      for (int i = 0; i < all.size(); i++) {
        all.get(i).memory().assertNoMoreThan(early.get(i), all.get(i).name);
        all.get(i).assertEndsQuietly();
      }
    } finally {
      all.forEach(Soaked::close);
    }
  }

  private Path config() throws IOException {
    String shop = TestPrograms.path("shop").toString();
    return Files.writeString(
        folder.resolve("soak.yaml"),
        """
        objects:
          - file: %s
            variables: {least_amount: 400}
          - file: %s
            programs:
              - name: sold
                attach:
                  - method/dev.sonde.testapp.Shop.browse
                  - methodret/dev.sonde.testapp.Shop.browse
                  - methodexc/dev.sonde.testapp.Shop.browse
        export: {console: off}
        """
            .formatted(shop, shop));
  }
}
