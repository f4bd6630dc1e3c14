package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import java.lang.invoke.MethodHandle;

/** Helpers that call a subprogram back. */
final class Callbacks {
  /** How many times bpf_loop calls at most (BPF_MAX_LOOPS). */
  static final int MAX_LOOPS = 1 << 23;

  private Callbacks() {}

  /**
   * {@code bpf_for_each_map_elem(map, callback, context, flags)}.
   *
   * @param dispatcher calls the function with a number: {@code (slot, frame, number, r1, r2, r3,
   *     r4)}
   */
  static long forEach(
      CarrierSlot slot,
      BpfMap map,
      long frame,
      long callback,
      long context,
      long flags,
      MethodHandle dispatcher) {
    if (flags != 0) {
      return -Errno.EINVAL;
    }
    return map.forEachElement(
        slot.index(),
        (key, value) -> visit(dispatcher, slot, frame, callback, map.id(), key, value, context));
  }

  private static long visit(
      MethodHandle dispatcher,
      CarrierSlot slot,
      long frame,
      long callback,
      long map,
      long key,
      long value,
      long context) {
    try {
      return (long) dispatcher.invokeExact(slot, frame, callback, map, key, value, context);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible); // the written methods declare nothing
    }
  }
}
