package dev.sonde.vm.context;

/**
 * The context of a kprobe program that watches a Java method: offsets into {@link PtRegs} and into
 * what Sonde adds behind it. A reference argument is a handle ({@link HandleTable}), every other
 * argument its bits, widened to 64 (a float or double as its raw bits).
 *
 * <pre>
 *   0  struct pt_regs            arguments 0 to 5 in di si dx cx r8 r9, result in ax
 * 168  u64 method_id             which method, as the symbolizer knows it
 * 176  u64 time_ns               CLOCK_MONOTONIC when the event began
 * 184  u64 entry_time_ns         when the method was entered; 0 at entry
 * 192  u64 duration_ns           since entry; 0 at entry
 * 200  u64 exception             handle of what was thrown, 0 unless kind is EXCEPTION
 * 208  u32 kind                  one of the KIND constants
 * 212  u32 arg_count             all arguments, the receiver included
 * 216  u64 more_args[58]         arguments 6 to 63
 * </pre>
 *
 * A native probe leaves everything behind pt_regs zero but {@code time_ns}.
 */
public final class MethodContext {
  public static final int METHOD_ID = PtRegs.SIZE_BYTES;
  public static final int TIME_NANOS = METHOD_ID + 8;
  public static final int ENTRY_TIME_NANOS = TIME_NANOS + 8;
  public static final int DURATION_NANOS = ENTRY_TIME_NANOS + 8;
  public static final int EXCEPTION = DURATION_NANOS + 8;
  public static final int KIND = EXCEPTION + 8;
  public static final int ARGUMENT_COUNT = KIND + 4;
  public static final int MORE_ARGUMENTS = ARGUMENT_COUNT + 4;

  /** How many arguments travel in registers. */
  public static final int REGISTER_ARGUMENTS = 6;

  /** Arguments from this on are not shown to programs. */
  public static final int MAX_ARGUMENTS = 64;

  public static final int SIZE_BYTES = MORE_ARGUMENTS + 8 * (MAX_ARGUMENTS - REGISTER_ARGUMENTS);

  public static final int KIND_NATIVE = 0;
  public static final int KIND_ENTRY = 1;
  public static final int KIND_RETURN = 2;
  public static final int KIND_EXCEPTION = 3;
  public static final int KIND_CALL = 4;
  public static final int KIND_LINE = 5;
  public static final int KIND_ALLOCATION = 6;

  private MethodContext() {}

  /** Returns where argument {@code index} is, 0 (the receiver, or the first) to 63. */
  public static int argumentOffset(int index) {
    return index < REGISTER_ARGUMENTS
        ? PtRegs.argument(index).offsetBytes()
        : MORE_ARGUMENTS + 8 * (index - REGISTER_ARGUMENTS);
  }

  /** Returns where the result is: {@code ax}. */
  public static int resultOffset() {
    return PtRegs.AX.offsetBytes();
  }
}
