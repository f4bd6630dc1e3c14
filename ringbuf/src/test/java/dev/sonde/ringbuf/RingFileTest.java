package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingFileTest {
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path directory;

  private Process start(Path file, int size, long attempts, String end) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            ProducingProcess.class.getName(),
            file.toString(),
            Integer.toString(size),
            Long.toString(attempts),
            end)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void anotherProcessReadsWhatThisOneProduces() throws Exception {
    long wanted = Boolean.getBoolean("sonde.long") ? 20_000_000 : 200_000;
    Path path = directory.resolve("ring");
    Process child = start(path, 1 << 16, wanted, "finish");
    try (BufferedReader output = child.inputReader()) {
      assertEquals("ready", output.readLine());
      RingReader reader = new RingReader(RingFile.open(path).memory(), RingSignal.foreign());
      CheckedRecords records = new CheckedRecords(1);
      long deadline = System.nanoTime() + TIMEOUT_NANOS;
      while (records.taken() < wanted && System.nanoTime() < deadline) {
        if (reader.poll(records::take, 10_000) == 0) {
          reader.await(TimeUnit.MILLISECONDS.toNanos(20));
        }
      }
      assertEquals(wanted, records.taken());
      assertTrue(output.readLine().startsWith("done"));
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @Test
  void aRecordOfAKilledProcessIsSkippedAndCounted() throws Exception {
    Path path = directory.resolve("ring");
    Process child = start(path, 1 << 16, 50, "die");
    try (BufferedReader output = child.inputReader()) {
      assertEquals("ready", output.readLine());
      assertEquals("dying", output.readLine());
      child.waitFor();
      RingReader reader = new RingReader(RingFile.open(path).memory(), RingSignal.foreign());
      CheckedRecords records = new CheckedRecords(2);
      long deadline = System.nanoTime() + TIMEOUT_NANOS;
      while (records.taken() < 51 && System.nanoTime() < deadline) {
        reader.poll(records::take, 100);
      }
      assertEquals(51, records.taken());
      assertEquals(1, reader.abandoned());
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void filesThatAreNoRingsAreRefused() throws IOException {
    Path path = directory.resolve("no-ring");
    Files.write(path, new byte[100]);
    assertThrows(IOException.class, () -> RingFile.open(path));
    Files.write(path, new byte[8192 + 4096]);
    assertThrows(IOException.class, () -> RingFile.open(path));
    assertThrows(IOException.class, () -> RingFile.create(path, 4096));
  }

  /** libbpf's own reader over our file, its syscalls answered by the test program. */
  @Test
  void libbpfReadsTheFileAsItReadsAKernelRing() throws Exception {
    Path binary = directory.resolve("libbpf-reader");
    assumeTrue(compile(binary), "libbpf's headers, libraries or a C compiler are not here");
    Path path = directory.resolve("ring");
    RingFile file = RingFile.create(path, 1 << 16);
    RingProducer ring = new RingProducer(file.memory(), new RingSignal());
    Random random = new Random(11);
    long produced = 0;
    long total = 0;
    for (int round = 0; round < 5; round++) {
      while (true) {
        int length = 8 + random.nextInt(500);
        long at = ring.reserve(length);
        if (at < 0) {
          break;
        }
        file.memory().data().putLong((int) at, produced);
        if (random.nextInt(10) == 0) {
          ring.discard(at, 0);
        } else {
          ring.submit(at, 0);
          produced++;
          total += length;
        }
      }
      Process reader =
          new ProcessBuilder(binary.toString(), path.toString(), "65536")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader output = reader.inputReader()) {
        assertEquals("%d records, %d bytes".formatted(produced, total), output.readLine());
      }
      assertEquals(0, reader.waitFor());
      produced = 0;
      total = 0;
    }
  }

  private boolean compile(Path binary) throws Exception {
    Path source = directory.resolve("libbpf_reader.c");
    try (InputStream in = RingFileTest.class.getResourceAsStream("/libbpf_reader.c")) {
      Files.write(source, in.readAllBytes());
    }
    try {
      Process compiler =
          new ProcessBuilder(
                  "cc",
                  "-O1",
                  "-rdynamic",
                  "-o",
                  binary.toString(),
                  source.toString(),
                  "-lbpf",
                  "-ldl")
              .redirectErrorStream(true)
              .start();
      String log = new String(compiler.getInputStream().readAllBytes());
      return compiler.waitFor() == 0 && !log.contains("error");
    } catch (IOException noCompiler) {
      return false;
    }
  }
}
