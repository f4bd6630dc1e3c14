package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.HandleTable;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.map.HeldByRun;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.stacktrace.FrameTable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MutableCallSite;
import org.jspecify.annotations.Nullable;

/**
 * One program as the events of one target run it: what {@link Glue} calls around each run. Called
 * in the application's threads, so that nothing here allocates, locks or throws.
 */
final class Probe {
  private static final MethodHandle OPEN = MethodHandles.constant(boolean.class, true);
  private static final MethodHandle CLOSED = MethodHandles.constant(boolean.class, false);

  private final ExecutableProgram program;
  private final MethodTarget target;
  private final Inputs inputs;
  private final ProbeCounters counters;
  private final EventSources sources;
  private final long cookie;
  private final boolean plain;
  private final boolean waiting;
  private final int epoch;

  /**
   * Leads to {@link #CLOSED} before the ways in are closed; looked at under the guard, so that a
   * run which does not see it is one that {@link CarrierSlots#awaitQuiescent} waits for. A call
   * site, because to the JVM's compilers its target is a constant: they drop the code that has it
   * when it changes, and until then nothing is looked at.
   */
  private final MutableCallSite way = new MutableCallSite(OPEN);

  Probe(
      ExecutableProgram program,
      MethodTarget target,
      Inputs inputs,
      ProbeCounters counters,
      EventSources sources,
      int epoch) {
    this.program = program;
    this.target = target;
    this.inputs = inputs;
    this.counters = counters;
    this.sources = sources;
    this.cookie = target.cookie();
    this.plain = !inputs.whole() && Needs.none(program.program());
    this.waiting = Needs.mayWait(program.program());
    this.epoch = epoch;
  }

  ExecutableProgram program() {
    return program;
  }

  MethodTarget target() {
    return target;
  }

  Inputs inputs() {
    return inputs;
  }

  ProbeCounters counters() {
    return counters;
  }

  /**
   * Tells whether a run by calls of {@code shape} needs neither the event nor handles: then it is
   * begun and ended so.
   */
  boolean isPlain(Shape shape) {
    return plain && !shape.hasReferences();
  }

  /** Tells whether {@link #prepare} must come before a run, and {@link #unpin} behind it. */
  boolean mayWait() {
    return waiting;
  }

  /** Returns what the woven code that calls this probe says in its tag. */
  int epoch() {
    return epoch;
  }

  void close() {
    way.setTarget(CLOSED);
    MutableCallSite.syncAll(new MutableCallSite[] {way});
  }

  /** Returns the slot to run on; null when more threads trace than there are slots. */
  @Nullable CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null) {
      counters.addShared(CarrierSlots.isClaiming() ? ProbeCounters.MISSES : ProbeCounters.ERRORS);
    }
    return slot;
  }

  /**
   * As {@link #slot()}; the slot that was found at entry, which is what a method's exit runs on
   * unless a virtual thread has moved to another carrier.
   */
  @Nullable CarrierSlot slot(@Nullable Object atEntry) {
    boolean same =
        atEntry instanceof CarrierSlot slot
            && (!CarrierSlots.canMove() || CarrierSlots.isCurrent(slot));
    return same ? (CarrierSlot) atEntry : slot();
  }

  /** Tells whether sampling is decided when a method is entered: before its first clock read. */
  boolean decidesAtEntry() {
    return inputs.entryTime() && target.limits().isSelective();
  }

  /** Tells whether sampling is decided at the event itself. */
  boolean decidesAtEvent() {
    return !inputs.entryTime() && target.limits().isSelective();
  }

  /** Returns the time of an entry whose exit is to be seen, 0 when it is not. */
  long start() {
    CarrierSlot slot = CarrierSlots.current();
    return slot != null && !slot.running && admit(slot) ? System.nanoTime() : 0;
  }

  /** Lets an event pass or not: every N-th of this carrier, while the second's share lasts. */
  boolean admit(CarrierSlot slot) {
    long row = counters.row(slot.index());
    long countdown = RawMemory.getLong(row + ProbeCounters.SAMPLE);
    RawMemory.putLong(
        row + ProbeCounters.SAMPLE,
        countdown > 0 ? countdown - 1 : target.limits().sampleOneIn() - 1);
    boolean admitted =
        countdown == 0 && (target.limits().maxPerSecond() == 0 || counters.takeToken());
    if (!admitted) {
      ProbeCounters.add(row, ProbeCounters.LIMITED, 1);
    }
    return admitted;
  }

  /** Counts an event that came while a program ran on the slot; Sonde's own work has none. */
  void miss(CarrierSlot slot) {
    if (!slot.isInOwnWork()) {
      ProbeCounters.add(counters.row(slot.index()), ProbeCounters.MISSES, 1);
    }
  }

  /** Returns what {@link #isClosed} is asked of. */
  MutableCallSite way() {
    return way;
  }

  /** Tells whether no run may begin any more: asked with the guard taken. */
  static boolean isClosed(MutableCallSite way) {
    return way.getTarget() == CLOSED;
  }

  /** Prepares the slot, whose guard is taken, for a run. */
  void begin(CarrierSlot slot, long row, long tag) {
    slot.beginRun(target.limits().maxRunNanos());
    prepare(slot);
    slot.takeCutOff(); // that of a plain run, at whose end nobody asks
    MethodEvent.begin(slot, sources, methodId(tag), cookie);
    ProbeCounters.beginRun(slot, row);
  }

  /** Ends the run that {@link #begin} began; the guard is given back after it. */
  static void end(CarrierSlot slot, long row) {
    if (HeldByRun.endIfCutOff(slot)) {
      ProbeCounters.add(row, ProbeCounters.ERRORS, 1); // it did not get to its program's end
    }
    slot.handles().clear();
    unpin(slot);
  }

  /**
   * Keeps a virtual thread on its carrier, and rings free of what an earlier run has left.
   *
   * @return whether {@link #unpin} must follow
   */
  static boolean prepare(CarrierSlot slot) {
    if (slot.heldFirst != 0) {
      HeldByRun.giveBack(slot); // the run that reserved it found no stack to do so itself
    }
    boolean pinned = Pinning.pin();
    if (pinned) {
      slot.setPinned(true); // for where the run ends by an exception
    }
    return pinned;
  }

  static void unpin(CarrierSlot slot) {
    if (slot.isPinned()) {
      slot.setPinned(false);
      Pinning.unpin();
    }
  }

  /** Counts a run that threw, which only the JVM itself brings about: no stack, no heap left. */
  void fail(CarrierSlot slot) {
    ProbeCounters.add(counters.row(slot.index()), ProbeCounters.ERRORS, 1);
    HeldByRun.giveBack(slot);
    slot.handles().clear();
    unpin(slot);
  }

  /** Tells whether an exit came too soon after its entry to be seen. */
  boolean isTooShort(long durationNanos) {
    if (durationNanos >= target.limits().minDurationNanos()) {
      return false;
    }
    CarrierSlot slot = CarrierSlots.current();
    if (slot != null && !slot.isInOwnWork()) {
      ProbeCounters.add(counters.row(slot.index()), ProbeCounters.LIMITED, 1);
    }
    return true;
  }

  /** Returns the handle under which the program sees {@code reference} until the run ends. */
  static long handle(CarrierSlot slot, @Nullable Object reference) {
    return slot.handles().add(reference);
  }

  /** Returns what a program is given as the reference of a number that is no handle. */
  static @Nullable Object noReference(long value) {
    return value == 0 ? null : HandleTable.NONE;
  }

  /** Returns the slot's context memory, zeroed, for a program that wants it whole. */
  static long context(CarrierSlot slot) {
    RawMemory.fill(slot.contextAddress(), MethodContext.SIZE_BYTES, (byte) 0);
    return slot.contextAddress();
  }

  static void store(long contextAddress, int offset, long value) {
    RawMemory.putLong(contextAddress + offset, value);
  }

  static long methodId(long tag) {
    return FrameTable.JAVA_FRAME | tag & Shape.MAX_ID;
  }

  /** Returns the 8 bytes of the context that hold the event's kind and the argument count. */
  static long kindAndCount(long tag, int kind) {
    return (tag >>> 24 & 0xff) << 32 | kind;
  }
}
