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
  /** How many runs come before those that are timed, when there is more than one. */
  private static final int WARM_UP = 20_000;

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

  /**
   * @param retval the lower half of r0 of the last run
   * @param nanosPerRun the average, over {@code repeat} runs
   * @param data the packet afterwards; empty for types that have none
   * @param context the context's struct afterwards
   */
  public record Result(int retval, double nanosPerRun, byte[] data, byte[] context) {}

  /**
   * Runs {@code program} on this thread. Runs before the timed ones see and leave the same memory,
   * as the kernel's repeats do.
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
    try (RunMemory memory = RunMemory.of(type, input)) {
      slot.setEvent(input.event());
      slot.setRedirectAction(
          type == ProgramType.XDP ? CarrierSlot.XDP_REDIRECT : CarrierSlot.TC_REDIRECT);
      if (input.repeat() > 1) {
        for (int i = 0; i < Math.min(WARM_UP, input.repeat()); i++) {
          program.run(slot, memory.contextAddress());
          memory.reset();
        }
      }
      long result = 0;
      long start = System.nanoTime();
      for (int i = 0; i < input.repeat(); i++) {
        result = program.run(slot, memory.contextAddress());
      }
      double nanos = (double) (System.nanoTime() - start) / input.repeat();
      return new Result((int) result, nanos, memory.data(), memory.context());
    } finally {
      slot.setEvent(null);
      slot.exit();
    }
  }
}
