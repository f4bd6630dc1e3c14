package dev.sonde.vm.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CarrierSlotsTest {

  @Test
  void aThreadKeepsItsSlot() {
    assertSame(CarrierSlots.current(), CarrierSlots.current());
  }

  @Test
  void livingThreadsNeverShareASlot() throws InterruptedException {
    int threads = 64;
    ConcurrentHashMap<Integer, Thread> owners = new ConcurrentHashMap<>();
    CountDownLatch claimed = new CountDownLatch(threads);
    CountDownLatch done = new CountDownLatch(1);
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                owners.put(CarrierSlots.current().index(), Thread.currentThread());
                claimed.countDown();
                await(done);
              });
      thread.start();
      all.add(thread);
    }
    claimed.await();
    done.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    assertEquals(threads, owners.size());
  }

  @Test
  void slotsOfDeadThreadsAreTakenOver() throws InterruptedException {
    int highest = 0;
    for (int i = 0; i < 2 * CarrierSlots.capacity(); i++) {
      CarrierSlot slot = slotOf(new AtomicReference<>(), null);
      assertNotNull(slot, "no slot for thread " + i);
      highest = Math.max(highest, slot.index());
    }
    assertTrue(highest < CarrierSlots.capacity(), "slot " + highest);
  }

  @Test
  void aThreadThatLiesAboutItsIdGetsItsOwnSlot() throws InterruptedException {
    assertNotSame(CarrierSlots.current(), slotOf(new AtomicReference<>(), Thread.currentThread()));
  }

  @Test
  void quiescenceWaitsForTheRunThatIsOn() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              CarrierSlot slot = CarrierSlots.current();
              slot.tryEnter();
              running.countDown();
              await(done);
              slot.exit();
            });
    thread.start();
    running.await();
    assertFalse(CarrierSlots.awaitQuiescent(20_000_000));
    done.countDown();
    assertTrue(CarrierSlots.awaitQuiescent(60_000_000_000L));
    thread.join();
  }

  @Test
  void quiescenceDoesNotWaitForLaterRuns() throws InterruptedException {
    AtomicReference<Boolean> stop = new AtomicReference<>(false);
    Thread busy =
        new Thread(
            () -> {
              CarrierSlot slot = CarrierSlots.current();
              while (!stop.get()) {
                slot.tryEnter();
                slot.exit();
              }
            });
    busy.start();
    try {
      assertTrue(CarrierSlots.awaitQuiescent(60_000_000_000L));
    } finally {
      stop.set(true);
      busy.join();
    }
  }

  @Test
  void ownWorkHasTheGuardButForProgramsOfItsOwn() {
    CarrierSlot slot = CarrierSlots.current();
    CarrierSlot begun = CarrierSlots.beginOwnWork();
    assertSame(slot, begun);
    assertTrue(slot.running && slot.isInOwnWork());
    assertNull(CarrierSlots.beginOwnWork(), "it has begun already");
    assertTrue(slot.tryEnter(), "a program of its own");
    assertTrue(slot.running && !slot.isInOwnWork());
    assertFalse(slot.tryEnter(), "a program within that");
    slot.exit();
    assertTrue(slot.running && slot.isInOwnWork());
    begun.endOwnWork();
    assertFalse(slot.running || slot.isInOwnWork());
    assertTrue(slot.tryEnter());
    assertNull(CarrierSlots.beginOwnWork(), "a program runs");
    slot.exit();
    assertFalse(slot.running || slot.isInOwnWork());
  }

  @Test
  void nobodyWaitsForTheEndOfOwnWork() {
    CarrierSlot begun = CarrierSlots.beginOwnWork();
    try {
      assertTrue(CarrierSlots.awaitQuiescent(0));
    } finally {
      begun.endOwnWork();
    }
  }

  @Test
  void whoTakesOverASlotIsInNobodysWork() throws InterruptedException {
    Thread unended = new Thread(CarrierSlots::beginOwnWork);
    unended.start();
    unended.join();
    AtomicReference<CarrierSlot> slot = new AtomicReference<>();
    Thread next = new Thread(() -> slot.set(CarrierSlots.beginOwnWork()));
    next.start();
    next.join();
    assertNotNull(slot.get(), "the guard is free");
  }

  private static CarrierSlot slotOf(AtomicReference<CarrierSlot> slot, Thread idOf)
      throws InterruptedException {
    Thread thread =
        new Thread(() -> slot.set(CarrierSlots.current())) {
          @Override
          @SuppressWarnings("deprecation") // the very method that subclasses override
          public long getId() {
            return idOf == null ? super.getId() : idOf.getId();
          }
        };
    thread.start();
    thread.join();
    return slot.get();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
