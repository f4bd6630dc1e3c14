package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of compiled programs, and how large they may be. */
class LifeTest {
  private static final List<Insn> SEVEN =
      List.of(new Insn(0xb7, 0, 0, 0, 7), new Insn(0x95, 0, 0, 0, 0));

  /** HotSpot's FreqInlineSize: C2 inlines no method of more bytes of bytecode. */
  private static final int FREQ_INLINE_SIZE = 325;

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  @Test
  void tenThousandClosedProgramsLeaveNoClasses() {
    long before = 0;
    long metaspaceBefore = 0;
    for (int i = 0; i < 10_000; i++) {
      try (CompiledProgram program = compiler.compile(Trusted.of("seven", SEVEN), null)) {
        assertEquals(7, program.run(Trusted.slot(), 0));
      }
      if (i == 1_000) {
        before = loadedClasses();
        metaspaceBefore = metaspaceBytes();
      }
    }
    long limit = before + 500;
    long after = loadedClasses();
    assertTrue(after < limit, () -> after + " classes, want less than " + limit);
    long grown = metaspaceBytes() - metaspaceBefore;
    assertTrue(grown < 4 << 20, () -> "metaspace has grown by " + grown + " B");
  }

  private static long metaspaceBytes() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals("Metaspace"))
        .mapToLong(pool -> pool.getUsage().getUsed())
        .sum();
  }

  private static long loadedClasses() {
    System.gc();
    return ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
  }

  @ParameterizedTest
  @ValueSource(ints = {4_000, 50_000})
  void largeProgramsEndAsTheInterpreterEndsThem(int insns) {
    Trusted proof = Trusted.of("large", large(insns));
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = compiler.compile(proof, null)) {
      long failed = CompiledProgram.failedRuns();
      long want = oracle.run(Trusted.slot(), 0);
      for (int i = 0; i < 200; i++) {
        assertEquals(want, program.run(Trusted.slot(), 0));
      }
      assertEquals(failed, CompiledProgram.failedRuns());
      assertTrue(program.classBytes() < 40 * insns, program.classBytes() + " B");
    }
  }

  /** HotSpot compiles no method of more than 8,000 bytes of bytecode (HugeMethodLimit). */
  @ParameterizedTest
  @ValueSource(ints = {600, 1_000, 4_000, 50_000})
  void noMethodIsTooLongForTheJvmsCompiler(int insns) throws IOException {
    Map<String, Integer> lengths =
        MethodLengths.of(compiler.classFile(Trusted.of("large", large(insns)), null));
    int regions = lengths.keySet().stream().filter(m -> m.startsWith("large")).toList().size();
    assertTrue(insns < 4_000 || regions > insns / 1_000, () -> regions + " methods");
    lengths.forEach((method, bytes) -> assertTrue(bytes <= 8_000, () -> method + ": " + bytes));
  }

  /** As the JVM's flight recorder tells; a method that C2 may inline need not be compiled alone. */
  @Test
  void c2CompilesAllMethodsOfALargeProgram() throws IOException {
    assumeTrue(FlightRecorder.isAvailable(), "this JVM has no flight recorder");
    Trusted proof = Trusted.of("hot", large(Boolean.getBoolean("sonde.long") ? 50_000 : 4_000));
    Set<String> want = new TreeSet<>();
    MethodLengths.of(compiler.classFile(proof, null))
        .forEach(
            (method, bytes) -> {
              if (method.startsWith("hot") && bytes > FREQ_INLINE_SIZE) {
                want.add(method);
              }
            });
    assertTrue(want.size() > 1, () -> "methods: " + want);
    Set<String> byC2 = new ConcurrentSkipListSet<>();
    try (RecordingStream events = new RecordingStream();
        CompiledProgram program = compiler.compile(proof, null)) {
      events.enable("jdk.Compilation").withThreshold(Duration.ZERO);
      events.onEvent(
          "jdk.Compilation",
          event -> {
            if (event.getShort("compileLevel") == 4 && event.getBoolean("succeded")) {
              byC2.add(event.<RecordedMethod>getValue("method").getName());
            }
          });
      events.startAsync();
      long begin = System.nanoTime();
      while (!byC2.containsAll(want) && System.nanoTime() - begin < 300_000_000_000L) {
        program.run(Trusted.slot(), 0);
      }
    }
    assertTrue(byC2.containsAll(want), () -> "methods " + want + ", by C2 " + byC2);
  }

  @Test
  void twoHundredFiftySixSubprogramsEndAsTheInterpreterEndsThem() {
    List<Insn> insns = new ArrayList<>();
    int functions = 256;
    insns.add(new Insn(0xb7, 6, 0, 0, 1));
    for (int i = 0; i < functions; i++) {
      insns.add(new Insn(0xbf, 1, 6, 0, 0));
      insns.add(new Insn(0x85, 0, 1, 0, 3 * (functions - i - 1) + 2 + 5 * i + 2));
      insns.add(new Insn(0x0f, 6, 0, 0, 0));
    }
    insns.add(new Insn(0xbf, 0, 6, 0, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    insns.add(new Insn(0xb7, 0, 0, 0, 0)); // reached by nobody
    for (int i = 0; i < functions; i++) {
      insns.add(new Insn(0xbf, 0, 1, 0, 0));
      insns.add(new Insn(0x27, 0, 0, 0, i + 3));
      insns.add(new Insn(0x77, 0, 0, 0, 1 + i % 5));
      insns.add(new Insn(0xa7, 0, 0, 0, i));
      insns.add(new Insn(0x95, 0, 0, 0, 0));
    }
    sameAsInterpreter(insns);
  }

  /** Eight loops in one another, of three turns each. */
  @Test
  void deepLoopsEndAsTheInterpreterEndsThem() {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(0xb7, 0, 0, 0, 0));
    int[] heads = new int[8];
    for (int r = 1; r <= 8; r++) {
      insns.add(new Insn(0xb7, r, 0, 0, 0));
      heads[r - 1] = insns.size();
    }
    insns.add(new Insn(0x27, 0, 0, 0, 31));
    for (int r = 8; r >= 1; r--) {
      insns.add(new Insn(0x0f, 0, r, 0, 0));
      insns.add(new Insn(0x07, r, 0, 0, 1));
      insns.add(new Insn(0x55, r, 0, heads[r - 1] - insns.size() - 1, 3));
    }
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    sameAsInterpreter(insns);
  }

  private void sameAsInterpreter(List<Insn> insns) {
    Trusted proof = Trusted.of("large", insns);
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = compiler.compile(proof, null)) {
      assertEquals(oracle.run(Trusted.slot(), 0), program.run(Trusted.slot(), 0));
    }
    assertEquals(failed, CompiledProgram.failedRuns());
  }

  @Test
  void largerProgramsThanStatedAreDeclinedWithTheNumbers() {
    JitCompiler small = new JitCompiler(new JitOptions(false, 1, 7_500));
    assertEquals(
        "program \"seven\": 2 insns, the JIT takes 1: interpreted",
        small.declines(Trusted.of("seven", SEVEN)).orElseThrow());
  }

  @Test
  void aProgramMayBeClosedWhileOthersRunIt() throws InterruptedException {
    CompiledProgram program = compiler.compile(Trusted.of("large", large(2_000)), null);
    long want = program.run(Trusted.slot(), 0);
    List<Long> wrong = new ArrayList<>();
    CountDownLatch running = new CountDownLatch(4);
    Thread[] threads =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    new Thread(
                        () -> {
                          running.countDown();
                          for (int turn = 0; turn < 2_000; turn++) {
                            long got = program.run(Trusted.slot(), 0);
                            if (got != want) {
                              synchronized (wrong) {
                                wrong.add(got);
                              }
                            }
                          }
                        }))
            .toArray(Thread[]::new);
    Arrays.stream(threads).forEach(Thread::start);
    running.await();
    program.close();
    System.gc(); // would unload what only the closed program held
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), wrong);
  }

  /** Scalars only, with jumps forward: every insn is reached or not as the values say. */
  private static List<Insn> large(int count) {
    SplittableRandom random = new SplittableRandom(count);
    List<Insn> insns = new ArrayList<>();
    for (int r = 0; r < 10; r++) {
      insns.add(new Insn(0xb7, r, 0, 0, random.nextInt()));
    }
    int[] opcodes = {0x0f, 0x1f, 0xaf, 0x0c, 0x2f, 0xbf, 0x77, 0x07, 0x47};
    while (insns.size() < count - 12) {
      int dst = random.nextInt(10);
      int src = random.nextInt(10);
      if (random.nextInt(8) == 0) {
        insns.add(new Insn(random.nextBoolean() ? 0x2d : 0x6d, dst, src, random.nextInt(10), 0));
      } else {
        int opcode = opcodes[random.nextInt(opcodes.length)];
        boolean register = (opcode & 8) != 0;
        insns.add(new Insn(opcode, dst, register ? src : 0, 0, register ? 0 : random.nextInt(31)));
      }
    }
    for (int i = 0; i < 11; i++) {
      insns.add(new Insn(0xaf, 0, i % 10, 0, 0));
    }
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return insns;
  }
}
