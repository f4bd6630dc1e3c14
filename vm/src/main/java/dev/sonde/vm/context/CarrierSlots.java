package dev.sonde.vm.context;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Gives each carrier thread its {@link CarrierSlot}: found in about 1 ns by the thread's id, made
 * at the thread's first event, taken over by another thread once its owner has died.
 */
public final class CarrierSlots {
  /** How many slots there can be unless {@code sonde.carrier.slots} says otherwise. */
  private static final int DEFAULT_CAPACITY = 512;

  private static final int CAPACITY = Integer.getInteger("sonde.carrier.slots", DEFAULT_CAPACITY);

  /** Direct-mapped by thread id; a collision costs the slow path, never a shared slot. */
  private static final Entry[] CACHE = new Entry[8192];

  private static final Entry[] OWNED = new Entry[CAPACITY];
  private static final MethodHandle CURRENT_CARRIER = currentCarrier();

  private record Entry(CarrierSlot slot, WeakReference<Thread> owner, long threadId) {}

  private CarrierSlots() {}

  /** Returns how many CPUs per-CPU maps must hold values for. */
  public static int capacity() {
    return CAPACITY;
  }

  /** Returns the running carrier's slot, or null when all are owned by living threads. */
  public static @Nullable CarrierSlot current() {
    Thread carrier = carrier();
    long id = threadId(carrier);
    Entry entry = CACHE[(int) id & CACHE.length - 1];
    return entry != null && entry.threadId == id ? entry.slot : claim(carrier, id);
  }

  /**
   * Waits until no slot runs a program. Call it after every way into the programs has been closed
   * by something that stops all threads (a retransformation), so that a run that began before is
   * seen.
   *
   * @return false when a program was still running after {@code timeoutNanos}
   */
  public static boolean awaitQuiescent(long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    while (anyRunning()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(100_000);
    }
    return true;
  }

  private static synchronized boolean anyRunning() {
    for (Entry entry : OWNED) {
      if (entry != null && !isDead(entry.owner.get()) && entry.slot.isRunning()) {
        return true;
      }
    }
    return false;
  }

  private static synchronized @Nullable CarrierSlot claim(Thread carrier, long id) {
    int free = -1;
    for (int i = 0; i < CAPACITY; i++) {
      Entry entry = OWNED[i];
      if (entry != null && entry.threadId == id) {
        return cache(entry);
      }
      boolean available = entry == null || isDead(entry.owner.get());
      if (available && free < 0) {
        free = i;
      }
    }
    if (free < 0) {
      return null;
    }
    Entry old = OWNED[free];
    CarrierSlot slot = old == null ? new CarrierSlot(free) : old.slot;
    if (old != null) {
      slot.exit(); // its owner died inside a program at worst: nobody else can hold the guard
    }
    OWNED[free] = new Entry(slot, new WeakReference<>(carrier), id);
    return cache(OWNED[free]);
  }

  private static CarrierSlot cache(Entry entry) {
    CACHE[(int) entry.threadId & CACHE.length - 1] = entry;
    return entry.slot;
  }

  private static boolean isDead(@Nullable Thread owner) {
    return owner == null || owner.getState() == Thread.State.TERMINATED;
  }

  @SuppressWarnings("deprecation") // threadId() is 19+; what overrides getId() is handled by probes
  private static long threadId(Thread thread) {
    return thread.getId();
  }

  private static Thread carrier() {
    try {
      return (Thread) CURRENT_CARRIER.invokeExact();
    } catch (Throwable impossible) {
      throw new AssertionError(impossible); // Thread.currentThread() throws nothing
    }
  }

  private static MethodHandle currentCarrier() {
    try {
      // Since 21 a virtual thread runs on a carrier, which only the JDK's own access object names.
      Class<?> secrets = Class.forName("jdk.internal.access.SharedSecrets");
      Object access = secrets.getMethod("getJavaLangAccess").invoke(null);
      Class<?> type = Class.forName("jdk.internal.access.JavaLangAccess");
      return MethodHandles.lookup()
          .findVirtual(type, "currentCarrierThread", MethodType.methodType(Thread.class))
          .bindTo(access);
    } catch (ReflectiveOperationException | RuntimeException noCarriers) {
      return platformThread();
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
