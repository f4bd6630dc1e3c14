package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.MapTimers;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What every compiled program is: the written class extends this and adds the two ways to run it.
 * Its code is unloaded once nobody holds the instance or its entry any more.
 */
public abstract class CompiledProgram implements ExecutableProgram {
  private @Nullable Parts parts;

  /** Failed runs of all programs: a static method has no instance to count in. */
  private static final LongAdder FAILED_RUNS = new LongAdder();

  private record Parts(
      ResolvedProgram program,
      List<ContextField> fields,
      @Nullable MethodHandle scalarEntry,
      int classBytes) {}

  final void bind(
      ResolvedProgram program,
      List<ContextField> fields,
      @Nullable MethodHandle scalarEntry,
      int classBytes) {
    parts = new Parts(program, List.copyOf(fields), scalarEntry, classBytes);
  }

  /**
   * Runs the program up to its end or its first tail call, which is then left in the slot. Written
   * for programs that have tail calls.
   */
  long runOnce(CarrierSlot slot, long contextAddress) {
    return run(slot, contextAddress);
  }

  @Override
  public final long runTail(CarrierSlot slot, long contextAddress) {
    return TailCalls.finish(runOnce(slot, contextAddress), slot);
  }

  @Override
  public final ResolvedProgram program() {
    return parts().program;
  }

  @Override
  public final Optional<MethodHandle> scalarEntry() {
    return Optional.ofNullable(parts().scalarEntry);
  }

  @Override
  public final List<ContextField> scalarFields() {
    return parts().fields;
  }

  /** Returns the size of the class file that was written for the program. */
  public final int classBytes() {
    return parts().classBytes;
  }

  /**
   * Returns how many runs of compiled programs came to an insn that the proof says is never
   * reached, or failed otherwise; each answered 0.
   */
  public static long failedRuns() {
    return FAILED_RUNS.sum();
  }

  /** Ends a run that failed: the traced thread must go on, whatever went wrong here. */
  static long failed(Throwable what, CarrierSlot slot) {
    FAILED_RUNS.increment();
    slot.setCutOff();
    if (what instanceof Traps.Trapped) {
      Traps.setFault(slot, 1);
    }
    return 0;
  }

  /** Ends the timers whose callbacks are this program's; the class goes with its last user. */
  @Override
  public final void close() {
    MapTimers.stopAll(getClass());
  }

  private Parts parts() {
    if (parts == null) {
      throw new IllegalStateException("a compiled program before it was bound");
    }
    return parts;
  }
}
