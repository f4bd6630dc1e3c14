package dev.sonde.probes.timer;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.IntervalTarget;
import dev.sonde.probes.Link;
import dev.sonde.probes.OwnThreadRuns;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs programs of type syscall at an interval, in one thread for a batch. Ticks keep to the beat
 * of the attach time; those that come while a program runs too long are left out and counted.
 */
public final class IntervalAttacher implements Attacher {
  @Override
  public Link attach(List<Attachment> attachments) {
    for (Attachment attachment : attachments) {
      ProgramType type = attachment.program().program().spec().type();
      if (type != ProgramType.SYSCALL) {
        throw new AttachException(
            "%s: program \"%s\": got type %s, want syscall (SEC(\"interval/1s\") or SEC(\"syscall\"))"
                .formatted(
                    attachment.target(), attachment.program().program().spec().name(), type));
      }
    }
    return new Ticking(attachments);
  }

  /** The running timer. */
  private static final class Ticking implements Link {
    private final List<OwnThreadRuns> runs = new ArrayList<>();
    private final long[] periods;
    private final long[] due;
    private final List<TimerEvent> events = new ArrayList<>();
    private final long contextAddress;
    private final int contextBytes = ProgramType.SYSCALL.contextLayout().sizeBytes();
    private final Thread thread;
    private volatile boolean open = true;

    Ticking(List<Attachment> attachments) {
      contextAddress = RawMemory.allocateZeroed(contextBytes);
      periods = new long[attachments.size()];
      due = new long[attachments.size()];
      long now = System.nanoTime();
      for (int i = 0; i < periods.length; i++) {
        IntervalTarget target = (IntervalTarget) attachments.get(i).target();
        runs.add(new OwnThreadRuns(attachments.get(i)));
        events.add(new TimerEvent(target.cookie()));
        periods[i] = target.periodNanos();
        due[i] = now + periods[i];
      }
      thread = OwnThreads.start("sonde-interval", this::tick);
    }

    private void tick() {
      while (open) {
        long now = System.nanoTime();
        long next = Long.MAX_VALUE;
        for (int i = 0; i < periods.length && open; i++) {
          if (due[i] - now <= 0) {
            runOne(i, now);
          }
          next = Math.min(next, due[i] - now);
        }
        if (open && next > 0) {
          LockSupport.parkNanos(this, next);
        }
      }
    }

    private void runOne(int i, long now) {
      RawMemory.fill(contextAddress, contextBytes, (byte) 0);
      runs.get(i).run(contextAddress, events.get(i));
      long missed = (now - due[i]) / periods[i];
      runs.get(i).holdBack(missed);
      due[i] += (missed + 1) * periods[i];
    }

    @Override
    public List<AttachmentStatus> status() {
      return runs.stream().map(run -> run.status(1, List.of(), List.of())).toList();
    }

    @Override
    public void replace(int index, ExecutableProgram program) {
      runs.get(index).replace(program);
    }

    @Override
    public void close() {
      if (!open) {
        return;
      }
      open = false;
      LockSupport.unpark(thread);
      try {
        thread.join();
        RawMemory.free(contextAddress);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the memory stays: the thread may still use it
      }
    }
  }
}
