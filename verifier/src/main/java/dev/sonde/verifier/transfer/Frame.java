package dev.sonde.verifier.transfer;

import dev.sonde.vm.isa.Opcodes;
import java.util.Arrays;

/**
 * One function's registers and stack. Shared between states until somebody writes: {@link
 * State#own} makes the private copy.
 *
 * <p>Slot {@code i} is the 8 bytes at {@code fp - 8 * (i + 1)}; byte {@code j} of it is the one at
 * {@code fp - 8 * i - 1 - j}, so that byte 7 has the lowest address (V-90).
 */
public final class Frame {
  public static final byte INVALID = 0;
  public static final byte SPILL = 1;
  public static final byte MISC = 2;
  public static final byte ZERO = 3;
  public static final byte DYNPTR = 4;
  public static final byte ITER = 5;
  public static final int SLOT_BYTES = 8;
  public static final int MAX_SLOTS = Opcodes.STACK_SIZE_BYTES / SLOT_BYTES;

  private static final Reg[] NO_SLOTS = {};
  private static final long[] NO_TYPES = {};

  private final int number;
  private final int subprogram;
  private final int callSite;
  private final CallbackKind callback;
  private Reg[] regs;
  private Reg[] spills;
  private long[] types; // of a slot's bytes, byte 0 in the lowest bits
  private int callbackDepth;
  private boolean shared;

  private Frame(int number, int subprogram, int callSite, CallbackKind callback) {
    this.number = number;
    this.subprogram = subprogram;
    this.callSite = callSite;
    this.callback = callback;
    regs = new Reg[Opcodes.REGISTERS];
    Arrays.fill(regs, Reg.NOT_INIT);
    regs[Opcodes.FRAME_POINTER] = Reg.pointer(RegKind.STACK, number, null);
    spills = NO_SLOTS;
    types = NO_TYPES;
  }

  private Frame(Frame from) {
    this(from.number, from.subprogram, from.callSite, from.callback, from);
  }

  private Frame(int number, int subprogram, int callSite, CallbackKind callback, Frame from) {
    this.number = number;
    this.subprogram = subprogram;
    this.callSite = callSite;
    this.callback = callback;
    regs = from.regs.clone();
    spills = from.spills.clone();
    types = from.types.clone();
    callbackDepth = from.callbackDepth;
  }

  /**
   * Returns a frame with an empty stack, r10 set and all else unreadable.
   *
   * @param callSite the insn that called, -1 for an entry
   */
  public static Frame enter(int number, int subprogram, int callSite, CallbackKind callback) {
    return new Frame(number, subprogram, callSite, callback);
  }

  Frame share() {
    shared = true;
    return this;
  }

  boolean isShared() {
    return shared;
  }

  Frame copy() {
    return new Frame(this);
  }

  public int number() {
    return number;
  }

  public int subprogram() {
    return subprogram;
  }

  public int callSite() {
    return callSite;
  }

  public CallbackKind callback() {
    return callback;
  }

  /** Returns how often the callback of the running call was entered (bpf_loop counts turns). */
  public int callbackDepth() {
    return callbackDepth;
  }

  public void setCallbackDepth(int depth) {
    callbackDepth = depth;
  }

  public Reg reg(int index) {
    return regs[index];
  }

  public void setReg(int index, Reg reg) {
    regs[index] = reg;
  }

  /** Returns how many slots were ever touched. */
  public int slots() {
    return spills.length;
  }

  public Reg spill(int slot) {
    return slot < spills.length ? spills[slot] : Reg.NOT_INIT;
  }

  public void setSpill(int slot, Reg reg) {
    grow(slot);
    spills[slot] = reg;
  }

  /** Returns the type of byte {@code index} counted downwards from the frame's top. */
  public byte type(int index) {
    return (byte) (types(index / SLOT_BYTES) >>> index % SLOT_BYTES * Byte.SIZE);
  }

  /** Returns the types of the slot's 8 bytes, byte 0 in the lowest bits. */
  public long types(int slot) {
    return slot < types.length ? types[slot] : 0;
  }

  /** Tells whether any byte of the slot is part of a spilled register. */
  public boolean hasSpill(int slot) {
    long rest = types(slot);
    while (rest != 0 && (byte) rest != SPILL) {
      rest >>>= Byte.SIZE;
    }
    return rest != 0;
  }

  public void setType(int index, byte type) {
    int slot = index / SLOT_BYTES;
    int shift = index % SLOT_BYTES * Byte.SIZE;
    grow(slot);
    types[slot] = types[slot] & ~(0xffL << shift) | (long) type << shift;
  }

  /** Tells whether the slot holds a register that was stored as one. */
  public boolean isSpill(int slot) {
    return type(slot * SLOT_BYTES + SLOT_BYTES - 1) == SPILL;
  }

  /** Tells whether all 8 bytes of the slot are one spilled register. */
  public boolean isFullSpill(int slot) {
    return isSpill(slot) && type(slot * SLOT_BYTES) == SPILL;
  }

  /** Tells whether the slot is part of a dynptr or an iterator. */
  public boolean isObject(int slot) {
    byte type = type(slot * SLOT_BYTES + SLOT_BYTES - 1);
    return type == DYNPTR || type == ITER;
  }

  private void grow(int slot) {
    if (slot >= spills.length) {
      int before = spills.length;
      spills = Arrays.copyOf(spills, slot + 1);
      Arrays.fill(spills, before, slot + 1, Reg.NOT_INIT);
      types = Arrays.copyOf(types, slot + 1);
    }
  }
}
