package dev.sonde.probes;

import dev.sonde.vm.context.Event;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;

/**
 * Runs the program of one attachment in a thread of ours, and counts. One thread at a time runs;
 * any may ask for the counts.
 */
public final class OwnThreadRuns {
  private final Attachment attachment;
  private volatile ExecutableProgram program;
  private volatile long runs;
  private volatile long nanos;
  private volatile long misses;
  private volatile long limited;
  private volatile long errors;

  public OwnThreadRuns(Attachment attachment) {
    this.attachment = attachment;
    this.program = attachment.program();
  }

  public Attachment attachment() {
    return attachment;
  }

  /** Puts another program in the place of the running one, which does not run any more then. */
  public synchronized void replace(ExecutableProgram newProgram) {
    program = newProgram;
  }

  /**
   * Runs the program once.
   *
   * @param contextAddress the whole context of the program
   * @param event what its helpers answer from
   */
  public synchronized void run(long contextAddress, Event event) {
    long start = System.nanoTime();
    GuardedRun.Outcome outcome = GuardedRun.of(program, contextAddress, event);
    if (outcome == GuardedRun.Outcome.BUSY) {
      misses++;
    } else if (outcome != GuardedRun.Outcome.DONE) {
      errors++;
    }
    if (outcome.ran()) {
      runs++;
      nanos += System.nanoTime() - start;
    }
  }

  /** Counts events that a limit has held back. */
  public void holdBack(long events) {
    limited += events;
  }

  /**
   * Returns the counts as an attachment's status.
   *
   * @param matches how many sources feed it
   * @param near names like the one that was asked for, where there is no source
   * @param warnings what the user should know
   */
  public AttachmentStatus status(int matches, List<String> near, List<String> warnings) {
    return new AttachmentStatus(
        attachment,
        matches,
        near,
        List.of(),
        runs,
        nanos,
        misses,
        limited,
        errors,
        0,
        warnings,
        "");
  }
}
