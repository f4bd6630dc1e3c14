package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.ThreadStop;
import dev.sonde.vm.map.MapTimers;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A program in a written class, its own or one that it shares with programs of the same object. The
 * class is unloaded once nobody holds any of them or their entries any more.
 */
public final class CompiledProgram implements ExecutableProgram {
  /** Failed runs of all programs: a static method has no instance to count in. */
  private static final LongAdder FAILED_RUNS = new LongAdder();

  private final Body body;
  private final int index;
  private final Parts parts;

  /**
   * What is known of a program besides its code.
   *
   * @param fields the context fields that the scalar entry takes
   * @param classBytes of the class file
   */
  record Parts(
      ResolvedProgram program,
      boolean tailCalls,
      List<ContextField> fields,
      @Nullable MethodHandle scalarEntry,
      int classBytes) {}

  CompiledProgram(Body body, int index, Parts parts) {
    this.body = body;
    this.index = index;
    this.parts = parts;
  }

  @Override
  public long run(CarrierSlot slot, long contextAddress) {
    if (!parts.tailCalls) {
      return body.run(slot, contextAddress, index);
    }
    slot.resetTailCalls();
    return runTail(slot, contextAddress);
  }

  /** Runs the program up to its end or its first tail call, which is then left in the slot. */
  long runOnce(CarrierSlot slot, long contextAddress) {
    return body.run(slot, contextAddress, index);
  }

  @Override
  public long runTail(CarrierSlot slot, long contextAddress) {
    return TailCalls.finish(body.run(slot, contextAddress, index), slot);
  }

  @Override
  public ResolvedProgram program() {
    return parts.program;
  }

  @Override
  public Optional<MethodHandle> scalarEntry() {
    return Optional.ofNullable(parts.scalarEntry);
  }

  @Override
  public List<ContextField> scalarFields() {
    return parts.fields;
  }

  /** Returns the size of the class file that was written for the program, and those beside it. */
  public int classBytes() {
    return parts.classBytes;
  }

  /** Returns the written class. */
  public Class<?> writtenClass() {
    return body.getClass();
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
    ThreadStop.passOn(what);
    return 0;
  }

  /** Ends the timers whose callbacks are this program's, which shares no class if it has any. */
  @Override
  public void close() {
    MapTimers.stopAll(body.getClass());
  }
}
