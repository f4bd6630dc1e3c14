package dev.sonde.ringbuf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A ring in a file that two processes map: one produces, the other reads, and neither waits for the
 * other. The file is laid out as the kernel's ring is mapped: consumer page, producer page, data.
 * The mappings live as long as their buffers do.
 */
public final class RingFile {
  private static final int PAGE = RingLayout.PAGE_BYTES;
  private static final int DATA_OFFSET = 2 * PAGE;

  private final BufferRingMemory memory;
  private final ByteBuffer consumer;
  private final ByteBuffer producer;

  private RingFile(FileChannel channel, int sizeBytes) throws IOException {
    consumer = map(channel, 0, PAGE);
    producer = map(channel, PAGE, PAGE);
    memory =
        new BufferRingMemory(consumer, producer, map(channel, DATA_OFFSET, sizeBytes), sizeBytes);
  }

  /**
   * Makes a ring in a new file, for this process to produce into.
   *
   * @param sizeBytes a power of two from 4096 to 2^30
   * @throws IOException also when the file exists: another reader may have it mapped
   */
  public static RingFile create(Path path, int sizeBytes) throws IOException {
    RingLayout.checkSize(sizeBytes);
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), DATA_OFFSET + sizeBytes - 1L); // sparse until used
      RingFile file = new RingFile(channel, sizeBytes);
      file.memory.takeOver(ProcessHandle.current().pid());
      file.producer.putLong(RingLayout.MAGIC_OFFSET, RingLayout.MAGIC);
      return file;
    }
  }

  /** Opens a ring that another process made, to read it. */
  public static RingFile open(Path path) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long sizeBytes = channel.size() - DATA_OFFSET;
      if (sizeBytes < PAGE || sizeBytes > 1 << 30 || Long.bitCount(sizeBytes) != 1) {
        throw new IOException(
            "ring file %s: %d B, want 8192 and a power of two".formatted(path, channel.size()));
      }
      RingFile file = new RingFile(channel, (int) sizeBytes);
      long magic = file.producer.getLong(RingLayout.MAGIC_OFFSET);
      if (magic != RingLayout.MAGIC) {
        throw new IOException(
            "ring file %s: magic 0x%x, want 0x%x".formatted(path, magic, RingLayout.MAGIC));
      }
      return file;
    }
  }

  /** Tells whether producers overwrite its oldest records, so that only snapshots can be read. */
  public boolean overwrites() {
    return producer.getLong(RingLayout.OVERWRITE_OFFSET) != 0;
  }

  /** Says in the file that producers overwrite; before the first record. */
  public void markOverwriting() {
    producer.putLong(RingLayout.OVERWRITE_OFFSET, 1);
  }

  /** Returns the ring. */
  public BufferRingMemory memory() {
    return memory;
  }

  /** Returns the consumer page. */
  public ByteBuffer consumerPage() {
    return consumer;
  }

  /** Returns the producer page. */
  public ByteBuffer producerPage() {
    return producer;
  }

  private static MappedByteBuffer map(FileChannel channel, long offset, int bytes)
      throws IOException {
    MappedByteBuffer buffer = channel.map(MapMode.READ_WRITE, offset, bytes);
    buffer.order(ByteOrder.nativeOrder());
    return buffer;
  }
}
