package dev.sonde.vm.helper;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes one row of a helper table as an expression: {@code helper(25, "bpf_perf_event_output")
 * .args(...).in(TRACING).gpl().body("PerfHelpers")}. The body is the public static method of that
 * class whose name is the helper's in camel case, without {@code bpf_}.
 */
final class Row {
  private static final String PACKAGE = Row.class.getPackageName() + ".";

  private static final Set<HelperFamily> EVERYONE = Set.of(HelperFamily.BASE);

  private final int id;
  private final String name;
  private List<ArgKind> args = List.of();
  private ReturnKind returns = ReturnKind.INTEGER;
  private Set<HelperFamily> families = EVERYONE;
  private boolean gplOnly;
  private boolean changesPacket;
  private boolean leavesContext;

  private Row(int id, String name) {
    this.id = id;
    this.name = name;
  }

  static Row helper(int id, String name) {
    return new Row(id, name);
  }

  Row args(ArgKind... kinds) {
    args = List.of(kinds);
    return this;
  }

  Row returns(ReturnKind kind) {
    returns = kind;
    return this;
  }

  /** Says who may call it; without this every program type may. */
  Row in(HelperFamily first, HelperFamily... rest) {
    families = rest.length == 0 ? Set.of(first) : EnumSet.of(first, rest);
    return this;
  }

  Row gpl() {
    gplOnly = true;
    return this;
  }

  Row changesPacket() {
    changesPacket = true;
    return this;
  }

  /** Says that the body does not look at the context that it is given. */
  Row leavesContext() {
    leavesContext = true;
    return this;
  }

  /** Ends a row whose work the engines do themselves. */
  HelperProto byEngine() {
    return row(null);
  }

  /**
   * Ends a row whose work a method of the class {@code room} of this package does. It is named, not
   * mentioned: the table would load thirty classes, of which a program needs a few.
   */
  HelperProto body(String room) {
    return row(new HelperBody(PACKAGE + room, name, args));
  }

  private HelperProto row(@Nullable HelperBody body) {
    return new HelperProto(
        id, name, args, returns, gplOnly, families, changesPacket, leavesContext, body);
  }
}
