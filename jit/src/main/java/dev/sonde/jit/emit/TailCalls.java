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

  /** Runs {@code target} where no caller's frame is alive: it takes the stack over. */
  static long replace(ExecutableProgram target, CarrierSlot slot, long context) {
    return target.runTail(slot, context);
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
}
