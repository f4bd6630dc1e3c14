package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Many producers, random lengths, one checking reader: nothing torn, mixed up or uncounted. The
 * short form shares five seconds among all combinations; the long one gives each a minute.
 */
class RingStressTest {
  private static final int[] SIZES = {4 << 10, 64 << 10, 1 << 20, 64 << 20};
  private static final int[] PRODUCERS = {1, 2, 8};
  private static final long MILLIS =
      Boolean.getBoolean("sonde.long") ? 60_000 : 5_000 / (SIZES.length * PRODUCERS.length);

  private static Process other;
  private static BufferedReader fromOther;

  private final long seed = Long.getLong("sonde.seed", System.nanoTime());

  static Stream<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    for (int size : SIZES) {
      for (int producers : PRODUCERS) {
        all.add(Arguments.of(producers, size));
      }
    }
    return all.stream();
  }

  @AfterAll
  static void endTheOtherProcess() {
    if (other != null) {
      other.destroyForcibly();
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void producedIsConsumedPlusDiscardedPlusLost(int count, int sizeBytes) throws Exception {
    RingSignal signal = new RingSignal();
    BufferRingMemory memory = BufferRingMemory.allocate(sizeBytes);
    RingReader reader = new RingReader(memory, signal);
    CheckedRecords records = new CheckedRecords(count);
    Producers producers =
        new Producers(memory, signal, count, seed, TimeUnit.MILLISECONDS.toNanos(MILLIS));
    while (producers.areRunning() || reader.isReady()) {
      read(reader, records);
    }
    check(reader, records, producers.join());
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void andAlsoFromAnotherProcess(int count, int sizeBytes, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("ring");
    PrintWriter toOther = other();
    toOther.printf("%s %d %d %d %d%n", file, sizeBytes, count, MILLIS, seed);
    toOther.flush();
    assertEquals("ready", fromOther.readLine());
    RingReader reader = new RingReader(RingFile.open(file).memory(), RingSignal.foreign());
    CheckedRecords records = new CheckedRecords(count);
    while (!fromOther.ready() || reader.isReady()) {
      read(reader, records);
    }
    String[] words = fromOther.readLine().split(" ");
    read(reader, records);
    long[] counts = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      counts[i] = Long.parseLong(words[i]);
    }
    check(reader, records, counts);
    Files.delete(file);
  }

  private static void read(RingReader reader, CheckedRecords records) {
    if (reader.poll(records::take, 1000) == 0) {
      reader.await(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  /** The counts of producers and reader agree exactly. */
  private void check(RingReader reader, CheckedRecords records, long[] counts) {
    reader.poll(records::take, Integer.MAX_VALUE);
    assertEquals(records.taken(), reader.consumed());
    assertEquals(0, reader.abandoned());
    assertEquals(counts[2], reader.discarded(), "discarded, seed " + seed);
    assertEquals(
        counts[0],
        reader.consumed() + reader.discarded() + reader.abandoned() + counts[1],
        "seed " + seed);
    assertTrue(reader.consumed() + reader.discarded() > 0); // few, where the machine is busy
  }

  private static PrintWriter other() throws IOException {
    if (other == null) {
      other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Producers.class.getName())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      fromOther = other.inputReader();
    }
    return new PrintWriter(other.outputWriter());
  }
}
