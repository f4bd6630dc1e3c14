package dev.sonde.probes.perf;

import dev.sonde.perfbuffer.PerfCorruptedException;
import dev.sonde.perfbuffer.PerfFormat;
import dev.sonde.perfbuffer.PerfHandler;
import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.linux.EpollEvents;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.perf.EventSet.Spread;
import dev.sonde.vm.context.OwnThreads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Events whose records have one format, and the thread that reads them: it sleeps until a ring
 * fills to a quarter or a few milliseconds have passed, hands over what is older than a moment, so
 * that no CPU's late record comes out of order, and sleeps longer while nothing happens.
 */
public final class PerfSource implements AutoCloseable {
  /** How long after an event its record is surely in the ring. */
  private static final long HORIZON_NANOS = 500_000;

  private static final int SHORTEST_SLEEP_MILLIS = 4;
  private static final int LONGEST_SLEEP_MILLIS = 64;
  private static final int RECORDS_A_TURN = 65_536;
  private static final int MAX_EVENTS = 16;

  private final Linux linux;
  private final PerfRings rings;
  private final List<EventSet> sets = new CopyOnWriteArrayList<>(); // read while some are added
  private final Map<Long, Taker> byId = new HashMap<>();
  private final Object turn = new Object(); // held while records are handed over
  private final int epollFd;
  private final int wakeFd;
  private @Nullable Thread thread;
  private @Nullable Taker last;
  private long lastId;
  private boolean started;
  private boolean stopped;
  private volatile boolean closed;
  private volatile long lostBefore = -1; // once closed
  private volatile String failure = "";

  /** Who takes the records of an event. */
  private record Taker(EventSet set, PerfHandler handler) {}

  private PerfSource(Linux linux, PerfFormat format, int ringBytes) {
    this.linux = linux;
    rings = PerfRings.open(linux, format, ringBytes);
    epollFd = linux.epollCreate();
    wakeFd = linux.eventFd();
    linux.epollAdd(epollFd, wakeFd, wakeFd);
    rings.descriptors().forEach(fd -> linux.epollAdd(epollFd, fd, fd));
  }

  /**
   * Maps the rings.
   *
   * @param format of all events that will be added; SAMPLE_IDENTIFIER, TID and TIME among it
   * @param ringBytes of one CPU, a power of two
   */
  public static PerfSource open(Linux linux, PerfFormat format, int ringBytes) {
    return new PerfSource(linux, format, ringBytes);
  }

  /**
   * Opens an event, which stays off until {@link #start}; after that it is on at once. One thread
   * at a time, and none after {@link #stop}.
   *
   * @param attr with the source's format
   * @param what the event for messages
   * @param handler takes its records, and no others, in the poll thread
   * @throws LinuxException if the kernel refuses, or nothing of the scope is alive
   */
  public EventSet add(
      PerfAttr attr, ProcessScope scope, Spread spread, String what, PerfHandler handler) {
    EventSet set = EventSet.open(linux, attr, scope, rings, spread, what);
    Taker taker = new Taker(set, handler);
    synchronized (turn) {
      sets.add(set);
      set.ids().forEach(id -> byId.put(id, taker));
      if (started) {
        set.enable();
      }
    }
    return set;
  }

  /** Starts the events. */
  public void start() {
    thread = OwnThreads.start("sonde-perf", this::run);
    synchronized (turn) {
      started = true;
      sets.forEach(EventSet::enable);
    }
  }

  /** Returns how many events found no room in a ring. */
  public long lost() {
    return lostBefore >= 0 ? lostBefore : countLost();
  }

  /** Returns how many records were read. */
  public long records() {
    return rings.records();
  }

  /** Returns why reading has ended before {@link #close}, "" while it goes on. */
  public String failure() {
    return failure;
  }

  /** Runs {@code work} while no record is being handed over. */
  public void between(Runnable work) {
    synchronized (turn) {
      work.run();
    }
  }

  /** Stops the events and hands over what they have left; their counts can still be asked for. */
  public void stop() {
    synchronized (turn) {
      if (!stopped) {
        stopped = true;
        sets.forEach(EventSet::disable);
        drain(Long.MAX_VALUE);
        lostBefore = countLost();
      }
    }
  }

  /** Stops, and gives everything back; of many descriptors the last go in the background. */
  @Override
  public void close() {
    stop();
    synchronized (turn) {
      if (closed) {
        return;
      }
      closed = true;
    }
    linux.signal(wakeFd);
    join();
    List<Integer> descriptors = new ArrayList<>();
    sets.forEach(set -> descriptors.addAll(set.descriptors()));
    Closing.soon(linux, descriptors);
    rings.close();
    linux.close(wakeFd);
    linux.close(epollFd);
  }

  private void join() {
    Thread poller = thread;
    if (poller != null && poller != Thread.currentThread()) {
      OwnThreads.awaitEnd(poller);
    }
  }

  private void run() {
    int sleepMillis = SHORTEST_SLEEP_MILLIS;
    try (Scratch scratch = new Scratch()) {
      long events = scratch.zeroed((long) MAX_EVENTS * EpollEvents.SIZE_BYTES);
      while (!closed) {
        linux.epollWait(epollFd, events, MAX_EVENTS, sleepMillis);
        int handed;
        synchronized (turn) {
          handed = closed ? 0 : drain(System.nanoTime() - HORIZON_NANOS);
        }
        sleepMillis =
            handed > 0 ? SHORTEST_SLEEP_MILLIS : Math.min(LONGEST_SLEEP_MILLIS, 2 * sleepMillis);
      }
    }
  }

  private int drain(long horizonNanos) {
    if (!failure.isEmpty()) {
      return 0;
    }
    try {
      return rings.poll(this::handOver, RECORDS_A_TURN, horizonNanos);
    } catch (PerfCorruptedException e) {
      failure = "ring cannot be read any more: " + e.getMessage();
      return 0;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failure = "a record could not be handled: " + e;
      return 0;
    }
  }

  private void handOver(PerfRecord record) {
    long id = record.identifier();
    if (id != lastId || last == null) {
      last = byId.get(id);
      lastId = id;
    }
    Taker taker = last;
    if (taker != null && taker.set.holds(record.pid(), record.tid())) {
      taker.handler.record(record);
    }
  }

  private long countLost() {
    long counted = 0;
    for (EventSet set : sets) {
      long lost = set.lost();
      if (lost < 0) {
        return rings.lost();
      }
      counted += lost;
    }
    return counted;
  }
}
