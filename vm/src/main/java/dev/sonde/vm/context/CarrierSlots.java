package dev.sonde.vm.context;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each carrier thread its {@link CarrierSlot}: found in about 1 ns by the thread's id, made
 * at the thread's first event, taken over by another thread once its owner has died.
 */
public final class CarrierSlots {
  /** How many slots there can be unless {@code sonde.carrier.slots} says otherwise. */
  private static final int DEFAULT_CAPACITY = 512;

  private static final int CAPACITY = Integer.getInteger("sonde.carrier.slots", DEFAULT_CAPACITY);

  /**
   * Owned by no thread; its id is the 0 with which trampolines are tried out, lest the JVM's
   * compiler learns from that that there may be none. Nothing may run on it.
   */
  private static final CarrierSlot NOBODYS = new CarrierSlot(CAPACITY);

  /** Direct-mapped by thread id; a collision costs the slow path, never a shared slot. */
  private static final CarrierSlot[] CACHE = new CarrierSlot[8192];

  static {
    Arrays.fill(CACHE, NOBODYS); // no null to be looked out for
  }

  private static final Entry[] OWNED = new Entry[CAPACITY];

  /** Null before 21, where a thread is all that it runs on. */
  private static final @Nullable MethodHandle JDK_CARRIER = currentCarrier();

  private static final MethodHandle CURRENT_CARRIER =
      JDK_CARRIER == null ? platformThread() : JDK_CARRIER;
  private static final long THREAD_ID = RawMemory.fieldOffset(Thread.class, "tid");

  /** Holds the id of the thread that is claiming, 0 when none is. */
  private static final long LOCK = RawMemory.allocateZeroed(Long.BYTES);

  private static final int LOCK_SPINS = 1 << 20;

  private record Entry(CarrierSlot slot, WeakReference<Thread> owner, long threadId) {}

  private CarrierSlots() {}

  /** Returns how many CPUs per-CPU maps must hold values for. */
  public static int capacity() {
    return CAPACITY;
  }

  /** Returns the running carrier's slot, or null when all are owned by living threads. */
  public static @Nullable CarrierSlot current() {
    Thread carrier = carrier();
    long id = RawMemory.getLong(carrier, THREAD_ID); // getId() may be overridden, and lie
    CarrierSlot slot = CACHE[(int) id & CACHE.length - 1];
    return slot.ownerId() == id ? slot : claim(carrier, id);
  }

  /**
   * As {@link #carrierId}, loaded before what comes next is begun: the JVM's compiler would put it
   * off until the id is needed, if no branch depended on it.
   */
  public static long carrierIdNow() {
    long id = carrierId();
    if (id == 0) {
      return 0; // never: ids begin with 1
    }
    return id;
  }

  /**
   * Returns the slot of the carrier with this id, or null when it has to be looked for. Of the id 0
   * it is nobody's.
   */
  public static @Nullable CarrierSlot known(long carrierId) {
    CarrierSlot slot = CACHE[(int) carrierId & CACHE.length - 1];
    return slot.ownerId() == carrierId ? slot : null;
  }

  /** Tells whether a thread may go on upon another carrier: never before 21. */
  public static boolean canMove() {
    return JDK_CARRIER != null;
  }

  /** Tells whether the carrier runs a virtual thread at the moment. */
  public static boolean isVirtual() {
    return JDK_CARRIER != null && Thread.currentThread() != carrier();
  }

  /** Tells whether {@code slot} is the running carrier's. */
  public static boolean isCurrent(CarrierSlot slot) {
    return slot.ownerId() == carrierId();
  }

  /**
   * Tells whether {@link #current} found no slot because it was called from within itself: by an
   * event of a method that it calls.
   */
  public static boolean isClaiming() {
    return RawMemory.getLongVolatile(LOCK) == carrierId();
  }

  /** Returns the id of the platform thread that runs: a virtual thread's carrier. */
  public static long carrierId() {
    return RawMemory.getLong(carrier(), THREAD_ID);
  }

  /**
   * Does work of Sonde's own in the running thread: what it calls of the JDK may be woven, but is
   * none of the application's doing. Meanwhile no event comes of it, and none is counted; programs
   * that the work itself runs do run. A virtual thread must not unmount in it.
   */
  public static <T extends @Nullable Object> T inOwnWork(Supplier<T> work) {
    CarrierSlot begun = beginOwnWork();
    try {
      return work.get();
    } finally {
      if (begun != null) {
        begun.endOwnWork();
      }
    }
  }

  /**
   * Begins what {@link #inOwnWork} does; for a thread that does nothing else, nobody ends it.
   *
   * @return what to end it with; null: there is nothing to end
   */
  static @Nullable CarrierSlot beginOwnWork() {
    CarrierSlot slot = current();
    return slot != null && slot.beginOwnWork() ? slot : null;
  }

  /**
   * Waits until each slot has been seen without a running program. Call it after every way into the
   * programs in question has been closed by something that stops all threads (a retransformation),
   * so that a run that began before is seen; programs that may still be entered do no harm.
   *
   * @return false when one slot was still running after {@code timeoutNanos}
   */
  public static boolean awaitQuiescent(long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    for (Entry entry : OWNED.clone()) {
      long runs = entry == null ? 0 : entry.slot.runs();
      while (entry != null && isInRun(entry, runs)) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        LockSupport.parkNanos(100_000);
      }
    }
    return true;
  }

  /** The program that ran when {@code runsBefore} was read runs on, in a thread that lives. */
  private static boolean isInRun(Entry entry, long runsBefore) {
    CarrierSlot slot = entry.slot;
    boolean runs = slot.isRunning() && !slot.isInOwnWork();
    return runs && slot.runs() == runsBefore && !isDead(entry.owner.get());
  }

  /**
   * A lock without a monitor: a virtual thread must not unmount here, and what is called under the
   * lock may itself be traced, in which case the nested event gets no slot.
   */
  private static @Nullable CarrierSlot claim(Thread carrier, long id) {
    StackRoom.ensure();
    if (!tryLock(id)) {
      return null;
    }
    try {
      return claimLocked(carrier, id);
    } finally {
      RawMemory.putLongVolatile(LOCK, 0);
    }
  }

  private static boolean tryLock(long id) {
    for (int spins = 0; spins < LOCK_SPINS; spins++) {
      if (RawMemory.compareAndSetLong(LOCK, 0, id)) {
        return true;
      }
      if (RawMemory.getLongVolatile(LOCK) == id) {
        return false; // re-entered by a traced method that claiming calls
      }
      Thread.onSpinWait();
    }
    return false;
  }

  private static @Nullable CarrierSlot claimLocked(Thread carrier, long id) {
    int free = -1;
    for (int i = 0; i < CAPACITY; i++) {
      Entry entry = OWNED[i];
      if (entry != null && entry.threadId == id) {
        return cache(entry);
      }
      if (entry == null) {
        free = free < 0 ? i : free;
        break; // slots are handed out in order: nobody owns one behind the first that never was
      }
      if (free < 0 && isDead(entry.owner.get())) {
        free = i;
      }
    }
    if (free < 0) {
      return null;
    }
    Entry old = OWNED[free];
    CarrierSlot slot = old == null ? new CarrierSlot(free) : old.slot;
    if (old != null) {
      slot.changeOwner();
      slot.exit(); // its owner died inside a program at worst: nobody else can hold the guard
    }
    OWNED[free] = new Entry(slot, new WeakReference<>(carrier), id);
    return cache(OWNED[free]);
  }

  private static CarrierSlot cache(Entry entry) {
    entry.slot.setOwnerId(entry.threadId);
    CACHE[(int) entry.threadId & CACHE.length - 1] = entry.slot;
    return entry.slot;
  }

  private static boolean isDead(@Nullable Thread owner) {
    return owner == null || owner.getState() == Thread.State.TERMINATED;
  }

  private static Thread carrier() {
    try {
      return (Thread) CURRENT_CARRIER.invokeExact();
    } catch (Throwable impossible) {
      throw new AssertionError(impossible); // Thread.currentThread() throws nothing
    }
  }

  private static @Nullable MethodHandle currentCarrier() {
    try {
      // Since 21 a virtual thread runs on a carrier, which only the JDK's own access object names.
      Class<?> secrets = Class.forName("jdk.internal.access.SharedSecrets");
      Object access = secrets.getMethod("getJavaLangAccess").invoke(null);
      Class<?> type = Class.forName("jdk.internal.access.JavaLangAccess");
      return MethodHandles.lookup()
          .findVirtual(type, "currentCarrierThread", MethodType.methodType(Thread.class))
          .bindTo(access);
    } catch (ReflectiveOperationException | RuntimeException noCarriers) {
      return null;
    }
  }

  private static MethodHandle platformThread() {
    try {
      return MethodHandles.lookup()
          .findStatic(Thread.class, "currentThread", MethodType.methodType(Thread.class));
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }
}
