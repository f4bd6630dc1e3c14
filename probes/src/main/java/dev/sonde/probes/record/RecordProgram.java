package dev.sonde.probes.record;

import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.GuardedRun;
import dev.sonde.probes.uprobe.KernelSite;
import dev.sonde.probes.uprobe.UprobeSite;
import dev.sonde.vm.program.ExecutableProgram;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs on the records of one attachment, in the poll thread: what {@code
 * probes.method}'s Probe is for methods. Counters are written by that thread alone.
 */
final class RecordProgram {
  private static final int TIMED_ONE_IN = 256;

  private final Attachment attachment;
  private ExecutableProgram program;
  private volatile long runs;
  private volatile long timedNanos;
  private volatile long timedRuns;
  private volatile long errors;

  RecordProgram(Attachment attachment) {
    this.attachment = attachment;
    this.program = attachment.program();
  }

  Attachment attachment() {
    return attachment;
  }

  /** Poll thread only, or while it is held: the next record is the new program's. */
  void replace(ExecutableProgram newProgram) {
    program = newProgram;
  }

  long runs() {
    return runs;
  }

  long errors() {
    return errors;
  }

  long runTimeNanos() {
    long timed = timedRuns;
    return timed == 0 ? 0 : (long) ((double) timedNanos / timed * runs);
  }

  /** Runs the program on {@code record}, an event of {@code site}; null: a sample of a counter. */
  void run(
      PerfRecord record,
      @Nullable KernelSite site,
      long cookie,
      RecordEvent event,
      ContextMemory memory) {
    event.moveTo(record, site instanceof UprobeSite uprobe ? uprobe : null, cookie);
    boolean timed = runs % TIMED_ONE_IN == 0;
    long start = timed ? System.nanoTime() : 0;
    GuardedRun.Outcome outcome = GuardedRun.of(program, context(record, site, memory), event);
    if (outcome != GuardedRun.Outcome.DONE) {
      errors++;
    }
    if (outcome.ran()) {
      runs++;
      if (timed) {
        timedNanos += System.nanoTime() - start;
        timedRuns++;
      }
    }
  }

  private static long context(PerfRecord record, @Nullable KernelSite site, ContextMemory memory) {
    if (site == null) {
      return memory.sample(record);
    }
    return switch (site.registers()) {
      case USER -> memory.registers(record, false);
      case KERNEL -> memory.registers(record, true);
      case NONE -> memory.raw(record);
    };
  }
}
