package dev.sonde.verifier.transfer;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one register or spilled slot (V-20). Unchangeable, so that states share it.
 *
 * @param kind the base type
 * @param flags the sum of MAYBE_NULL and so on
 * @param var the value of a scalar; of a pointer, the variable part of its offset
 * @param off the fixed part of a pointer's offset; of a scalar with a {@link #distance}, how far it
 *     is from the others with that id
 * @param id equal for registers that are known to hold the same value, or null together; 0: none
 * @param refId the reference that it was acquired with, 0: none
 * @param extra by kind: the frame of a stack pointer, the proved bytes of a packet (-1: the pointer
 *     lies at the packet's end or beyond, -2: beyond), the size of memory, the subprogram of a
 *     function, the instance of an inner map
 * @param of the map, or the name of a BTF type, a dynptr's or an iterator's type
 */
public record Reg(
    RegKind kind,
    int flags,
    Scalar var,
    int off,
    int id,
    int refId,
    int extra,
    @Nullable Object of) {
  public static final int MAYBE_NULL = 1;
  public static final int RDONLY = 1 << 1;
  public static final int RINGBUF = 1 << 2;

  /** Also on a scalar: it was loaded from a kernel struct, and may be followed to another. */
  public static final int UNTRUSTED = 1 << 3;

  /**
   * On a scalar: its upper half is the number that the id stands for, its lower half is 0. The
   * first of the two shifts by which code without 32-bit insns clears an upper half.
   */
  public static final int SHIFTED = 1 << 4;

  /** On a dynptr in a stack slot: this is the first of its two slots, the one at its address. */
  public static final int FIRST = 1 << 5;

  /** On an iterator: it may have another element. */
  public static final int ACTIVE = 1 << 6;

  /** Marks the id of a scalar that differs from the others of that id by {@code off}. */
  public static final int ADD_CONST = 1 << 31;

  /**
   * As {@link #ADD_CONST}, of an addition in 32 bits: the sum has lost what does not fit them. The
   * number that the id stands for does.
   */
  public static final int ADD_CONST32 = 1 << 30;

  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;
  private static final Scalar NO_OFFSET = DOMAIN.constant(0);

  /** Those of constants that were asked for: none is made before, for a start would wait for it. */
  private static final @Nullable Reg[] SMALL = new Reg[257];

  public static final Reg NOT_INIT =
      new Reg(RegKind.NOT_INIT, 0, DOMAIN.unknown(), 0, 0, 0, 0, null);
  public static final Reg UNKNOWN = scalar(DOMAIN.unknown());

  public static Reg scalar(Scalar value) {
    return new Reg(RegKind.SCALAR, 0, value, 0, 0, 0, 0, null);
  }

  public static Reg constant(long value) {
    if (value < -128 || value > 128) {
      return scalar(DOMAIN.constant(value));
    }
    int at = (int) value + 128;
    Reg small = SMALL[at];
    if (small == null) {
      small = scalar(DOMAIN.constant(value));
      SMALL[at] = small; // two threads may each make one: they are equal
    }
    return small;
  }

  public static Reg pointer(RegKind kind) {
    return pointer(kind, 0, null);
  }

  public static Reg pointer(RegKind kind, int extra, @Nullable Object of) {
    return new Reg(kind, 0, NO_OFFSET, 0, 0, 0, extra, of);
  }

  public boolean isScalar() {
    return kind == RegKind.SCALAR;
  }

  public boolean isPointer() {
    return kind != RegKind.SCALAR && kind != RegKind.NOT_INIT;
  }

  public boolean maybeNull() {
    return (flags & MAYBE_NULL) != 0;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Tells whether this is the scalar {@code value} and nothing else. */
  public boolean isConstant(long value) {
    return isScalar() && var.isConstant() && var.value() == value;
  }

  public boolean isConstant() {
    return isScalar() && var.isConstant();
  }

  /** Returns the shape of the map of a map pointer, map value or map key. */
  public MapSpec spec() {
    if (of instanceof BpfMap map) {
      return map.spec();
    }
    if (of instanceof InnerMap inner) {
      return inner.spec();
    }
    throw new IllegalStateException(kind + " has no map");
  }

  /** Returns the map where it is known which one it is, else null. */
  public @Nullable BpfMap knownMap() {
    return of instanceof BpfMap map ? map : null;
  }

  /**
   * Of packet pointers: tells whether what a comparison with the packet's end has taught of this
   * one holds for {@code other}, too. A negative number is no small one: it says that the pointer
   * lies at the end, or beyond.
   */
  public boolean provesNoMoreThan(Reg other) {
    return extra == other.extra || extra >= 0 && extra <= other.extra;
  }

  /** Returns the id without the mark of a constant distance. */
  public int baseId() {
    return id & ~(ADD_CONST | ADD_CONST32);
  }

  /** Returns the mark of a constant distance, 0 where there is none. */
  public int distance() {
    return id & (ADD_CONST | ADD_CONST32);
  }

  public Reg withFlags(int newFlags) {
    return new Reg(kind, newFlags, var, off, id, refId, extra, of);
  }

  public Reg withVar(Scalar newVar) {
    return newVar == var ? this : new Reg(kind, flags, newVar, off, id, refId, extra, of);
  }

  public Reg withOff(int newOff) {
    return new Reg(kind, flags, var, newOff, id, refId, extra, of);
  }

  public Reg withId(int newId) {
    return newId == id ? this : new Reg(kind, flags, var, off, newId, refId, extra, of);
  }

  public Reg withRefId(int newRefId) {
    return new Reg(kind, flags, var, off, id, newRefId, extra, of);
  }

  public Reg withExtra(int newExtra) {
    return new Reg(kind, flags, var, off, id, refId, newExtra, of);
  }

  /** Returns this scalar without its link to others. */
  public Reg unlinked() {
    return id == 0 && off == 0 ? this : new Reg(kind, 0, var, 0, 0, refId, extra, of);
  }

  /** Returns this scalar as a mere number: no address, nobody's upper half. */
  public Reg plain() {
    if (flags == 0) {
      return this;
    }
    boolean keepsId = !has(SHIFTED);
    return new Reg(kind, 0, var, keepsId ? off : 0, keepsId ? id : 0, refId, extra, of);
  }

  /** Returns how many of the low bits can be set: the kernel's get_reg_width. */
  public int widthBits() {
    return 64 - Long.numberOfLeadingZeros(var.umax());
  }

  /** Returns the type as messages name it, such as {@code map_value_or_null}. */
  public String typeText() {
    if (isScalar()) {
      return kind.text();
    }
    StringBuilder text = new StringBuilder();
    if (has(RDONLY)) {
      text.append("rdonly_");
    }
    if (has(RINGBUF)) {
      text.append("ringbuf_");
    }
    if (has(UNTRUSTED)) {
      text.append("untrusted_");
    }
    text.append(kind.text());
    if (maybeNull()) {
      text.append(kind == RegKind.BTF_ID ? "or_null_" : "_or_null");
    }
    return text.toString();
  }
}
