package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Counted loops that are too long to run without a chance to stop for a safepoint. */
class LongLoopTest {
  private static final int JNE = 0x55;
  private static final int JNE32 = 0x56;
  private static final int JLT = 0xa5;
  private static final int JSLE = 0xd5;

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final JitCompiler splitting = new JitCompiler(new JitOptions(false, 100_000, 300));

  /** One loop: where it starts, what it adds, what it is compared with and how. */
  record Case(int start, int step, int limit, int jump) {}

  static Stream<Case> loops() {
    return Stream.of(
        new Case(0, 1, 300_000, JNE),
        new Case(0, 1, 300_001, JNE32),
        new Case(7, 3, 7 + 3 * 200_000, JNE),
        new Case(0, 7, 1_000_000, JLT),
        new Case(1, 7, 1_000_000, JSLE),
        new Case(0, 7, 7 * 150_000, JSLE),
        new Case(250_000, -1, 0, JNE),
        new Case(5, -9, 5 - 9 * 123_457, JNE),
        new Case(Integer.MAX_VALUE - 200_000, 1, Integer.MAX_VALUE, JNE),
        new Case(Integer.MIN_VALUE + 200_000, -1, Integer.MIN_VALUE, JNE));
  }

  private static List<Insn> body(List<Insn> insns) {
    insns.add(new Insn(0xbf, 1, 0, 0, 0));
    insns.add(new Insn(0x67, 1, 0, 0, 13));
    insns.add(new Insn(0xaf, 0, 1, 0, 0));
    insns.add(new Insn(0x77, 1, 0, 0, 7));
    insns.add(new Insn(0x0f, 0, 1, 0, 0));
    return insns;
  }

  /** {@code r0 = f(r0, r6)} in each turn, the counter's last value in the result. */
  private static List<Insn> loop(Case c) {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(0xb7, 0, 0, 0, 88_172_645));
    insns.add(new Insn(c.jump == JNE32 ? 0xb4 : 0xb7, 6, 0, 0, c.start));
    int head = insns.size();
    body(insns);
    insns.add(new Insn(0x0f, 0, 6, 0, 0));
    insns.add(new Insn(0x07, 6, 0, 0, c.step));
    insns.add(new Insn(c.jump, 6, 0, head - insns.size() - 1, c.limit));
    insns.add(new Insn(0x0f, 0, 6, 0, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return insns;
  }

  @ParameterizedTest
  @MethodSource("loops")
  void aLoopInChunksEndsAsTheInterpreterEndsIt(Case c) {
    Trusted proof = Trusted.of("long_loop", loop(c));
    assertTrue(compiler.listing(proof, null).contains(c.step > 0 ? "Math.min" : "Math.max"));
    check(compiler, proof);
    check(splitting, proof);
  }

  private static void check(JitCompiler with, Trusted proof) {
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = with.compile(proof, null)) {
      CarrierSlot slot = Trusted.slot();
      slot.beginRun(60_000_000_000L);
      assertEquals(oracle.run(slot, 0), program.run(slot, 0));
    }
    assertEquals(failed, CompiledProgram.failedRuns());
  }

  /** {@code outer} turns of {@code inner} turns. */
  static List<Insn> nest(int outer, int inner) {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(0xb7, 0, 0, 0, 88_172_645));
    insns.add(new Insn(0xb7, 6, 0, 0, 0));
    int head = insns.size();
    insns.add(new Insn(0xb7, 7, 0, 0, 0));
    int innerHead = insns.size();
    body(insns);
    insns.add(new Insn(0x07, 7, 0, 0, 1));
    insns.add(new Insn(JNE, 7, 0, innerHead - insns.size() - 1, inner));
    insns.add(new Insn(0x07, 6, 0, 0, 1));
    insns.add(new Insn(JNE, 6, 0, head - insns.size() - 1, outer));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return insns;
  }

  @Test
  void nestsInChunksEndAsTheInterpreterEndsThem() {
    check(compiler, Trusted.of("nest", nest(700, 900)));
    check(compiler, Trusted.of("nest", nest(3, 200_000)));
    check(splitting, Trusted.of("nest", nest(700, 900)));
  }

  @Test
  void shortLoopsAreLeftAsTheyAre() {
    String text = compiler.listing(Trusted.of("nest", nest(100, 900)), null);
    assertTrue(!text.contains("Math.min"), text);
  }

  /** Without chunks a collection waits for nearly all of the nest's 4 milliard turns. */
  @Test
  void aNestOfLongLoopsDoesNotHoldUpACollection() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Nest.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), said);
  }

  /**
   * The child: exits with 1 if one collection saw more than a quarter of the nest's turns. It is
   * CPU time of the nest's thread that is compared, so that a busy machine does not count.
   */
  static final class Nest {
    private Nest() {}

    public static void main(String[] args) throws InterruptedException {
      JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
      CompiledProgram shorter = compiler.compile(Trusted.of("nest", nest(1_000, 4_096)), null);
      CompiledProgram program = compiler.compile(Trusted.of("nest", nest(1 << 20, 4_096)), null);
      CountDownLatch done = new CountDownLatch(1);
      Thread runner =
          new Thread(
              () -> {
                shorter.run(Trusted.slot(), 0);
                program.run(Trusted.slot(), 0);
                done.countDown();
                while (done.getCount() == 0) {
                  LockSupport.park(); // alive, so that its CPU time can be told
                }
              });
      runner.setDaemon(true);
      runner.start();
      long worst = 0;
      long last = 0;
      while (done.getCount() > 0) {
        Thread.sleep(50);
        long begin = cpuNanos(runner);
        System.gc();
        last = cpuNanos(runner);
        worst = Math.max(worst, last - begin);
      }
      System.out.println("one collection took " + worst + " of " + last + " ns of the nest's time");
      System.exit(worst < last / 4 ? 0 : 1);
    }

    private static long cpuNanos(Thread thread) {
      return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
    }
  }
}
