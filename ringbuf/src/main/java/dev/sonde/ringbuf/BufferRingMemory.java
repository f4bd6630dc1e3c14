package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A ring in byte buffers: a mapped file, a mapped kernel ring, or plain direct memory. */
public final class BufferRingMemory implements RingMemory {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer consumer;
  private final ByteBuffer producer;
  private final ByteBuffer data;
  private final long sizeBytes;

  /**
   * @param consumer the consumer page, writable for a reader
   * @param producer the producer page; read-only for the reader of a kernel ring
   * @param data the data area, mapped once or twice
   * @param sizeBytes the ring's size, counted once
   */
  public BufferRingMemory(
      ByteBuffer consumer, ByteBuffer producer, ByteBuffer data, int sizeBytes) {
    RingLayout.checkSize(sizeBytes);
    if (data.capacity() < sizeBytes) {
      throw new IllegalArgumentException(
          "ring: data area %d B, want %d B or twice that".formatted(data.capacity(), sizeBytes));
    }
    this.consumer = consumer;
    this.producer = producer;
    this.data = data.order(ByteOrder.nativeOrder());
    this.sizeBytes = sizeBytes;
  }

  /** Returns a ring of plain direct memory. */
  public static BufferRingMemory allocate(int sizeBytes) {
    RingLayout.checkSize(sizeBytes);
    ByteBuffer pages = ByteBuffer.allocateDirect(2 * RingLayout.PAGE_BYTES + 64).alignedSlice(64);
    BufferRingMemory memory =
        new BufferRingMemory(
            pages.slice(0, RingLayout.PAGE_BYTES),
            pages.slice(RingLayout.PAGE_BYTES, RingLayout.PAGE_BYTES),
            ByteBuffer.allocateDirect(sizeBytes + 64).alignedSlice(64).slice(0, sizeBytes),
            sizeBytes);
    memory.takeOver(ProcessHandle.current().pid());
    return memory;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public long consumerPosition() {
    return (long) LONG.getAcquire(consumer, RingLayout.POSITION_OFFSET);
  }

  @Override
  public void publishConsumer(long position) {
    LONG.setRelease(consumer, RingLayout.POSITION_OFFSET, position);
  }

  @Override
  public long producerPosition() {
    return (long) LONG.getAcquire(producer, RingLayout.POSITION_OFFSET);
  }

  @Override
  public void publishProducer(long position) {
    LONG.setRelease(producer, RingLayout.POSITION_OFFSET, position);
  }

  @Override
  public int header(long offset) {
    return (int) INT.getAcquire(data, (int) offset);
  }

  @Override
  public void publishHeader(long offset, int header) {
    INT.setRelease(data, (int) offset, header);
  }

  @Override
  public void writeHeader(long offset, long words) {
    INT.set(data, (int) offset, (int) words);
    INT.set(data, (int) offset + 4, (int) (words >>> 32));
  }

  @Override
  public int pageOffset(long offset) {
    return (int) INT.get(data, (int) offset + 4);
  }

  @Override
  public boolean replaceHeader(long offset, int expected, int header) {
    return !data.isReadOnly() && INT.compareAndSet(data, (int) offset, expected, header);
  }

  @Override
  public boolean tryLock() {
    return INT.compareAndSet(producer, RingLayout.LOCK_OFFSET, 0, 1);
  }

  @Override
  public boolean isLocked() {
    return (int) INT.getAcquire(producer, RingLayout.LOCK_OFFSET) != 0;
  }

  @Override
  public void unlock() {
    INT.setRelease(producer, RingLayout.LOCK_OFFSET, 0); // pairs with the CAS in tryLock
  }

  @Override
  public long producerPid() {
    return data.isReadOnly()
        ? 0
        : (long) LONG.getAcquire(producer, RingLayout.PRODUCER_PID_OFFSET); // pairs with takeOver
  }

  /** Makes {@code pid} the producing process; a lock that its predecessor died with is freed. */
  void takeOver(long pid) {
    INT.setVolatile(producer, RingLayout.LOCK_OFFSET, 0);
    LONG.setVolatile(producer, RingLayout.PRODUCER_PID_OFFSET, pid);
  }

  @Override
  public ByteBuffer data() {
    return data;
  }
}
