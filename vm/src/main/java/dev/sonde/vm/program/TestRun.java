package dev.sonde.vm.program;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program on given bytes (BPF_PROG_TEST_RUN): a packet for xdp, sched_cls, sched_act and
 * socket_filter, a context image for all others.
 */
public final class TestRun {
  /** Fewer runs than this are not worth a long warm-up: nobody times them. */
  private static final int TIMED = 1_000;

  /** Fewer turns than this do not settle whether the JVM has compiled what they run. */
  private static final long LEAST_WARM_UP_NANOS = 400_000_000;

  private static final long MOST_WARM_UP_NANOS = 3_000_000_000L;
  private static final long WINDOW_NANOS = 5_000_000;

  /** After so many windows none of which was faster the program is as fast as it gets. */
  private static final int SETTLED_WINDOWS = 40;

  private TestRun() {}

  /**
   * @param data the packet; ignored by types that have none
   * @param context the context's first bytes, the rest is zero; empty: all zero
   * @param repeat how often to run, at least 1
   * @param event what the helpers about "current" answer from; null: this process
   */
  public record Input(byte[] data, byte[] context, int repeat, @Nullable Event event) {
    public Input {
      if (repeat < 1) {
        throw BpfException.of(
            Errno.EINVAL, "test_run: repeat %d, want 1 or more".formatted(repeat));
      }
    }

    /** Returns a run of one packet: 64 zero bytes, no context, once. */
    public static Input standard() {
      return new Input(new byte[64], new byte[0], 1, null);
    }

    public static Input packet(byte[] data) {
      return new Input(data, new byte[0], 1, null);
    }

    public static Input context(byte[] context) {
      return new Input(new byte[64], context, 1, null);
    }

    public Input repeated(int times) {
      return new Input(data, context, times, event);
    }
  }

  /** How long one run may loop: no application waits for it. */
  private static final long MAX_RUN_NANOS = 60_000_000_000L;

  /**
   * @param retval the lower half of r0 of the last run
   * @param nanosPerRun the average, over {@code repeat} runs
   * @param data the packet afterwards; empty for types that have none
   * @param context the context's struct afterwards
   */
  public record Result(int retval, double nanosPerRun, byte[] data, byte[] context) {}

  /**
   * Runs {@code program} on this thread. When there are many runs, others come before those that
   * are timed, until the JVM has compiled the program: for half a second to three. What they leave
   * in the packet and the context is undone, what they leave in maps is not.
   *
   * @throws BpfException EINVAL for a packet under 14 bytes or a context of the wrong size, EBUSY
   *     when this thread runs a program already
   */
  public static Result run(ExecutableProgram program, Input input) {
    ProgramType type = program.program().spec().type();
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null || !slot.tryEnter()) {
      throw BpfException.of(Errno.EBUSY, "test_run: this thread runs a program already");
    }
    slot.beginRun(MAX_RUN_NANOS);
    try (RunMemory memory = RunMemory.of(type, input)) {
      slot.setEvent(input.event());
      slot.setRedirectAction(
          type == ProgramType.XDP ? CarrierSlot.XDP_REDIRECT : CarrierSlot.TC_REDIRECT);
      if (input.repeat() >= TIMED) {
        warmUp(program, slot, memory);
      }
      long start = System.nanoTime();
      long result = spin(program, slot, memory.contextAddress(), input.repeat());
      double nanos = (double) (System.nanoTime() - start) / input.repeat();
      return new Result((int) result, nanos, memory.data(), memory.context());
    } finally {
      slot.setEvent(null);
      slot.exit();
    }
  }

  private static long spin(ExecutableProgram program, CarrierSlot slot, long context, int turns) {
    long result = 0;
    for (int i = 0; i < turns; i++) {
      slot.resetTurns();
      result = program.run(slot, context);
    }
    return result;
  }

  /** Runs until no window of turns has been faster than the fastest for some time. */
  private static void warmUp(ExecutableProgram program, CarrierSlot slot, RunMemory memory) {
    long begin = System.nanoTime();
    double best = Double.MAX_VALUE;
    int turns = 16;
    int idle = 0;
    long spent = 0;
    while (spent < MOST_WARM_UP_NANOS && (spent < LEAST_WARM_UP_NANOS || idle < SETTLED_WINDOWS)) {
      long start = System.nanoTime();
      spin(program, slot, memory.contextAddress(), turns);
      long end = System.nanoTime();
      memory.reset();
      double nanos = Math.max(0.1, (double) (end - start) / turns);
      idle = nanos < best * 0.98 ? 0 : idle + 1;
      best = Math.min(best, nanos);
      turns = (int) Math.max(1, Math.min(1 << 24, WINDOW_NANOS / nanos));
      spent = end - begin;
    }
  }
}
