package dev.sonde.verifier.transfer;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.Tnum;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;

/** Registers as the kernel's log writes them ({@code print_reg_state}, Linux 6.18). */
public final class RegText {
  private static final String[] NAMES = {
    "smin", "smax", "umin", "umax", "smin32", "smax32", "umin32", "umax32"
  };

  private RegText() {}

  /**
   * Appends {@code reg}.
   *
   * @param frame the frame whose state is printed: a pointer to another one names it
   */
  public static void append(StringBuilder out, Reg reg, int frame) {
    boolean fixed = reg.var().isConstant();
    if (reg.isScalar() && fixed) {
      out.append(signed(reg.var().value()));
      return;
    }
    out.append(reg.typeText());
    if (reg.kind() == RegKind.STACK) {
      if (reg.extra() != frame) {
        out.append('[').append(reg.extra()).append(']');
      }
      if (fixed) {
        out.append(signed(reg.var().value() + reg.off()));
        return;
      }
    }
    if (reg.kind() == RegKind.BTF_ID) {
      out.append(reg.of());
    }
    out.append('(');
    int start = out.length();
    details(out, reg);
    if (fixed) {
      field(out, reg.var().value() != 0, "imm=", signed(reg.var().value()));
    } else {
      ranges(out, reg.var());
      boolean known = !reg.var().bits().equals(Tnum.UNKNOWN);
      field(out, known, "var_off=", tnum(reg.var().bits()));
    }
    if (out.length() > start) {
      out.deleteCharAt(out.length() - 1); // the last comma
    }
    out.append(')');
  }

  public static String of(Reg reg, int frame) {
    StringBuilder out = new StringBuilder();
    append(out, reg, frame);
    return out.toString();
  }

  /** As {@code tnum_strn}: a known number, or its known bits and the mask of the others. */
  public static String tnum(Tnum bits) {
    return bits.mask() == 0
        ? unsigned(bits.value())
        : "(0x%x; 0x%x)".formatted(bits.value(), bits.mask());
  }

  private static void details(StringBuilder out, Reg reg) {
    if (reg.id() != 0) {
      out.append("id=").append(reg.baseId());
      if (reg.distance() != 0) {
        out.append("%+d".formatted(reg.off()));
      }
      out.append(',');
    }
    field(out, reg.refId() != 0, "ref_obj_id=", Integer.toString(reg.refId()));
    boolean ofMap = reg.of() instanceof BpfMap || reg.of() instanceof InnerMap;
    if (ofMap) {
      MapSpec map = reg.spec();
      field(out, !map.name().isEmpty(), "map=", map.name());
      out.append("ks=").append(map.keySizeBytes()).append(',');
      out.append("vs=").append(map.valueSizeBytes()).append(',');
    }
    field(out, !reg.isScalar() && reg.off() != 0, "off=", signed(reg.off()));
    field(out, reg.kind().isPacket(), "r=", unsigned(reg.extra()));
    field(out, reg.kind() == RegKind.MEM, "sz=", unsigned(reg.extra()));
  }

  private static void field(StringBuilder out, boolean present, String name, String value) {
    if (present) {
      out.append(name).append(value).append(',');
    }
  }

  /** Bounds that say nothing are left out; equal ones share one value. */
  private static void ranges(StringBuilder out, Scalar s) {
    long[] values = {
      s.smin(),
      s.smax(),
      s.umin(),
      s.umax(),
      narrow(s.s32min()),
      narrow(s.s32max()),
      Integer.toUnsignedLong(s.u32min()),
      Integer.toUnsignedLong(s.u32max())
    };
    boolean[] omit = {
      s.smin() == Long.MIN_VALUE,
      s.smax() == Long.MAX_VALUE,
      s.umin() == 0,
      s.umax() == -1,
      s.s32min() == Integer.MIN_VALUE,
      s.s32max() == Integer.MAX_VALUE,
      s.u32min() == 0,
      s.u32max() == -1
    };
    for (int i = 0; i < NAMES.length; i++) {
      if (omit[i]) {
        continue;
      }
      boolean negative = isSigned(i) && values[i] < 0;
      out.append(NAMES[i]).append('=');
      for (int j = i + 2; j < NAMES.length; j += 2) {
        if (!omit[j] && values[j] == values[i] && (isSigned(j) && values[j] < 0) == negative) {
          omit[j] = true;
          out.append(NAMES[j]).append('=');
        }
      }
      out.append(isSigned(i) ? signed(values[i]) : unsigned(values[i])).append(',');
    }
  }

  private static boolean isSigned(int index) {
    return NAMES[index].charAt(0) == 's';
  }

  private static long narrow(int bound) {
    return isDecimal(bound) ? bound : Integer.toUnsignedLong(bound);
  }

  private static boolean isDecimal(long number) {
    return number >= -65535 && number <= 65535;
  }

  private static String signed(long number) {
    return isDecimal(number) ? Long.toString(number) : "0x" + Long.toHexString(number);
  }

  private static String unsigned(long number) {
    return number >= 0 && number <= 65535 ? Long.toString(number) : "0x" + Long.toHexString(number);
  }
}
