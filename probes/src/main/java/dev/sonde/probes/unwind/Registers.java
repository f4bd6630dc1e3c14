package dev.sonde.probes.unwind;

import java.nio.ByteBuffer;

/**
 * The registers of one frame by DWARF number; those whose value a callee did not keep are unknown.
 * The program counter stands apart: in a caller it is the return address.
 */
public final class Registers {
  private final Architecture architecture;
  private final long[] values;
  private long known; // a bit a register
  private long pc;

  public Registers(Architecture architecture) {
    this.architecture = architecture;
    this.values = new long[architecture.registers()];
  }

  /** Takes the registers of a sample: what {@link Architecture#perfMask} asked for. */
  public void load(ByteBuffer buffer, int offset) {
    known = 0;
    for (int i = 0; i < architecture.perfRegisters(); i++) {
      int register = architecture.dwarfOf(i);
      if (register >= 0) {
        set(register, buffer.getLong(offset + 8 * i));
      }
    }
    pc = values[architecture.pcColumn()];
    forget(architecture.pcColumn()); // as a register it would be taken for the caller's
  }

  /** Takes a stack pointer and a program counter alone: all that is known of a sleeping thread. */
  public void load(long stackPointer, long programCounter) {
    known = 0;
    setStackPointer(stackPointer);
    pc = programCounter;
  }

  public Architecture architecture() {
    return architecture;
  }

  public long pc() {
    return pc;
  }

  public void setPc(long value) {
    pc = value;
  }

  public long stackPointer() {
    return values[architecture.stackPointer()];
  }

  public void setStackPointer(long value) {
    set(architecture.stackPointer(), value);
  }

  public long framePointer() {
    return values[architecture.framePointer()];
  }

  public void setFramePointer(long value) {
    set(architecture.framePointer(), value);
  }

  public boolean isKnown(int register) {
    return register >= 0 && register < values.length && (known & 1L << register) != 0;
  }

  public long get(int register) {
    return values[register];
  }

  public void set(int register, long value) {
    values[register] = value;
    known |= 1L << register;
  }

  void forget(int register) {
    known &= ~(1L << register);
  }

  void copyTo(Registers other) {
    System.arraycopy(values, 0, other.values, 0, values.length);
    other.known = known;
    other.pc = pc;
  }
}
