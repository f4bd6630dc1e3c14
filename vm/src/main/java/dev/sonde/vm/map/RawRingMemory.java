package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingFile;
import dev.sonde.ringbuf.RingLayout;
import dev.sonde.ringbuf.RingMemory;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A ring at real addresses, so that programs write records where they lie. A record, whose fields
 * are constants to the JVM's compiler where the whole of it is one.
 *
 * @param consumerAddress of the consumer page
 * @param producerAddress of the producer page
 * @param dataAddress of byte 0 of the data area
 * @param data the same, as readers see it
 * @param file keeps its mappings; null where the ring is in memory of a map
 */
record RawRingMemory(
    long sizeBytes,
    long consumerAddress,
    long producerAddress,
    long dataAddress,
    ByteBuffer data,
    long producerPid,
    @Nullable RingFile file)
    implements RingMemory {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  /** Makes a ring of {@code sizeBytes} data in zeroed memory of a map. */
  static RawRingMemory of(MapMemory memory, int sizeBytes) {
    RingLayout.checkSize(sizeBytes);
    long pages = memory.zeroed(2L * RingLayout.PAGE_BYTES + 64) + 63 & -64L;
    long data = memory.uninitialised(sizeBytes + 64L) + 63 & -64L; // headers go before positions
    return new RawRingMemory(
        sizeBytes,
        pages,
        pages + RingLayout.PAGE_BYTES,
        data,
        RawMemory.asBuffer(data, sizeBytes).order(ByteOrder.nativeOrder()),
        ProcessHandle.current().pid(),
        null);
  }

  /** Takes a ring in a file, which another process may map to read it. */
  static RawRingMemory of(RingFile file) {
    ByteBuffer data = file.memory().data();
    return new RawRingMemory(
        file.memory().sizeBytes(),
        RawMemory.addressOf(file.consumerPage()),
        RawMemory.addressOf(file.producerPage()),
        RawMemory.addressOf(data),
        data,
        ProcessHandle.current().pid(),
        file);
  }

  /** Tells whether the ring is in a file, whose reader is another process. */
  boolean isInFile() {
    return file != null;
  }

  @Override
  public long consumerPosition() {
    return RawMemory.getLongAcquire(consumerAddress);
  }

  @Override
  public void publishConsumer(long position) {
    RawMemory.putLongRelease(consumerAddress, position);
  }

  @Override
  public long producerPosition() {
    return RawMemory.getLongAcquire(producerAddress);
  }

  @Override
  public void publishProducer(long position) {
    RawMemory.putLongRelease(producerAddress, position);
  }

  @Override
  public int header(long offset) {
    return RawMemory.getIntAcquire(dataAddress + offset);
  }

  @Override
  public void publishHeader(long offset, int header) {
    RawMemory.putIntRelease(dataAddress + offset, header);
  }

  @Override
  public void writeHeader(long offset, long words) { // one store: header in the lower address
    RawMemory.putLong(dataAddress + offset, LITTLE_ENDIAN ? words : Long.rotateLeft(words, 32));
  }

  @Override
  public int pageOffset(long offset) {
    return RawMemory.getInt(dataAddress + offset + 4);
  }

  @Override
  public boolean replaceHeader(long offset, int expected, int header) {
    return RawMemory.compareAndSetInt(dataAddress + offset, expected, header);
  }

  @Override
  public boolean tryLock() {
    return RawMemory.compareAndSetInt(producerAddress + RingLayout.LOCK_OFFSET, 0, 1);
  }

  @Override
  public boolean isLocked() {
    return RawMemory.getIntAcquire(producerAddress + RingLayout.LOCK_OFFSET) != 0;
  }

  @Override
  public void unlock() {
    RawMemory.putIntRelease(
        producerAddress + RingLayout.LOCK_OFFSET, 0); // pairs with the CAS in tryLock
  }
}
