package dev.sonde.vm.program;

import dev.sonde.vm.context.CarrierSlot;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/** A program that can run: interpreted or compiled, the caller cannot tell. */
public interface ExecutableProgram extends AutoCloseable {
  /** Returns what was verified. */
  ResolvedProgram program();

  /**
   * Runs the program once. The caller owns {@code slot}, holds its guard, and has set its event; no
   * exception comes out of a verified program.
   *
   * @param contextAddress the context of the program's type, whole: every byte that its layout
   *     allows a program to read
   * @return r0
   */
  long run(CarrierSlot slot, long contextAddress);

  /**
   * Runs the program as the target of a tail call: as {@link #run}, but the tail calls that the run
   * has made so far count on ({@link CarrierSlot#countTailCall}).
   */
  long runTail(CarrierSlot slot, long contextAddress);

  /**
   * Returns the entry that takes the context fields that the program reads in place of the context:
   * {@code (CarrierSlot, long|Object...)long}, one parameter for each of {@link #scalarFields}, in
   * that order. Empty where the engine has none or the program lets the context's address escape.
   */
  Optional<MethodHandle> scalarEntry();

  /**
   * Returns which context fields {@link #scalarEntry} takes, ascending by offset.
   *
   * @see ContextField
   */
  List<ContextField> scalarFields();

  /** Lets go of the code; maps are closed by whoever made them. */
  @Override
  void close();

  /**
   * A field that a program reads: {@code sizeBytes} (1, 2, 4 or 8) at {@code offsetBytes}.
   *
   * @param isReference whether the scalar entry takes the object itself as an {@code Object}, not
   *     its handle as a long; then 0 is null, and any other number that is no handle {@link
   *     dev.sonde.vm.context.HandleTable#NONE}
   */
  record ContextField(int offsetBytes, int sizeBytes, boolean isReference) {
    public ContextField(int offsetBytes, int sizeBytes) {
      this(offsetBytes, sizeBytes, false);
    }
  }
}
