package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.probes.Link;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import sample.Calculator;
import sample.Shop;

/**
 * A stack is the application's, from the traced place down, whichever way the event was reached.
 */
@SuppressWarnings("try") // a link that is only closed
class StackFramesTest {
  private final List<List<Frame>> stacks = new ArrayList<>();

  /** What runs in the application's place. */
  private interface Traced {
    void run() throws Exception;
  }

  /** Takes the stacks of {@code target} by scalars and by memory, under {@code traced}. */
  private void assertStacks(String target, String leaf, Traced traced) throws Exception {
    JavaProgram.Body body =
        (slot, fields) -> {
          long[] ids = new long[200];
          int depth = slot.event().stackSource().capture(ids, 0, true);
          stacks.add(Arrays.stream(ids, 0, depth).mapToObj(Probes.FRAMES::frame).toList());
          return 0;
        };
    stacks.clear();
    StackTraceElement[] here = new Throwable().getStackTrace();
    try (Link scalars = Probes.attach(target, JavaProgram.scalar(body, new int[0]));
        Link memory = Probes.attach(target, JavaProgram.memory(body, new int[0]))) {
      traced.run();
    }
    assertEquals(2, stacks.size(), target);
    for (List<Frame> stack : stacks) {
      assertEquals(leaf, name(stack.get(0)), target);
      List<String> ofSonde =
          stack.stream().map(StackFramesTest::name).filter(StackFramesTest::isSondes).toList();
      assertEquals(List.of(), ofSonde, target);
      // the test's own frames below, each as getStackTrace names it: nothing was left out
      List<String> bottom = new ArrayList<>();
      for (int i = 1; i < here.length; i++) {
        bottom.add(here[i].getClassName() + "." + here[i].getMethodName());
      }
      List<String> names = stack.stream().map(StackFramesTest::name).toList();
      assertEquals(bottom, names.subList(names.size() - bottom.size(), names.size()), target);
    }
  }

  private static String name(Frame frame) {
    return frame.className() + "." + frame.methodName();
  }

  private static boolean isSondes(String name) {
    return name.startsWith("java.lang.Sonde")
        || name.startsWith("java.lang.invoke.")
        || name.startsWith("dev.sonde.") && !name.startsWith(StackFramesTest.class.getName());
  }

  /** More than a chunk of the JVM's backtrace lies between the traced method and the capture. */
  @Test
  void belowManyFramesOfSondes() {
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              long[] ids = new long[2];
              assertEquals(2, deep(40, () -> slot.event().stackSource().capture(ids, 0, true)));
              stacks.add(Arrays.stream(ids).mapToObj(Probes.FRAMES::frame).toList());
              return 0;
            },
            new int[0]);
    try (Link link = Probes.attach("method/sample.Calculator.add", program)) {
      new Calculator("c").add(1, 2);
      assertEquals(0, link.status().get(0).errors());
    }
    assertEquals("sample.Calculator.add", name(stacks.get(0).get(0)));
    assertEquals(
        StackFramesTest.class.getName() + ".belowManyFramesOfSondes", name(stacks.get(0).get(1)));
  }

  private static int deep(int depth, IntSupplier leaf) {
    return depth == 0 ? leaf.getAsInt() : deep(depth - 1, leaf);
  }

  @Test
  void atEntryAndBothExits() throws Exception {
    Calculator calculator = new Calculator("c");
    String add = "sample.Calculator.add";
    assertStacks("method/" + add, add, () -> calculator.add(1, 2));
    assertStacks("methodret/" + add, add, () -> calculator.add(1, 2));
    String thrower = "sample.Calculator.thrower";
    assertStacks(
        "methodexc/" + thrower,
        thrower,
        () -> assertThrows(IllegalStateException.class, () -> calculator.thrower("no", 0)));
  }

  @Test
  void atTheEndsOfAConstructor() throws Exception {
    String constructor = "sample.Calculator.<init>";
    assertStacks(
        "method/" + constructor + "(java.lang.String)", constructor, () -> new Calculator("c"));
    assertStacks(
        "methodret/" + constructor + "(java.lang.String)", constructor, () -> new Calculator("c"));
    assertStacks(
        "methodexc/" + constructor + "(int, int)",
        constructor,
        () -> assertThrows(IllegalArgumentException.class, () -> new Calculator(1, 1)));
  }

  @Test
  void atPlacesInsideOfAMethod() throws Exception {
    String sell = "sample.Shop.sell";
    assertStacks("call/sample.Shop$Item.price", sell, () -> new Shop().sell(false, 1));
    assertStacks("alloc/sample.Shop$Item", sell, () -> new Shop().sell(false, 1));
    assertStacks("line/Shop.java:" + Shop.NEW, "sample.Shop.lines", () -> new Shop().lines(1));
  }
}
