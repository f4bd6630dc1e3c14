package dev.sonde.vm.context;

import java.util.Locale;

/**
 * {@code struct pt_regs} of x86-64, 21 registers of 8 bytes, in its order: the context of a method
 * probe on every host, so that libbpf's PT_REGS macros work on one object file everywhere.
 */
public enum PtRegs {
  R15,
  R14,
  R13,
  R12,
  BP,
  BX,
  R11,
  R10,
  R9,
  R8,
  AX,
  CX,
  DX,
  SI,
  DI,
  ORIG_AX,
  IP,
  CS,
  FLAGS,
  SP,
  SS;

  public static final int SIZE_BYTES = 21 * 8;

  /** Which register holds argument 0 to 5 of a call (System V, as PT_REGS_PARM1 to 6 read them). */
  private static final PtRegs[] ARGUMENTS = {DI, SI, DX, CX, R8, R9};

  /** Returns the register of argument {@code index}, 0 to 5: a method's receiver is argument 0. */
  public static PtRegs argument(int index) {
    return ARGUMENTS[index];
  }

  public int offsetBytes() {
    return ordinal() * 8;
  }

  /** Returns the field's name in the kernel's struct. */
  public String fieldName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
