package dev.sonde.ringbuf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ring memory whose accesses are steps of {@link Interleavings}, with stores that may become
 * visible late: a plain store may stay behind until the thread's next releasing one, a releasing
 * one until the next after it. What a reader that does not wipe leaves behind is there at first:
 * words that look like committed records.
 */
final class ModelMemory implements RingMemory {
  /** What the protocol must not do without. */
  enum Fault {
    /** A commit does not release the payload. */
    PLAIN_COMMIT,
    /** The position does not release the header. */
    PLAIN_POSITION,
    /** The lock lets everybody in. */
    NO_LOCK,
    /** A record can be read from its reservation on. */
    NO_BUSY_BIT,
    /** Who takes the favour from a thread does not wait until that thread's stores are seen. */
    NO_WAIT,
    /** Nor looks whether it is placing a record. */
    NO_LOOK
  }

  private static final int CONSUMER = -1;
  private static final int PRODUCER = -2;
  private static final int LOCK = -3;
  private static final int FAVOURED = -4;
  private static final int SEATS = -5; // and the next below

  private record Store(int place, long value) {}

  private final Interleavings scheduler;
  private final Set<Fault> faults;
  private final Map<Integer, Long> words = new HashMap<>();
  private final List<List<Store>> late = new ArrayList<>();
  private final ThreadLocal<Integer> index = new ThreadLocal<>();
  private final ByteBuffer data =
      ByteBuffer.allocate(RingLayout.PAGE_BYTES).order(ByteOrder.nativeOrder());

  ModelMemory(Interleavings scheduler, int threads, long position, Fault... faults) {
    this.scheduler = scheduler;
    this.faults = EnumSet.noneOf(Fault.class);
    this.faults.addAll(List.of(faults));
    for (int i = 0; i < threads; i++) {
      late.add(new ArrayList<>());
    }
    words.put(CONSUMER, position);
    words.put(PRODUCER, position);
  }

  /** Names the calling thread. */
  void enter(int thread) {
    index.set(thread);
  }

  /** All that the calling thread has written becomes visible: it ends, or is joined. */
  void leave() {
    step();
    flush();
    index.remove();
  }

  void pause() {
    if (index.get() != null) {
      flush(); // what waits for others must not wait for its own stores
      scheduler.yieldTurn(index.get());
    }
  }

  void writePayload(long offset, long value) {
    store((int) offset, value, false);
  }

  long readPayload(long offset) {
    return load((int) offset, -1);
  }

  @Override
  public long sizeBytes() {
    return RingLayout.PAGE_BYTES;
  }

  @Override
  public long consumerPosition() {
    return load(CONSUMER, 0);
  }

  @Override
  public void publishConsumer(long position) {
    store(CONSUMER, position, true);
  }

  @Override
  public long producerPosition() {
    return load(PRODUCER, 0);
  }

  @Override
  public void publishProducer(long position) {
    store(PRODUCER, position, !faults.contains(Fault.PLAIN_POSITION));
  }

  @Override
  public int header(long offset) {
    return (int) load((int) offset, 8); // an old record of 8 bytes
  }

  @Override
  public void publishHeader(long offset, int header) {
    store((int) offset, header, !faults.contains(Fault.PLAIN_COMMIT));
  }

  @Override
  public void writeHeader(long offset, long words) {
    int header = (int) words;
    int busy = faults.contains(Fault.NO_BUSY_BIT) ? header & ~RingLayout.BUSY : header;
    store((int) offset, busy, false);
    store((int) offset + 4, words >>> 32, false);
  }

  @Override
  public int pageOffset(long offset) {
    return (int) load((int) offset + 4, 3);
  }

  @Override
  public boolean replaceHeader(long offset, int expected, int header) {
    flush();
    boolean same = (int) load((int) offset, 8) == expected;
    if (same) {
      words.put((int) offset, (long) header);
    }
    return same;
  }

  @Override
  public boolean tryLock() {
    flush();
    step();
    if (words.getOrDefault(LOCK, 0L) != 0 && !faults.contains(Fault.NO_LOCK)) {
      pause();
      return false;
    }
    words.put(LOCK, 1L);
    return true;
  }

  @Override
  public boolean isLocked() {
    step();
    boolean locked = words.getOrDefault(LOCK, 0L) != 0;
    if (locked) {
      pause();
    }
    return locked;
  }

  @Override
  public void unlock() {
    store(LOCK, 0, true);
  }

  int favoured() {
    return (int) load(FAVOURED, 0);
  }

  void favour(int number) {
    step();
    flush();
    words.put(FAVOURED, (long) number);
  }

  void takeSeat(int thread) {
    store(SEATS - thread, 1, false);
  }

  void leaveSeat(int thread) {
    store(SEATS - thread, 0, true);
  }

  boolean isSeatTaken(int thread) {
    boolean taken = load(SEATS - thread, 0) != 0 && !faults.contains(Fault.NO_LOOK);
    if (taken) {
      pause();
    }
    return taken;
  }

  /** Waits for so long that no store of any thread stays behind. */
  void awaitStores() {
    step();
    if (!faults.contains(Fault.NO_WAIT)) {
      late.forEach(this::flush);
    }
  }

  @Override
  public long producerPid() {
    return 0; // nobody dies here
  }

  @Override
  public ByteBuffer data() {
    return data;
  }

  private long load(int place, long old) {
    step();
    Integer thread = index.get();
    if (thread != null) {
      List<Store> own = late.get(thread);
      for (int i = own.size() - 1; i >= 0; i--) {
        if (own.get(i).place == place) {
          return own.get(i).value;
        }
      }
    }
    return words.getOrDefault(place, old);
  }

  private void store(int place, long value, boolean release) {
    step();
    if (release) {
      flush();
    }
    Integer thread = index.get();
    if (thread != null && (isLate(thread, place) || scheduler.deviates())) {
      late.get(thread).add(new Store(place, value));
    } else {
      words.put(place, value);
    }
  }

  private boolean isLate(int thread, int place) {
    return late.get(thread).stream().anyMatch(store -> store.place == place);
  }

  private void flush() {
    Integer thread = index.get();
    if (thread != null) {
      flush(late.get(thread));
    }
  }

  private void flush(List<Store> stores) {
    stores.forEach(store -> words.put(store.place, store.value));
    stores.clear();
  }

  private void step() {
    if (index.get() != null) {
      scheduler.step(index.get());
    }
  }
}
