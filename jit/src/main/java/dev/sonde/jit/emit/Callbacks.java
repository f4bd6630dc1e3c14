package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.DynptrHelpers;
import dev.sonde.vm.helper.HelperTurns;
import dev.sonde.vm.helper.TimerHelpers;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.UserRingbufMap;
import java.lang.invoke.MethodHandle;

/** Helpers that call a subprogram back. */
final class Callbacks {
  /** How many times bpf_loop calls at most (BPF_MAX_LOOPS). */
  static final int MAX_LOOPS = 1 << 23;

  /** BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP. */
  private static final long WAKEUP_FLAGS = 3;

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
    slot.spend(HelperTurns.ofElements(map));
    return map.forEachElement(
        slot.index(),
        (key, value) -> visit(dispatcher, slot, frame, callback, map.id(), key, value, context));
  }

  /**
   * {@code bpf_user_ringbuf_drain(map, callback, context, flags)}: the callback gets a dynptr of
   * each record, which lives in the carrier's scratch.
   */
  static long drain(
      CarrierSlot slot,
      BpfMap map,
      long frame,
      long callback,
      long context,
      long flags,
      MethodHandle dispatcher) {
    if (!(map instanceof UserRingbufMap ring) || (flags & ~WAKEUP_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    long dynptr = slot.helperScratch();
    return ring.drain(
        (address, sizeBytes) -> {
          DynptrHelpers.readOnly(dynptr, address, sizeBytes);
          return visit(dispatcher, slot, frame, callback, dynptr, context, 0, 0);
        });
  }

  /**
   * {@code bpf_timer_set_callback(timer, callback)}.
   *
   * @param owner the written class, by which its timers are found when it is closed
   */
  static long setTimerCallback(long timer, long callback, MethodHandle dispatcher, Class<?> owner) {
    return TimerHelpers.setCallback(
        timer,
        (slot, map, key, value) ->
            visit(dispatcher, slot, slot.stackTop(0), callback, map, key, value, 0),
        owner);
  }

  /** Calls function number {@code callback} with r1 to r4. */
  private static long visit(
      MethodHandle dispatcher,
      CarrierSlot slot,
      long frame,
      long callback,
      long r1,
      long r2,
      long r3,
      long r4) {
    slot.spend(1);
    try {
      return (long) dispatcher.invokeExact(slot, frame, callback, r1, r2, r3, r4);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible); // the written methods declare nothing
    }
  }
}
