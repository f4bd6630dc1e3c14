package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** A ring on the heap, small and quick to make: jcstress needs millions of them. */
class ArrayRingMemory implements RingMemory {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle CONSUMER = field("consumer", long.class);
  private static final VarHandle PRODUCER = field("producer", long.class);
  private static final VarHandle LOCK = field("lock", int.class);
  private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(RingLayout.PAGE_BYTES);

  private final int[] words = new int[RingLayout.PAGE_BYTES / 4];

  @SuppressWarnings("UnusedVariable") // by its handle, as the next two
  private long consumer;

  private long producer;
  private int lock;

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(ArrayRingMemory.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Writes a word of a payload, plainly, as a program does. */
  void put(long offset, int value) {
    words[(int) offset / 4] = value;
  }

  /** Reads a word of a payload, plainly, as a handler does. */
  int get(long offset) {
    return words[(int) offset / 4];
  }

  @Override
  public long sizeBytes() {
    return RingLayout.PAGE_BYTES;
  }

  @Override
  public long consumerPosition() {
    return (long) CONSUMER.getAcquire(this);
  }

  @Override
  public void publishConsumer(long position) {
    CONSUMER.setRelease(this, position);
  }

  @Override
  public long producerPosition() {
    return (long) PRODUCER.getAcquire(this);
  }

  @Override
  public void publishProducer(long position) {
    PRODUCER.setRelease(this, position);
  }

  @Override
  public int header(long offset) {
    return (int) WORDS.getAcquire(words, (int) offset / 4);
  }

  @Override
  public void publishHeader(long offset, int header) {
    WORDS.setRelease(words, (int) offset / 4, header);
  }

  @Override
  public void writeHeader(long offset, long words) {
    this.words[(int) offset / 4] = (int) words;
    this.words[(int) offset / 4 + 1] = (int) (words >>> 32);
  }

  @Override
  public int pageOffset(long offset) {
    return words[(int) offset / 4 + 1];
  }

  @Override
  public boolean replaceHeader(long offset, int expected, int header) {
    return WORDS.compareAndSet(words, (int) offset / 4, expected, header);
  }

  @Override
  public boolean tryLock() {
    return LOCK.compareAndSet(this, 0, 1);
  }

  @Override
  public boolean isLocked() {
    return (int) LOCK.getAcquire(this) != 0;
  }

  @Override
  public void unlock() {
    LOCK.setRelease(this, 0);
  }

  @Override
  public long producerPid() {
    return 0; // nobody dies here
  }

  @Override
  public ByteBuffer data() {
    return NO_BYTES; // for its size: payloads are read by get
  }
}
