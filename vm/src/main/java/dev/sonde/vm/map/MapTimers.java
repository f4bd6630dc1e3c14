package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.SpinLock;
import dev.sonde.vm.memory.StackRoom;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The timers in the values of one map, and the daemon thread that runs their callbacks. A timer's
 * field holds {@code u64 map id << 32 | index + 1}, 0 when it is not initialised; the second word
 * stays 0.
 *
 * <p>Programs only push onto a stack and wake the thread when it sleeps for too long; the queue by
 * time is the thread's own. Timers end with their element, with their map and with the program that
 * their callback is part of.
 */
public final class MapTimers implements AutoCloseable {
  private static final long CLOSE_WAIT_MILLIS = 2_000;

  private record Expiry(long nanos, MapTimer timer) {}

  private final BpfMap map;
  private final int fieldOffset;
  private final long keyScratch;
  private final SpinLock tableLock = new SpinLock();
  private volatile @Nullable MapTimer[] table = new MapTimer[4];
  private int firstFree; // no entry of the table below it is free; under tableLock

  /** Timers that were started since the thread last looked; pushed by programs. */
  private final AtomicReference<@Nullable MapTimer> started = new AtomicReference<>();

  private final PriorityQueue<Expiry> queue =
      new PriorityQueue<>((a, b) -> Long.signum(a.nanos - b.nanos)); // nanoTime may wrap

  private final LongAdder failedRuns = new LongAdder();
  private final Thread thread;

  /** Until when the thread sleeps; a start that is earlier wakes it. 0: it is awake. */
  private volatile long sleepsUntil;

  /** Whose callback runs, or may be about to; written by the thread. */
  private volatile @Nullable Object runningOwner;

  private volatile boolean closed;

  MapTimers(BpfMap map, int fieldOffset) {
    this.map = map;
    this.fieldOffset = fieldOffset;
    this.keyScratch = map.memory().zeroed(Math.max(8, map.spec().keySizeBytes()));
    this.thread = OwnThreads.make("sonde-timers-" + map.spec().name(), this::run);
  }

  void begin() {
    thread.start();
  }

  /** Returns how many callbacks ended with an exception. */
  public long failedRuns() {
    return failedRuns.sum();
  }

  // ---- program side -----------------------------------------------------------------------------

  /** Returns what the field at {@code timerAddress} stands for, or null before its init. */
  public static @Nullable MapTimer at(long timerAddress) {
    long word = RawMemory.getLongVolatile(timerAddress);
    BpfMap map = word == 0 ? null : MapTable.get(word >>> 32);
    MapTimers timers = map == null ? null : map.timers();
    if (timers == null) {
      return null;
    }
    @Nullable MapTimer[] known = timers.table;
    int index = (int) word - 1;
    MapTimer timer = index >= 0 && index < known.length ? known[index] : null;
    boolean same = timer != null && timer.valueAddress() + timers.fieldOffset == timerAddress;
    return same ? timer : null;
  }

  /** Makes the timer at {@code timerAddress}; 0, or -EBUSY when there is one. */
  public int init(long timerAddress, int clock) {
    if (RawMemory.getLongVolatile(timerAddress) != 0) {
      return -Errno.EBUSY;
    }
    StackRoom.ensure();
    if (!tableLock.tryLock()) {
      return -Errno.EBUSY;
    }
    try {
      @Nullable MapTimer[] known = table;
      int index = firstFree;
      while (index < known.length && known[index] != null) {
        index++;
      }
      if (index >= known.length) {
        known = Arrays.copyOf(known, 2 * known.length);
      }
      known[index] = new MapTimer(this, timerAddress - fieldOffset, clock);
      table = known; // publishes the entry, too
      long word = (long) map.id() << 32 | index + 1;
      if (!RawMemory.compareAndSetLong(timerAddress, 0, word)) { // pairs with release
        known[index] = null;
        return -Errno.EBUSY;
      }
      firstFree = index + 1;
      return 0;
    } finally {
      tableLock.unlock();
    }
  }

  /** Ends the timer of a value that leaves the map or is overwritten. */
  void release(long valueAddress) {
    MapTimer timer = at(valueAddress + fieldOffset);
    long word = RawMemory.getAndSetLong(valueAddress + fieldOffset, 0); // pairs with init
    if (timer == null) {
      return;
    }
    timer.forget();
    if (tableLock.tryLock()) { // within a map's lock, or its caller's: there is room
      try {
        int index = (int) word - 1;
        if (index >= 0 && table[index] == timer) {
          table[index] = null;
          firstFree = Math.min(firstFree, index);
        }
      } finally {
        tableLock.unlock();
      }
    }
  }

  void submit(MapTimer timer, long deadline) {
    MapTimer head;
    do {
      head = started.get();
      timer.next = head;
    } while (!started.compareAndSet(head, timer)); // pairs with drain
    long until = sleepsUntil; // read after the push: either we wake it or it sees the push
    if (until != 0 && until - deadline > 0) {
      LockSupport.unpark(thread);
    }
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  /** Waits until the callback of {@code timer} is not running, though not for ever. */
  void awaitIdle(MapTimer timer, long limitNanos) {
    long start = System.nanoTime();
    while (timer.running && !isOwnThread() && System.nanoTime() - start < limitNanos) {
      Thread.onSpinWait();
    }
  }

  // ---- user side --------------------------------------------------------------------------------

  /** Ends all timers whose callback is part of {@code owner}, which is about to go away. */
  public static void stopAll(Object owner) {
    for (BpfMap map : MapTable.live()) {
      MapTimers timers = map.timers();
      if (timers != null) {
        timers.stop(owner);
      }
    }
  }

  /** Whose code runs now is awaited, too: its timer may have left the map meanwhile. */
  private void stop(Object owner) {
    for (MapTimer timer : table) {
      if (timer != null && timer.isOwnedBy(owner)) {
        timer.cancel();
      }
    }
    long start = System.nanoTime();
    long limit = TimeUnit.MILLISECONDS.toNanos(CLOSE_WAIT_MILLIS);
    while (runningOwner == owner && !isOwnThread() && System.nanoTime() - start < limit) {
      LockSupport.parkNanos(100_000);
    }
  }

  /** Ends the thread; what its callback does now is awaited. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(CLOSE_WAIT_MILLIS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the thread -------------------------------------------------------------------------------

  private void run() {
    while (!closed) {
      drain();
      Expiry first = queue.peek();
      long now = System.nanoTime();
      if (first != null && first.nanos - now <= 0) {
        queue.poll();
        fire(first);
      } else {
        sleep(first == null ? now + Long.MAX_VALUE / 2 : first.nanos, now);
      }
    }
  }

  private void sleep(long until, long now) {
    sleepsUntil = until == 0 ? 1 : until;
    if (started.get() == null && !closed) { // after sleepsUntil was written: see submit
      LockSupport.parkNanos(this, until - now);
    }
    sleepsUntil = 0;
  }

  private void drain() {
    MapTimer timer = started.getAndSet(null);
    while (timer != null) {
      MapTimer following = timer.next;
      enqueue(timer, timer.taken());
      timer = following;
    }
  }

  /** Notes a wake-up for {@code deadline}, unless an earlier one is noted, which looks again. */
  private void enqueue(MapTimer timer, long deadline) {
    boolean covered = timer.queuedNanos != 0 && timer.queuedNanos - deadline <= 0;
    if (deadline != 0 && !covered) {
      timer.queuedNanos = deadline;
      queue.add(new Expiry(deadline, timer));
    }
  }

  private void fire(Expiry expiry) {
    MapTimer timer = expiry.timer;
    if (timer.queuedNanos == expiry.nanos) {
      timer.queuedNanos = 0;
    }
    MapTimer.Armed armed = timer.armed();
    runningOwner = armed == null ? null : armed.owner(); // both before it expires: who cancels
    timer.running = true; // or stops after that waits for us
    try {
      if (!timer.expire(expiry.nanos)) {
        enqueue(timer, timer.deadline());
      } else if (armed != null) { // else a start raced with a cancel: there is nothing to call
        call(timer, armed.callback());
      }
    } finally {
      timer.running = false;
      runningOwner = null;
    }
  }

  private void call(MapTimer timer, MapTimer.Callback callback) {
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null || !slot.tryEnter()) {
      failedRuns.increment();
      return;
    }
    try {
      slot.setEvent(null);
      long value = timer.valueAddress();
      callback.call(slot, map.id(), map.keyOf(value, keyScratch), value);
    } catch (Throwable trap) { // the thread goes on with the other timers
      failedRuns.increment();
      HeldByRun.giveBack(slot);
    } finally {
      slot.exit();
    }
  }
}
