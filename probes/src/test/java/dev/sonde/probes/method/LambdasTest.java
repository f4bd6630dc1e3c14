package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sample.Lambdas;

/**
 * Static initializers, lambdas, invokedynamic, and the classes that the JVM makes up as it runs.
 */
@SuppressWarnings("try") // a link that is only closed
class LambdasTest {
  private static final MethodFilter IN_LAMBDAS =
      new MethodFilter("sample.Lambdas", null, null, null);

  private final List<Object> seen = new ArrayList<>();

  private long see(CarrierSlot slot, long[] fields) {
    for (long field : fields) {
      Object reference = slot.handles().get(field);
      seen.add(reference == null ? (Object) field : reference);
    }
    return 0;
  }

  private static int arg(int index) {
    return MethodContext.argumentOffset(index);
  }

  private static MethodTarget inLambdas(String section) {
    return MethodTarget.parse(section).withFilter(IN_LAMBDAS);
  }

  @Test
  void aStaticInitializerIsSeenOnceAsItsClassInitializes() {
    AtomicLong runs = new AtomicLong();
    try (Link link =
        Probes.attach("methodret/sample.Lambdas$Constants.<clinit>", Probes.counting(runs))) {
      assertEquals(81, Lambdas.Constants.SQUARES[9]);
      assertEquals(1, runs.get());
      assertEquals(1, link.status().get(0).matches());
    }
  }

  @Test
  void aLambdasCodeIsAMethodOfItsClass() {
    JavaProgram program = JavaProgram.scalar(this::see, MethodContext.resultOffset());
    try (Link link = Probes.attach("methodret/sample.Lambdas.lambda$twice*", program)) {
      assertEquals(7, new Lambdas().twice(5));
      assertEquals(List.of(6L, 7L), seen);
    }
  }

  @Test
  void whatALambdaCapturesIsAnArgument() {
    JavaProgram program = JavaProgram.scalar(this::see, arg(0));
    try (Link link = Probes.attach("method/sample.Lambdas.lambda$capturing*", program)) {
      assertEquals("a!", new Lambdas().capturing("a").get());
      assertEquals(List.of("a"), seen);
    }
  }

  @Test
  void anInvokedynamicInsnIsACallOfItsBootstrapMethod() {
    JavaProgram program = JavaProgram.scalar(this::see, arg(0));
    MethodTarget target =
        MethodTarget.parse(
                "call/java.lang.runtime.ObjectMethods.bootstrap(sample.Lambdas$Pair, java.lang.Object)")
            .withFilter(new MethodFilter("sample.Lambdas$Pair", null, null, null));
    Lambdas.Pair pair = new Lambdas.Pair("x", 7);
    try (Link link = Probes.attach(target, program)) {
      assertEquals("Pair[a=x, b=7]", pair.toString()); // another insn: of one argument
      assertTrue(pair.equals(new Lambdas.Pair("x", 7)));
      assertEquals(1, link.status().get(0).matches());
    }
    assertEquals(List.of(pair), seen); // compared when that is no event any more
  }

  @Test
  void makingALambdaIsACallOfItsBootstrapMethod() {
    AtomicLong runs = new AtomicLong();
    MethodTarget target = inLambdas("call/java.lang.invoke.LambdaMetafactory.metafactory");
    try (Link link = Probes.attach(target, Probes.counting(runs))) {
      assertEquals(3, new Lambdas().reference().applyAsInt(-3));
      assertEquals(1, runs.get());
      assertEquals(5, link.status().get(0).matches());
    }
  }

  @Test
  void callsThroughAMethodReferenceAreNotSeenAndThatIsSaid() {
    AtomicLong runs = new AtomicLong();
    try (Link link =
            Probes.attach(inLambdas("call/sample.Lambdas.tripled"), Probes.counting(runs));
        Link way = Probes.attach("method/sample.Lambdas.tripled", Probes.counting(runs))) {
      assertEquals(6, new Lambdas().byReference().applyAsInt(2));
      assertEquals(1, runs.get(), "the way out sees it");
      assertEquals(9, new Lambdas().byLambda().applyAsInt(3));
      assertEquals(3, runs.get(), "a call in a lambda's code is a call as any other");
      AttachmentStatus status = link.status().get(0);
      assertEquals(1, status.matches());
      String said = String.join("\n", status.refused());
      assertTrue(
          said.contains(
              "sample.Lambdas.byReference() refers to sample.Lambdas.tripled: as a lambda"),
          said);
      assertTrue(said.contains("the target method/ of what it refers to sees them"), said);
    }
  }

  @Test
  void aHiddenClassIsRefusedWithAWayOut() throws Exception {
    byte[] bytes = ClassBytes.of(Lambdas.class);
    MethodHandles.Lookup inSample =
        MethodHandles.privateLookupIn(Lambdas.class, MethodHandles.lookup());
    Class<?> hidden = inSample.defineHiddenClass(bytes, true).lookupClass();
    try (Link link = Probes.attach("method/sample.Lambdas/*.twice", Probes.nothing())) {
      AttachmentStatus status = link.status().get(0);
      assertEquals(0, status.matches());
      String said = String.join("\n", status.refused());
      assertTrue(said.contains(hidden.getName() + ": it is a hidden class"), said);
      assertTrue(said.contains("lambda$"), said);
    }
  }

  @Test
  void aDynamicProxyIsAClassAsAnyOther() {
    Runnable proxy =
        (Runnable)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Runnable.class},
                (self, method, arguments) -> null);
    AtomicLong runs = new AtomicLong();
    try (Link link =
        Probes.attach("method/" + proxy.getClass().getName() + ".run", Probes.counting(runs))) {
      proxy.run();
      assertEquals(1, runs.get());
    }
  }
}
