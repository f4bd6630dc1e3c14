package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingFile;
import dev.sonde.ringbuf.RingLayout;
import dev.sonde.ringbuf.RingMemory;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A ring at real addresses, so that programs write records where they lie. */
final class RawRingMemory extends RingMemory {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private final long consumer;
  private final long producer;
  private final long data;
  private final ByteBuffer view;
  private final long producerPid = ProcessHandle.current().pid();
  private final @Nullable RingFile file; // keeps its mappings

  /** Makes a ring of {@code sizeBytes} data in zeroed memory of a map. */
  RawRingMemory(MapMemory memory, int sizeBytes) {
    super(sizeBytes);
    long pages = memory.zeroed(2L * RingLayout.PAGE_BYTES + 64) + 63 & -64L;
    this.consumer = pages;
    this.producer = pages + RingLayout.PAGE_BYTES;
    this.data = memory.uninitialised(sizeBytes + 64L) + 63 & -64L; // headers go before positions
    this.view = RawMemory.asBuffer(data, sizeBytes).order(ByteOrder.nativeOrder());
    this.file = null;
  }

  /** Takes a ring in a file, which another process may map to read it. */
  RawRingMemory(RingFile file) {
    super(file.memory().sizeBytes());
    this.consumer = RawMemory.addressOf(file.consumerPage());
    this.producer = RawMemory.addressOf(file.producerPage());
    this.view = file.memory().data();
    this.data = RawMemory.addressOf(view);
    this.file = file;
  }

  /** Tells whether the ring is in a file, whose reader is another process. */
  boolean isInFile() {
    return file != null;
  }

  /** Returns the address of byte 0 of the data area. */
  long dataAddress() {
    return data;
  }

  @Override
  public long consumerPosition() {
    return RawMemory.getLongAcquire(consumer);
  }

  @Override
  public void publishConsumer(long position) {
    RawMemory.putLongRelease(consumer, position);
  }

  @Override
  public long producerPosition() {
    return RawMemory.getLongAcquire(producer);
  }

  @Override
  public void publishProducer(long position) {
    RawMemory.putLongRelease(producer, position);
  }

  @Override
  public int header(long offset) {
    return RawMemory.getIntAcquire(data + offset);
  }

  @Override
  public void publishHeader(long offset, int header) {
    RawMemory.putIntRelease(data + offset, header);
  }

  @Override
  public void writeHeader(long offset, int header, int pageOffset) {
    long words = // one store: header in the lower address
        LITTLE_ENDIAN
            ? header & 0xffffffffL | (long) pageOffset << 32
            : (long) header << 32 | pageOffset & 0xffffffffL;
    RawMemory.putLong(data + offset, words);
  }

  @Override
  public int pageOffset(long offset) {
    return RawMemory.getInt(data + offset + 4);
  }

  @Override
  public boolean replaceHeader(long offset, int expected, int header) {
    return RawMemory.compareAndSetInt(data + offset, expected, header);
  }

  @Override
  public boolean tryLock() {
    return RawMemory.compareAndSetInt(producer + RingLayout.LOCK_OFFSET, 0, 1);
  }

  @Override
  public boolean isLocked() {
    return RawMemory.getIntAcquire(producer + RingLayout.LOCK_OFFSET) != 0;
  }

  @Override
  public void unlock() {
    RawMemory.putIntRelease(producer + RingLayout.LOCK_OFFSET, 0); // pairs with the CAS in tryLock
  }

  @Override
  public long producerPid() {
    return producerPid;
  }

  @Override
  public ByteBuffer data() {
    return view;
  }
}
