package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of compiled programs, and how large they may be. */
class LifeTest {
  private static final List<Insn> SEVEN =
      List.of(new Insn(0xb7, 0, 0, 0, 7), new Insn(0x95, 0, 0, 0, 0));

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

  /** In a JVM of its own, which says what C2 has compiled. */
  @Test
  void c2CompilesAllMethodsOfALargeProgram() throws IOException, InterruptedException {
    int insns = Boolean.getBoolean("sonde.long") ? 50_000 : 4_000;
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+PrintCompilation",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Hot.class.getName(),
                Integer.toString(insns))
            .redirectErrorStream(true)
            .start();
    Set<String> byC2 = new TreeSet<>();
    int methods = 0;
    try (BufferedReader out = child.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        Matcher compiled = COMPILED_BY_C2.matcher(line);
        if (line.startsWith("methods ")) {
          methods = Integer.parseInt(line.substring(8));
        } else if (compiled.find()) {
          byC2.add(compiled.group(1));
        }
        if (methods > 0 && byC2.size() >= methods) {
          break;
        }
      }
    } finally {
      child.destroy();
    }
    assertTrue(methods > 1 && byC2.size() >= methods, methods + " methods, by C2 " + byC2);
  }

  private static final Pattern COMPILED_BY_C2 = Pattern.compile(" 4 +\\S+::(large[$\\d]*) ");

  /** The child: runs a large program until it is killed, at most for some minutes. */
  static final class Hot {
    private Hot() {}

    public static void main(String[] args) throws IOException {
      Trusted proof = Trusted.of("large", large(Integer.parseInt(args[0])));
      JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
      Map<String, Integer> lengths = MethodLengths.of(compiler.classFile(proof, null));
      System.out.println(
          "methods " + lengths.keySet().stream().filter(m -> m.startsWith("large")).count());
      CompiledProgram program = compiler.compile(proof, null);
      long end = System.nanoTime() + 240_000_000_000L;
      while (System.nanoTime() < end) {
        program.run(Trusted.slot(), 0);
      }
    }
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
