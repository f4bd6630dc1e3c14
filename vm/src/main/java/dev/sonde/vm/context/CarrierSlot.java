package dev.sonde.vm.context;

import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * What a "CPU" is here: a small number and scratch memory that one carrier thread owns while it
 * runs programs. Two running programs never share a slot, so per-CPU values need no atomics, as in
 * the kernel.
 *
 * <p>A slot is also the environment of the run: helpers that need more than their arguments take it
 * as their first parameter.
 */
public final class CarrierSlot {
  /** Room for 8 frames of 512 bytes; the frame of call depth d ends at {@code stackTop(d)}. */
  public static final int STACK_BYTES = 8 * 512;

  /** Scratch for one context image (pt_regs and Sonde's extension of it). */
  public static final int CONTEXT_BYTES = 1024;

  private final int index;
  private final long stackAddress;
  private final long contextAddress;
  private final HandleTable handles = new HandleTable();

  /** True while a program runs on this slot: the re-entrancy guard. Owner thread only. */
  private boolean running;

  /** How often the guard was taken: tells one run from the next. */
  private long runs;

  /** The event that the running program sees; between runs it may be that of the last. */
  private @Nullable Event event;

  CarrierSlot(int index) {
    this.index = index;
    this.stackAddress = RawMemory.allocateZeroed(STACK_BYTES + CONTEXT_BYTES);
    this.contextAddress = stackAddress + STACK_BYTES;
  }

  /** Returns what bpf_get_smp_processor_id answers: 0 to {@link CarrierSlots#capacity()} - 1. */
  public int index() {
    return index;
  }

  /** Returns the value of r10 for call depth {@code depth}, 0 to 7: one past the frame's bytes. */
  public long stackTop(int depth) {
    return stackAddress + STACK_BYTES - depth * 512L;
  }

  public long contextAddress() {
    return contextAddress;
  }

  /** Returns the Java references that handles of the current event name. */
  public HandleTable handles() {
    return handles;
  }

  public @Nullable Event event() {
    return event;
  }

  public void setEvent(@Nullable Event event) {
    this.event = event;
  }

  /** Takes the guard; false when a program is running on this slot already. */
  public boolean tryEnter() {
    if (running) {
      return false;
    }
    running = true;
    runs++;
    return true;
  }

  /** Gives the guard back. */
  public void exit() {
    running = false;
  }

  boolean isRunning() {
    return running;
  }

  long runs() {
    return runs;
  }
}
