package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ring files that somebody has written nonsense into: read as far as it makes sense, then told. */
class CorruptedRingTest {
  private static final int SIZE = 4096;

  @TempDir Path folder;

  @Test
  void noWordOfARingMakesAReaderLeaveIt() throws Exception {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    Path path = folder.resolve("ring");
    RingMemory memory = RingFile.create(path, SIZE).memory();
    int corrupted = 0;
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (int round = 0; round < 20_000; round++) {
        long consumer = random.nextInt(3) == 0 ? random.nextLong() : 8L * random.nextInt(600);
        long ahead = random.nextInt(3) == 0 ? random.nextLong() : 8L * random.nextInt(600);
        write(file, 0, word(consumer));
        write(file, SIZE, word(consumer + ahead));
        byte[] noise = new byte[SIZE];
        if (random.nextBoolean()) {
          random.nextBytes(noise);
        } else { // plausible lengths, some of them too long
          ByteBuffer words = ByteBuffer.wrap(noise).order(ByteOrder.nativeOrder());
          for (int at = 0; at < SIZE; at += 8) {
            words.putInt(at, random.nextInt(200) - (random.nextInt(50) == 0 ? 1 << 30 : 0));
          }
        }
        write(file, 2 * SIZE, ByteBuffer.wrap(noise));
        corrupted += read(memory) + snapshot(memory);
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
    int told = corrupted;
    assertTrue(told > 1000, () -> told + " were told");
  }

  private static int read(RingMemory memory) {
    RingReader reader = new RingReader(memory, RingSignal.foreign());
    try {
      reader.isReady();
      reader.poll(CorruptedRingTest::inside, Integer.MAX_VALUE);
      return 0;
    } catch (RingCorruptedException told) {
      assertThrows(RingCorruptedException.class, () -> reader.poll(CorruptedRingTest::inside, 1));
      return 1;
    }
  }

  private static int snapshot(RingMemory memory) {
    try {
      new RingSnapshot(memory).forEach(CorruptedRingTest::inside);
      return 0;
    } catch (RingCorruptedException told) {
      return 1;
    }
  }

  private static void inside(ByteBuffer data, int offset, int length) {
    assertTrue(offset >= 8 && length >= 0 && offset + length <= SIZE, "outside");
    assertEquals(SIZE, data.capacity());
  }

  private static ByteBuffer word(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, value);
  }

  private static void write(FileChannel file, long offset, ByteBuffer bytes) throws Exception {
    file.write(bytes, offset);
  }
}
