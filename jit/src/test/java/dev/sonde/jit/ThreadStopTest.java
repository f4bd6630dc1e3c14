package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramType;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is thrown into a thread that runs a program, to stop it, comes out of the program. */
class ThreadStopTest {
  private static final int THREADS = 40;
  private static final long PATIENCE_MILLIS = 60_000;
  private static final String LONG =
      """
      mov %r0, 0
      again:
      add %r0, 1
      jlt %r0, 20000, again
      exit
      """;

  private static final class Endless extends Thread {
    private final ExecutableProgram program;
    private volatile long turns;

    Endless(ExecutableProgram program) {
      this.program = program;
    }

    @Override
    public void run() {
      for (; ; ) {
        program.run(Objects.requireNonNull(CarrierSlots.current()), 0);
        turns++;
      }
    }
  }

  @Test
  void aCompiledProgramPassesItOn() throws Exception {
    stopAll(new JitCompiler(JitOptions.DEFAULT).compile(verified()));
  }

  @Test
  void anInterpretedProgramPassesItOn() throws Exception {
    stopAll(new Interpreter(verified()));
  }

  @SuppressWarnings("deprecation")
  private static void stopAll(ExecutableProgram program) throws InterruptedException {
    assumeTrue(Runtime.version().feature() < 20, "Thread.stop stops nothing since 20");
    for (int i = 0; i < THREADS; i++) {
      Endless thread = new Endless(program);
      thread.setDaemon(true);
      thread.start();
      while (thread.turns < 20) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      thread.stop();
      thread.join(PATIENCE_MILLIS);
      assertFalse(thread.isAlive(), "thread " + i + " lives on");
    }
  }

  private static VerifiedProgram verified() throws VerificationException {
    return Verifier.verify(
        Trusted.of("long", ProgramType.KPROBE, Assembler.assemble(LONG)).program(),
        VerifierOptions.DEFAULT);
  }
}
