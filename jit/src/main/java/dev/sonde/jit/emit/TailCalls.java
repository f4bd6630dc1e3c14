package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import org.jspecify.annotations.Nullable;

/** bpf_tail_call. */
final class TailCalls {
  private TailCalls() {}

  /** Returns the program to go on with, or null: then the caller goes on. */
  static @Nullable ExecutableProgram target(CarrierSlot slot, @Nullable BpfMap map, int index) {
    if (map instanceof ProgArrayMap array
        && array.program(index) instanceof ExecutableProgram target
        && slot.countTailCall(Opcodes.MAX_TAIL_CALLS)) {
      return target;
    }
    return null;
  }

  /**
   * Has {@code target} run in place of the main function, which returns at once: whoever ran that
   * goes on with {@link #finish}.
   */
  static long replace(ExecutableProgram target, CarrierSlot slot, long context) {
    slot.setNext(target, context);
    return 0;
  }

  /** Runs {@code target} on a stack of its own, because callers go on afterwards. */
  static long nest(ExecutableProgram target, CarrierSlot slot, long context) {
    slot.pushStack();
    try {
      return target.runTail(slot, context);
    } finally {
      slot.popStack();
    }
  }

  /** Returns what the program returns that has taken over last, or {@code r0} if none has. */
  static long finish(long r0, CarrierSlot slot) {
    long result = r0;
    Object next = slot.takeNext();
    while (next != null) {
      long context = slot.nextContextAddress();
      result =
          next instanceof CompiledProgram compiled
              ? compiled.runOnce(slot, context)
              : ((ExecutableProgram) next).runTail(slot, context);
      next = slot.takeNext();
    }
    return result;
  }
}
