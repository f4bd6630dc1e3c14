package dev.sonde.probes.jfr;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.OwnThreadRuns;
import dev.sonde.vm.isa.Insn;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;

/**
 * One attachment in the stream.
 *
 * @param events the event types that feed it
 * @param thresholdNanos shorter events are held back; 0: none is
 * @param periodNanos how often JFR is to take a periodic event; 0: as it does by itself
 * @param context writes the event as the program's context
 * @param view what the program's helpers answer from
 * @param known whether the event type is there; else it may still be registered
 * @param near names like the one that is not there
 * @param warnings what the user should know
 */
record JfrProbe(
    OwnThreadRuns runs,
    List<String> events,
    long thresholdNanos,
    long periodNanos,
    JfrContext context,
    JfrEvent view,
    boolean known,
    List<String> near,
    List<String> warnings) {
  private static final int GET_STACKID = 27;
  private static final int GET_STACK = 67;

  /** Writes an event as the context of a program. */
  @FunctionalInterface
  interface JfrContext {
    void write(RecordedEvent event, JfrClock clock, long contextAddress);
  }

  /** Tells whether the program asks for the stack: taking one is most of an event's price. */
  boolean wantsStack() {
    for (Insn insn : runs.attachment().program().program().insns()) {
      if (insn.isHelperCall() && (insn.imm() == GET_STACKID || insn.imm() == GET_STACK)) {
        return true;
      }
    }
    return false;
  }

  void handle(RecordedEvent event, JfrClock clock, long contextAddress) {
    if (thresholdNanos != 0 && JfrClock.nanos(event.getDuration()) < thresholdNanos) {
      runs.holdBack(1);
      return;
    }
    context.write(event, clock, contextAddress);
    view.begin(event);
    runs.run(contextAddress, view);
  }

  AttachmentStatus status() {
    return runs.status(known ? events.size() : 0, near, warnings);
  }
}
