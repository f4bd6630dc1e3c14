package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.probes.bridge.TrampolinePool;
import dev.sonde.probes.stack.JavaStackSource;
import dev.sonde.vm.context.MethodContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import net.bytebuddy.jar.asm.ClassReader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A program is replaced by one that reads more, while a class is woven for the first. */
class OutgrownScanTest {
  private static final String SUBJECT = Subject.class.getName();
  private static final MethodTarget TARGET = MethodTarget.parse("methodret/" + SUBJECT + ".*");

  private final RequestContexts requests = new RequestContexts(SelfAttach.instrumentation());
  private final ProbeCounters counters = new ProbeCounters();
  private final List<String> seen = new ArrayList<>();

  /** Is woven and loaded anew in each test, and probed by no other. */
  @SuppressWarnings("unused") // by reflection
  public static final class Subject {
    public int first() {
      return 1;
    }

    public void second() {}

    public int add(int a, int b) {
      return a + b;
    }

    public void fourth() {}

    public long fifth() {
      return 5;
    }

    public void sixth() {}
  }

  /** Loads what it is given. */
  private static final class Loader extends ClassLoader {
    Class<?> define(byte[] bytes) {
      return defineClass(null, bytes, 0, bytes.length);
    }
  }

  /** The bindings of a class; lets something happen when they are gone through for a method. */
  private static final class Bindings extends ArrayList<Binding> {
    private static final long serialVersionUID = 1L;
    private final transient Runnable event;
    private final String by;
    private int left;

    /** {@code by}: the end of the name of the class in which they are gone through. */
    Bindings(List<Binding> all, String by, int methods, Runnable event) {
      super(all);
      this.by = by;
      this.left = methods;
      this.event = event;
    }

    @Override
    public Iterator<Binding> iterator() {
      boolean rewriting =
          StackWalker.getInstance().walk(all -> all.anyMatch(f -> f.getClassName().endsWith(by)));
      if (rewriting && left-- == 0) {
        event.run();
      }
      return super.iterator();
    }
  }

  /** {@code methods}: how many have been woven for the first program then. */
  @ParameterizedTest
  @CsvSource({
    "TagWeaver, 0",
    "TagWeaver, 1",
    "TagWeaver, 5",
    "Weaver$Rewriter, 0",
    "Weaver$Rewriter, 1",
    "Weaver$Rewriter, 5"
  })
  void theClassIsWovenForTheSecondProgram(String by, int methods) throws Exception {
    Probe first = probe(TARGET, JavaProgram.scalar((slot, fields) -> 0, new int[0]));
    Probe second =
        probe(
            TARGET,
            JavaProgram.scalar(
                (slot, fields) -> seen.add(fields[0] + " " + (fields[1] > 0)) ? 1 : 0,
                MethodContext.resultOffset(),
                MethodContext.DURATION_NANOS));
    Binding binding = binding(first);
    List<Binding> all = new ArrayList<>(List.of(binding));
    if (!by.equals("TagWeaver")) { // an argument is more than that can do
      int argument = MethodContext.argumentOffset(1);
      MethodTarget entries = MethodTarget.parse("method/" + SUBJECT + ".add");
      all.add(binding(probe(entries, JavaProgram.scalar((slot, fields) -> 0, argument))));
    }
    List<Binding> bindings = new Bindings(all, by, methods, () -> binding.replace(second));
    byte[] bytes = ClassBytes.of(Subject.class);
    ClassReader reader = new ClassReader(bytes);
    byte[] woven =
        new Weaver(Probes.FRAMES, requests)
            .weave(bindings, SUBJECT.replace('.', '/'), reader, bytes);
    assertNotNull(woven, "nothing was woven");
    assertEquals(second, binding.probe(), "the program was not replaced");
    Class<?> type = new Loader().define(woven);
    Object subject = type.getConstructor().newInstance();
    assertEquals(5, type.getMethod("add", int.class, int.class).invoke(subject, 2, 3));
    assertTrue(seen.contains("5 true"), seen::toString);
    type.getMethod("first").invoke(subject); // one of those that were woven first
    type.getMethod("sixth").invoke(subject);
    assertEquals(4, seen.size(), seen::toString); // and the constructor
  }

  private static Binding binding(Probe probe) {
    Attachment attachment = new Attachment(probe.program(), probe.target());
    Binding binding =
        new Binding(attachment, probe.target(), probe, new TrampolinePool(), Probes.SILENT);
    binding.connect();
    return binding;
  }

  private Probe probe(MethodTarget target, JavaProgram program) {
    JavaStackSource stacks = new JavaStackSource(Probes.FRAMES);
    EventSources sources = new EventSources(stacks, SelfAttach.instrumentation(), requests);
    Inputs inputs = Inputs.of(program, target.kind(), ProbeLimits.NONE);
    return new Probe(program, target, inputs, counters, sources, 1);
  }
}
