package dev.sonde.vm.context;

import dev.sonde.ringbuf.RingSeat;
import dev.sonde.vm.memory.KnownRegions;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.SelfMemory;
import dev.sonde.vm.stacktrace.StackDepth;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a "CPU" is here: a small number and scratch memory that one carrier thread owns while it
 * runs programs. Two running programs never share a slot, so per-CPU values need no atomics, as in
 * the kernel.
 *
 * <p>A slot is also the environment of the run: helpers that need more than their arguments take it
 * as their first parameter. To rings it is what tells which thread reserves a record.
 */
public final class CarrierSlot extends RingSeat {
  /** Room for 8 frames of 512 bytes; the frame of call depth d ends at {@code stackTop(d)}. */
  public static final int STACK_BYTES = 8 * 512;

  /** Scratch for one context image (pt_regs and Sonde's extension of it). */
  public static final int CONTEXT_BYTES = 1024;

  /** Room for the registers of 8 frames and for what an engine keeps with them, 128 bytes each. */
  public static final int REGISTER_BYTES = 10 * 128;

  /** TC_ACT_REDIRECT and XDP_REDIRECT. */
  public static final int TC_REDIRECT = 7;

  public static final int XDP_REDIRECT = 4;

  /** A segment is a stack with its registers; each tail call out of a subprogram takes one more. */
  private static final int MAX_SEGMENTS = 34;

  private static final int SCRATCH_BYTES = 64;

  /** In an address of a record or a lock, which is a multiple of 4. */
  private static final long MORE = 1;

  /** Turns of loops between two looks at the clock. */
  private static final int TURNS_PER_LOOK = 256;

  /** How long a run may loop unless its probe says otherwise. */
  public static final long DEFAULT_MAX_RUN_NANOS = 1_000_000_000;

  private final long number;
  private final long contextAddress;
  private final long[] segments = new long[MAX_SEGMENTS];
  private final HandleTable handles;
  private final SelfMemory selfMemory = new SelfMemory();

  /** The id of the thread that owns the slot, which alone matches it: ids are never used twice. */
  private long ownerId;

  /** Which segment the running program uses, and its top. Owner thread only, as all below. */
  private int segment;

  private long top;

  /**
   * True while a program runs on this slot: the re-entrancy guard. Public because emitted code
   * gives it back with a store: a call may not find the stack that it needs, when it is the lack of
   * stack that ends the run.
   */
  public boolean running;

  /** Whether the guard is taken for work of Sonde's own; see {@link CarrierSlots#inOwnWork}. */
  private boolean inOwnWork;

  /** Whether a program runs in the midst of that work. */
  private boolean isLent;

  /**
   * When the run began, if it is one that is timed, else 0. A field, as a local of the emitted code
   * would take a register from the traced method in every run.
   */
  public long timedSince;

  /**
   * Turns until the next look at the clock, and the run that was first looked at, with its time.
   */
  private int turnsLeft = TURNS_PER_LOOK;

  private long lookedAtRun = -1;
  private long firstLookNanos;
  private long maxRunNanos = DEFAULT_MAX_RUN_NANOS;

  /** Whether a run ended before its program did, since somebody last asked. */
  private boolean cutOff;

  /** Whether the run has pinned its virtual thread to the carrier. */
  private boolean pinned;

  /** What a program on packets answers to have its packet redirected. */
  private int redirectAction = TC_REDIRECT;

  /** How often the guard was taken: tells one run from the next. */
  private long runs;

  /** How many tail calls the current run has made. */
  private int tailCalls;

  /** What the engine is to go on with, and its context; of an engine's own type. */
  private @Nullable Object next;

  private long nextContextAddress;

  /** The event that the running program sees; between runs it may be that of the last. */
  private @Nullable Event event;

  private long randomState;

  /** The kernel's id of the owner, 0 until somebody asks. */
  private int osThreadId;

  /**
   * What the run has reserved in a ring, plus {@link #MORE} if there is more, 0: nothing; and its
   * map's id. Public as {@link #running} is: between the reserve and the note of it no call must
   * fail.
   */
  public long heldFirst;

  public int heldFirstMap;

  /** What it has reserved besides: payload address and map id, in pairs. */
  private long[] held = new long[16];

  private int heldCount;

  private long @Nullable [] frames;

  CarrierSlot(int index) {
    this.number = index;
    this.handles = new HandleTable(index + 1);
    this.contextAddress = RawMemory.allocateZeroed(CONTEXT_BYTES + SCRATCH_BYTES);
    KnownRegions.add(contextAddress, CONTEXT_BYTES + SCRATCH_BYTES);
    this.top = segment(0);
    this.randomState = System.nanoTime() * 31 + index;
  }

  /** Returns what bpf_get_smp_processor_id answers: 0 to {@link CarrierSlots#capacity()} - 1. */
  public int index() {
    return (int) number;
  }

  /**
   * Returns {@link #index}, for an address: kept as a long, it needs one register where an index
   * that is compared and then scaled takes two.
   */
  public long number() {
    return number;
  }

  /** Returns the value of r10 for call depth {@code depth}, 0 to 7: one past the frame's bytes. */
  public long stackTop(int depth) {
    return top - depth * 512L;
  }

  /** Returns {@link #REGISTER_BYTES} bytes that an engine may keep registers in. */
  public long registersAddress() {
    return top;
  }

  /**
   * Begins a fresh stack under the frames that are still alive: for a tail call out of a
   * subprogram, whose callers go on afterwards. Paired with {@link #popStack}.
   */
  public void pushStack() {
    top = segment(++segment);
  }

  public void popStack() {
    top = segment(--segment);
  }

  private long segment(int number) {
    if (segments[number] == 0) {
      long address = RawMemory.allocateZeroed(STACK_BYTES + REGISTER_BYTES);
      KnownRegions.add(address, STACK_BYTES + REGISTER_BYTES);
      segments[number] = address + STACK_BYTES;
    }
    return segments[number];
  }

  public long contextAddress() {
    return contextAddress;
  }

  /** Returns 64 bytes for a helper's passing needs. */
  public long helperScratch() {
    return contextAddress + CONTEXT_BYTES;
  }

  /** Returns the Java references that handles of the current event name. */
  public HandleTable handles() {
    return handles;
  }

  /** Returns this process's memory for reads that may fail. */
  public SelfMemory selfMemory() {
    return selfMemory;
  }

  public int redirectAction() {
    return redirectAction;
  }

  /** Says which kind of program runs: {@link #TC_REDIRECT} or {@link #XDP_REDIRECT}. */
  public void setRedirectAction(int action) {
    redirectAction = action;
  }

  public @Nullable Event event() {
    return event;
  }

  public void setEvent(@Nullable Event event) {
    this.event = event;
  }

  /** Remembers what the run must release, a ring record above all: whose map it is of. */
  public void hold(long recordAddress, int mapId) {
    if (heldFirst == 0) { // hardly a program has two at once
      heldFirst = recordAddress;
      heldFirstMap = mapId;
      return;
    }
    if (2 * heldCount == held.length) {
      held = Arrays.copyOf(held, 2 * held.length); // a program that holds this many is rare
    }
    held[2 * heldCount] = recordAddress;
    held[2 * heldCount + 1] = mapId;
    heldCount++;
    heldFirst |= MORE;
  }

  /** Forgets what is held; returns its map's id, or 0 when the run does not hold it. */
  public long release(long recordAddress) {
    if (recordAddress != 0 && (heldFirst & ~MORE) == recordAddress) {
      heldFirst &= MORE;
      return heldFirstMap;
    }
    for (int i = heldCount - 1; i >= 0; i--) {
      if (held[2 * i] == recordAddress) {
        long mapId = held[2 * i + 1];
        heldCount--;
        held[2 * i] = held[2 * heldCount];
        held[2 * i + 1] = held[2 * heldCount + 1];
        heldFirst = heldCount == 0 ? heldFirst & ~MORE : heldFirst;
        return mapId;
      }
    }
    return 0;
  }

  /** Returns scratch for frame ids: as many as the kernel's perf_event_max_stack. */
  public long[] frames() {
    if (frames == null) {
      frames = new long[StackDepth.max()];
    }
    return frames;
  }

  /** Begins to count tail calls anew: for a run that is not itself the target of one. */
  public void resetTailCalls() {
    tailCalls = 0;
  }

  /** Counts a tail call; false when the run has made {@code limit} of them already. */
  public boolean countTailCall(int limit) {
    if (tailCalls >= limit) {
      return false;
    }
    tailCalls++;
    return true;
  }

  /**
   * Leaves word of what runs in place of the running program, once that has returned: a tail call
   * then needs no frame of the Java stack.
   */
  public void setNext(Object program, long contextAddress) {
    next = program;
    nextContextAddress = contextAddress;
  }

  /** Returns what {@link #setNext} left, once; null when it left nothing. */
  public @Nullable Object takeNext() {
    Object taken = next;
    next = null;
    return taken;
  }

  public long nextContextAddress() {
    return nextContextAddress;
  }

  /** Returns the next 32 random bits (xorshift64*): fast and good enough to sample with. */
  public int nextRandom() {
    long x = randomState;
    x ^= x >>> 12;
    x ^= x << 25;
    x ^= x >>> 27;
    randomState = x == 0 ? 1 : x;
    return (int) (x * 0x2545f4914f6cdd1dL >>> 32);
  }

  /** Returns the kernel's id of the thread that owns the slot; -1 where there is no procfs. */
  public int osThreadId() {
    if (osThreadId == 0) {
      osThreadId = OwnProcess.osThreadId();
    }
    return osThreadId;
  }

  /** Says that another thread owns the slot from now on. */
  void changeOwner() {
    osThreadId = 0;
    inOwnWork = false;
    isLent = false;
  }

  /** Takes the guard; false when a program is running on this slot already. */
  public boolean tryEnter() {
    if (running && !inOwnWork) {
      return false;
    }
    isLent = inOwnWork;
    inOwnWork = false;
    running = true;
    beginRun();
    return true;
  }

  /** Takes the guard for no program; false when it is taken. */
  boolean beginOwnWork() {
    if (running) {
      return false;
    }
    inOwnWork = true;
    running = true;
    return true;
  }

  void endOwnWork() {
    running = false;
    inOwnWork = false;
  }

  /** Tells whether the guard is taken, but by no program. */
  public boolean isInOwnWork() {
    return inOwnWork;
  }

  /**
   * Counts a run, whose guard is taken, and forgets what a run that was cut off has left behind.
   */
  public void beginRun() {
    beginRun(DEFAULT_MAX_RUN_NANOS);
  }

  /** As {@link #beginRun()}, for a run whose loops may take so long. */
  public void beginRun(long limitNanos) {
    runs++;
    maxRunNanos = limitNanos;
    turnsLeft = TURNS_PER_LOOK;
    handles.clear();
    if (segment != 0) {
      segment = 0;
      top = segment(0);
    }
  }

  /** Begins the count of turns anew: for who runs programs without {@link #beginRun}. */
  public void resetTurns() {
    turnsLeft = TURNS_PER_LOOK;
    lookedAtRun = -1;
  }

  /**
   * Counts turns of a loop that the verifier bounds by no number worth waiting for: callbacks,
   * may_goto and iterators may be nested, and eight million turns of eight million take years.
   *
   * @throws OutOfFuelException when the run has been looping for as long as it may
   */
  public void spend(int turns) {
    turnsLeft -= turns;
    if (turnsLeft < 0) {
      look();
    }
  }

  private void look() {
    turnsLeft = TURNS_PER_LOOK;
    long now = System.nanoTime();
    if (lookedAtRun != runs) {
      lookedAtRun = runs;
      firstLookNanos = now;
    } else if (now - firstLookNanos > maxRunNanos) {
      throw OutOfFuelException.INSTANCE;
    }
  }

  /** Says that a run of this slot ended before its program did, maybe within a reserve. */
  public void setCutOff() {
    cutOff = true;
    leave();
  }

  /** Tells whether a run was cut off since this was last asked. */
  public boolean takeCutOff() {
    boolean taken = cutOff;
    if (taken) {
      cutOff = false;
    }
    return taken;
  }

  public boolean isPinned() {
    return pinned;
  }

  public void setPinned(boolean pinned) {
    this.pinned = pinned;
  }

  /** Returns the address of what the run has not released, 0 when there is nothing. */
  public long heldAddress() {
    return isFirst() ? heldFirst & ~MORE : held[2 * heldCount - 2];
  }

  /** Returns the id of the map that {@link #heldAddress} is of. */
  public int heldMap() {
    return isFirst() ? heldFirstMap : (int) held[2 * heldCount - 1];
  }

  private boolean isFirst() {
    return (heldFirst & ~MORE) != 0 || heldCount == 0;
  }

  /** Gives the guard back. */
  public void exit() {
    running = isLent;
    inOwnWork = isLent;
    isLent = false;
  }

  long ownerId() {
    return ownerId;
  }

  void setOwnerId(long threadId) {
    ownerId = threadId;
  }

  boolean isRunning() {
    return running;
  }

  long runs() {
    return runs;
  }
}
