package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ExecutableProgram.ContextField;

/**
 * What of an event a program looks at, so that nothing else is computed.
 *
 * @param whole the program wants the context in memory, whole
 * @param arguments bit i: argument i
 * @param result the returned or thrown object
 * @param entryTime the time of entry
 * @param now the time of the event
 */
record Inputs(boolean whole, long arguments, boolean result, boolean entryTime, boolean now) {

  static Inputs of(ExecutableProgram program, MethodTarget.Kind kind, ProbeLimits limits) {
    boolean exit = kind == MethodTarget.Kind.RETURN || kind == MethodTarget.Kind.EXCEPTION;
    boolean hasResult = exit || kind == MethodTarget.Kind.ALLOC;
    if (program.scalarEntry().isEmpty()) {
      return new Inputs(true, -1L, hasResult, exit, true);
    }
    Inputs inputs =
        new Inputs(
            false,
            0,
            false,
            exit && limits.minDurationNanos() > 0,
            exit && limits.minDurationNanos() > 0);
    for (ContextField field : program.scalarFields()) {
      inputs = inputs.with(field.offsetBytes() & ~7, exit, hasResult);
    }
    return inputs;
  }

  private Inputs with(int offset, boolean exit, boolean hasResult) {
    return switch (offset) {
      case MethodContext.TIME_NANOS -> new Inputs(whole, arguments, result, entryTime, true);
      case MethodContext.ENTRY_TIME_NANOS -> new Inputs(whole, arguments, result, exit, now);
      case MethodContext.DURATION_NANOS -> new Inputs(whole, arguments, result, exit, now || exit);
      case MethodContext.EXCEPTION -> new Inputs(whole, arguments, hasResult, entryTime, now);
      default ->
          offset == MethodContext.resultOffset()
              ? new Inputs(whole, arguments, hasResult, entryTime, now)
              : new Inputs(whole, arguments | argumentAt(offset), result, entryTime, now);
    };
  }

  /** Returns the bit of the argument at {@code offset}, 0 when there is none. */
  private static long argumentAt(int offset) {
    int argument = ContextWords.argumentAt(offset);
    return argument < 0 ? 0 : 1L << argument;
  }

  /** Returns these inputs with the entry time if {@code other} has it: the weaving stays. */
  Inputs timedAs(Inputs other) {
    return new Inputs(whole, arguments, result, entryTime || other.entryTime, now);
  }

  /** Tells whether a probe made for {@code other} gives all that is wanted here. */
  boolean isWithin(Inputs other) {
    return (arguments & ~other.arguments) == 0
        && (!result || other.result)
        && (!entryTime || other.entryTime);
  }
}
