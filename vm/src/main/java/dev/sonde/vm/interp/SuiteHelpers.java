package dev.sonde.vm.interp;

import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperBody;
import dev.sonde.vm.helper.HelperFamily;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.ReturnKind;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The functions that the conformance suite's runners register: numbers of its own, not the
 * kernel's. None touches memory; those that would (memfrob, strcmp) do nothing, as no case looks at
 * them.
 */
public final class SuiteHelpers {
  private static final List<HelperProto> ROWS =
      List.of(
          row(0, "gatherBytes", 5),
          row(1, "nothing", 0),
          row(2, "nothing", 0),
          row(3, "squareRoot", 1),
          row(4, "nothing", 0),
          row(5, "unwind", 1));

  /** How many ids there are. */
  static final int COUNT = ROWS.size();

  private SuiteHelpers() {}

  /** Returns the row of the suite's {@code id}, or null. */
  public static @Nullable HelperProto byId(int id) {
    return id >= 0 && id < COUNT ? ROWS.get(id) : null;
  }

  private static HelperProto row(int id, String method, int arguments) {
    ArgKind[] kinds = new ArgKind[arguments];
    Arrays.fill(kinds, ArgKind.ANYTHING);
    return new HelperProto(
        id,
        method,
        List.of(kinds),
        ReturnKind.INTEGER,
        false,
        Set.of(HelperFamily.BASE),
        false,
        false,
        new HelperBody(SuiteHelpers.class.getName(), method, List.of(kinds)));
  }

  /** Calls the function of {@code id}; an unknown one is a fault. */
  public static long call(long id, long a, long b, long c, long d, long e) {
    if (id < 0 || id >= COUNT) {
      throw new MemoryFaultException("callx: helper %d, want 0 to %d".formatted(id, COUNT - 1));
    }
    return switch ((int) id) {
      case 0 -> gatherBytes(a, b, c, d, e);
      case 3 -> squareRoot(a);
      case 5 -> unwind(a);
      default -> nothing();
    };
  }

  public static long gatherBytes(long a, long b, long c, long d, long e) {
    return a << 32 | (b & 0xff) << 24 | (c & 0xff) << 16 | (d & 0xff) << 8 | e & 0xff;
  }

  public static long nothing() {
    return 0;
  }

  public static long squareRoot(long a) {
    return (long) Math.sqrt(a);
  }

  /** Ends the program with r0 = 0 when its argument is 0; else gives the argument back. */
  public static long unwind(long a) {
    if (a == 0) {
      throw Unwound.INSTANCE;
    }
    return a;
  }

  /** Ends a program from within a helper. */
  static final class Unwound extends RuntimeException {
    static final Unwound INSTANCE = new Unwound();
    private static final long serialVersionUID = 1L;

    private Unwound() {
      super("unwound", null, false, false);
    }
  }
}
