package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.OutOfFuelException;
import dev.sonde.vm.helper.RingHelpers;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sample.Calculator;
import sample.Shop;

@SuppressWarnings("try") // a link that is only closed
class FiltersAndLimitsTest {
  private final AtomicLong runs = new AtomicLong();

  private Link attach(String target, MethodFilter filter) {
    return Probes.attach(MethodTarget.parse(target).withFilter(filter), Probes.counting(runs));
  }

  private Link attach(String target, ProbeLimits limits, int... offsets) {
    return Probes.attach(
        MethodTarget.parse(target).withLimits(limits),
        JavaProgram.scalar((slot, fields) -> runs.incrementAndGet(), offsets));
  }

  @Test
  void subtypesAreThoseOfAnInterfaceAtAnyDistance() {
    new Shop.Offer(true);
    MethodFilter priced = new MethodFilter(null, "sample.Shop$Priced", null, null);
    try (Link link = attach("method/sample.*.price", priced)) {
      new Shop.Offer(true).price(1); // Offer's, and Item's by super
      assertEquals(2, runs.get());
    }
  }

  @Test
  void subtypesAreFoundAsClassesLoad() throws Exception {
    MethodFilter priced = new MethodFilter(null, "sample.Shop$Priced", null, null);
    try (Link link = attach("method/sample.*.price", priced);
        FreshLoader loader = new FreshLoader("sample.Shop")) {
      int before = link.status().get(0).matches();
      Object offer =
          loader.loadClass("sample.Shop$Offer").getConstructor(boolean.class).newInstance(true);
      offer.getClass().getMethod("price", int.class).invoke(offer, 1);
      assertEquals(2, runs.get());
      assertEquals(before + 2, link.status().get(0).matches());
    }
  }

  /** Whoever looks for some methods of all classes did not mean those that nobody can weave. */
  @Test
  void classesThatCannotBeWovenAreNamedWhereTheyAreMeant() {
    String within = "java.lang.invoke.MethodHandles*";
    MethodFilter there = new MethodFilter(within, null, null, null);
    MethodFilter annotated = new MethodFilter(within, null, "a.Timed", null);
    MethodFilter inherited = new MethodFilter(within, "a.Base", null, null);
    assertEquals(0, refused("method/*.lookup", there));
    assertEquals(0, refused("method/*.*", annotated));
    assertEquals(0, refused("method/*.*", inherited));
    assertNotEquals(0, refused("method/*.*", there));
    assertNotEquals(0, refused("method/java.lang.invoke.*.lookup", there));
  }

  private int refused(String target, MethodFilter filter) {
    try (Link link = attach(target, filter)) {
      return link.status().get(0).refused().size();
    }
  }

  @Test
  void annotationsAreOfTheMethodOrItsClass() {
    MethodFilter watched = new MethodFilter(null, null, "sample.Shop$Watched", null);
    try (Link link = attach("method/sample.Shop*.*", watched)) {
      new Shop().total(1); // annotated; sell, which it calls, is not
      new Shop.Offer(true).self(); // the class is: constructor and method
      assertEquals(3, runs.get());
    }
  }

  @Test
  void annotationsAreFoundAsClassesLoad() throws Exception {
    MethodFilter watched = new MethodFilter(null, null, "sample.Shop$Watched", "*.FreshLoader");
    try (Link link = attach("method/sample.Shop.*", watched);
        FreshLoader loader = new FreshLoader("sample.Shop")) {
      assertEquals(0, link.status().get(0).matches());
      Object shop = loader.loadClass("sample.Shop").getConstructor().newInstance();
      shop.getClass().getMethod("total", int[].class).invoke(shop, new int[] {1});
      assertEquals(1, runs.get()); // the annotated method alone
      assertEquals(1, link.status().get(0).matches());
    }
  }

  @Test
  void loadersAreNamed() throws Exception {
    MethodFilter fresh = new MethodFilter(null, null, null, "*.FreshLoader");
    try (Link link = attach("method/sample.Shop.total", fresh);
        FreshLoader loader = new FreshLoader("sample.Shop")) {
      new Shop().total(1);
      assertEquals(0, runs.get());
      Object shop = loader.loadClass("sample.Shop").getConstructor().newInstance();
      shop.getClass().getMethod("total", int[].class).invoke(shop, new int[] {1});
      assertEquals(1, runs.get());
    }
    MethodFilter boot = new MethodFilter(null, null, null, "boot");
    try (Link link = attach("method/*.total", boot)) {
      new Shop().total(1);
      assertEquals(1, runs.get());
    }
  }

  @Test
  void bridgeMethodsAreNotCountedTwice() {
    Comparable<Shop.ByPrice> raw = new Shop.ByPrice();
    try (Link link = attach("method/sample.Shop$ByPrice.compareTo", MethodFilter.NONE)) {
      raw.compareTo(new Shop.ByPrice());
      assertEquals(1, runs.get());
    }
  }

  @Test
  void aRunThatLoopsForTooLongIsCutOffCountedAndTakenOutOfItsRing() {
    ProbeLimits brief = new ProbeLimits(1, 0, 0, 0, 1_000_000);
    MethodTarget target = MethodTarget.parse("method/sample.Calculator.nothing").withLimits(brief);
    try (BpfMap ring = Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096));
        Link link =
            Probes.attach(
                target,
                JavaProgram.scalar((slot, fields) -> reserveAndLoop(slot, ring), new int[0]))) {
      new Calculator("c").nothing();
      assertEquals(1, link.status().get(0).errors());
      assertEquals(1, runs.get());
      assertEquals(0, CarrierSlots.current().heldAddress());
      new Calculator("c").nothing();
      assertEquals(2, link.status().get(0).errors());
    }
  }

  @Test
  void aRunIsNotBlamedForAnEarlierOne() {
    try (Link link = Probes.attach("method/sample.Calculator.nothing", Probes.counting(runs))) {
      CarrierSlots.current().setCutOff(); // as a plain run leaves it that found no stack
      new Calculator("c").nothing();
      assertEquals(1, link.status().get(0).runCount());
      assertEquals(0, link.status().get(0).errors());
    }
  }

  /** As an engine runs a program of two endless loops. */
  private long reserveAndLoop(CarrierSlot slot, BpfMap ring) {
    assertNotEquals(0, RingHelpers.ringbufReserve(slot, ring, 16, 0));
    try {
      while (true) {
        slot.spend(1);
      }
    } catch (OutOfFuelException tooLong) {
      runs.incrementAndGet();
      slot.setCutOff();
      return 0;
    }
  }

  @Test
  void oneInNIsExactPerCarrier() {
    ProbeLimits tenth = new ProbeLimits(10, 0, 0, 0);
    String[] targets = {"method/sample.Calculator.nothing", "methodret/sample.Calculator.nothing"};
    int[][] reads = {{}, {MethodContext.DURATION_NANOS}, {MethodContext.TIME_NANOS}};
    for (String target : targets) {
      for (int[] offsets : reads) {
        runs.set(0);
        try (Link link = attach(target, tenth, offsets)) {
          Calculator calculator = new Calculator("c");
          for (int i = 0; i < 1000; i++) {
            calculator.nothing();
          }
          AttachmentStatus status = link.status().get(0);
          assertEquals(100, runs.get(), target);
          assertEquals(100, status.runCount());
          assertEquals(900, status.limited());
        }
      }
    }
  }

  @Test
  void theRateIsKept() throws InterruptedException {
    ProbeLimits limits = new ProbeLimits(1, 100, 0, 0);
    try (Link link = attach("method/sample.Calculator.nothing", limits)) {
      Calculator calculator = new Calculator("c");
      long end = System.nanoTime() + 1_500_000_000L;
      long calls = 0;
      while (System.nanoTime() < end) {
        calculator.nothing();
        calls++;
      }
      assertTrue(runs.get() >= 50 && runs.get() <= 170, runs + " runs in 1.5 s, limit 100/s");
      assertEquals(calls, runs.get() + link.status().get(0).limited());
    }
  }

  @Test
  void shortRunsAreDroppedWhereAMinimumIsAsked() {
    ProbeLimits slow = new ProbeLimits(1, 0, 20_000_000, 0);
    try (Link link = attach("methodret/sample.Calculator.overwrite", slow)) {
      Calculator calculator = new Calculator("c");
      calculator.overwrite("x", 1);
      assertEquals(0, runs.get());
      assertEquals(1, link.status().get(0).limited());
      long start = System.nanoTime();
      long n = 1000;
      while (System.nanoTime() - start < 40_000_000) {
        start = System.nanoTime();
        calculator.overwrite("x", n *= 2);
      }
      assertTrue(runs.get() >= 1);
    }
  }

  @Test
  void aProbeOverItsBudgetIsSwitchedOff() throws InterruptedException {
    ProbeLimits tiny = new ProbeLimits(1, 0, 0, 0.01);
    MethodTarget target = MethodTarget.parse("method/sample.Calculator.nothing").withLimits(tiny);
    JavaProgram greedy =
        JavaProgram.scalar(
            (slot, fields) -> {
              runs.incrementAndGet();
              long end = System.nanoTime() + 20_000;
              while (System.nanoTime() < end) {
                Thread.onSpinWait();
              }
              return 0;
            },
            new int[0]);
    try (Link link = Probes.attach(target, greedy)) {
      Calculator calculator = new Calculator("c");
      long end = System.nanoTime() + 10_000_000_000L;
      while (link.status().get(0).disabled().isEmpty() && System.nanoTime() < end) {
        calculator.nothing();
      }
      AttachmentStatus status = link.status().get(0);
      assertTrue(status.disabled().contains("1.0 % are granted"), status.toString());
      Thread.sleep(300); // until it is unwoven
      long before = runs.get();
      calculator.nothing();
      assertEquals(before, runs.get());
    }
  }

  @Test
  void badLimitsAreRefusedWithWhatWouldBeGood() {
    assertThrows(IllegalArgumentException.class, () -> new ProbeLimits(0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new ProbeLimits(1, -1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new ProbeLimits(1, 0, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new ProbeLimits(1, 0, 0, Double.NaN));
  }
}
