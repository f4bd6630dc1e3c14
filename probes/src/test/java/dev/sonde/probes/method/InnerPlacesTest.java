package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.PtRegs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Adler32;
import org.junit.jupiter.api.Test;
import sample.Ledger;
import sample.Shop;

/** Call sites, allocation sites and lines. */
@SuppressWarnings("try") // a link that is only closed
class InnerPlacesTest {
  private static final MethodFilter IN_SHOP = new MethodFilter("sample.Shop*", null, null, null);

  private final List<Object> seen = new ArrayList<>();

  private long seeObject(CarrierSlot slot, long[] fields) {
    for (long field : fields) {
      Object reference = slot.handles().get(field);
      seen.add(reference == null ? (Object) field : reference);
    }
    return 0;
  }

  private static MethodTarget inShop(String section) {
    return MethodTarget.parse(section).withFilter(IN_SHOP);
  }

  private static int arg(int index) {
    return MethodContext.argumentOffset(index);
  }

  @Test
  void aCallShowsItsArgumentsBeforeItIsMade() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, arg(2), arg(1));
    try (Link link = Probes.attach(inShop("call/sample.Shop.sell"), program)) {
      assertEquals(20 + 20, new Shop().total(1, 2));
      assertEquals(List.of(1L, 0L, 2L, 1L), seen);
      assertEquals(1, link.status().get(0).matches());
    }
  }

  @Test
  void callsAreOnlyThoseOfTheNamedClass() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, arg(1), arg(0));
    try (Link link = Probes.attach(inShop("call/*.price"), program)) {
      Shop.Offer offer = new Shop.Offer(false);
      assertEquals(99, offer.price(2)); // called from here, which is not in the shop
      assertEquals(List.of(2L, offer), seen); // its super.price(pieces)
    }
  }

  @Test
  void aConstructorCallHasNoReceiverYet() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, arg(2), arg(1), arg(0));
    try (Link link = Probes.attach(inShop("call/sample.Shop$Item.<init>"), program)) {
      new Shop().sell(true, 2);
      new Shop.Offer(true);
      assertEquals(List.of(10L, "offer", 0L, 1L, "cheap", 0L), seen);
    }
  }

  @Test
  void callsNameTheCallee() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, PtRegs.IP.offsetBytes());
    try (Link link = Probes.attach(inShop("call/java.util.Map.put"), program)) {
      new Shop().lines(1);
      assertEquals("put(Object, Object)", Probes.FRAMES.frame((long) seen.get(0)).methodName());
      assertEquals("java.util.Map", Probes.FRAMES.frame((long) seen.get(0)).className());
    }
  }

  @Test
  void allocationsShowTheObject() {
    JavaProgram program =
        JavaProgram.scalar(this::seeObject, MethodContext.resultOffset(), MethodContext.KIND);
    JavaProgram memory = JavaProgram.memory(this::seeObject, MethodContext.resultOffset());
    try (Link link = Probes.attach(inShop("alloc/sample.Shop$Item"), program);
        Link same = Probes.attach(inShop("alloc/sample.Shop$Item"), memory)) {
      assertEquals(20, new Shop().sell(false, 2));
      assertEquals(3, seen.size());
      assertEquals(Shop.Item.class, seen.get(0).getClass());
      assertEquals((long) MethodContext.KIND_ALLOCATION, seen.get(1));
      assertEquals(seen.get(0), seen.get(2));
      seen.clear();
      new Shop.Offer(true); // calls Item's constructor, but makes no Item
      assertEquals(List.of(), seen);
      assertThrows(IllegalArgumentException.class, () -> new Shop().lines(-1));
      assertEquals(List.of(), seen, "never was constructed");
    }
  }

  @Test
  void objectsMadeInTheArgumentsOfASuperCallAreSeen() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, MethodContext.resultOffset());
    try (Link link = Probes.attach(inShop("alloc/java.lang.String*"), program)) {
      new Shop.Offer(true);
      new Shop.Offer(false);
      assertEquals("cheap", seen.get(0));
      assertEquals("dear", seen.get(1).toString());
      assertEquals(2, seen.size());
    }
  }

  @Test
  void arraysAreAllocationsToo() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, MethodContext.resultOffset());
    try (Link link = Probes.attach(inShop("alloc/*[]"), program)) {
      new Shop().arrays(3);
      assertArrayEquals(new int[3], (int[]) seen.get(0));
      assertArrayEquals(new String[3], (String[]) seen.get(1));
      assertArrayEquals(new long[3][2], (long[][]) seen.get(2));
      assertEquals(3, seen.size());
    }
  }

  @Test
  void allProgramsOnOnePlaceSeeIt() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, MethodContext.resultOffset());
    try (Link items = Probes.attach(inShop("alloc/sample.Shop$Item"), program);
        Link again = Probes.attach(inShop("alloc/sample.Shop$Item"), program);
        Link arrays = Probes.attach(inShop("alloc/int[]"), program);
        Link twice = Probes.attach(inShop("alloc/int[]"), program)) {
      new Shop().arrays(3);
      assertEquals(4, seen.size());
      assertArrayEquals(new int[3], (int[]) seen.get(0));
      assertSame(seen.get(0), seen.get(1));
      assertEquals(Shop.Item.class, seen.get(2).getClass());
      assertSame(seen.get(2), seen.get(3));
    }
  }

  @Test
  void whatAStaticInitializerMakesIsSeen() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, MethodContext.resultOffset());
    MethodFilter early = new MethodFilter("sample.Ledger$Early", null, null, null);
    try (Link book =
            Probes.attach(
                MethodTarget.parse("alloc/sample.Ledger$Book").withFilter(early), program);
        Link array = Probes.attach(MethodTarget.parse("alloc/int[]").withFilter(early), program)) {
      Object made = Ledger.Early.BOOK;
      assertEquals(2, seen.size());
      assertSame(made, seen.get(0));
      assertSame(Ledger.Early.COUNTS, seen.get(1));
    }
  }

  @Test
  void callsInTheJdkAreSeenWhereTheyAreAskedForAlone() {
    AtomicLong runs = new AtomicLong();
    Adler32 sum = new Adler32();
    String call = "call/java.util.zip.Adler32.updateBytes"; // made by update
    try (Link application = Probes.attach(call, Probes.counting(runs))) {
      sum.update(new byte[10], 0, 10);
      assertEquals(0, runs.get());
    }
    MethodFilter there = new MethodFilter("java.util.zip.Adler32", null, null, null);
    try (Link jdk =
        Probes.attach(MethodTarget.parse(call).withFilter(there), Probes.counting(runs))) {
      sum.update(new byte[10], 0, 10);
      assertEquals(1, runs.get());
    }
  }

  @Test
  void aLineIsSeenEachTimeItIsReached() {
    AtomicLong runs = new AtomicLong();
    String line = "line/Shop.java:" + Shop.LOOP;
    try (Link link = Probes.attach(line, Probes.counting(runs));
        Link withPath = Probes.attach("line/sample/" + line.substring(5), Probes.counting(runs))) {
      new Shop().lines(3);
      assertEquals(6, runs.get());
      assertEquals(1, link.status().get(0).matches());
    }
  }

  @Test
  void aLineWithAnObjectUnderConstructionVerifies() {
    JavaProgram program = JavaProgram.scalar(this::seeObject, arg(1));
    try (Link link = Probes.attach("line/Shop.java:" + Shop.NEW, program)) {
      assertEquals("none", new Shop().lines(0));
      assertEquals(List.of(0L), seen);
      assertEquals(List.of(), link.status().get(0).refused());
    }
  }

  @Test
  void aLineWithoutCodeMatchesNothing() {
    try (Link link = Probes.attach("line/Shop.java:1", Probes.nothing())) {
      assertEquals(0, link.status().get(0).matches());
    }
  }
}
