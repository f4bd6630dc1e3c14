package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;

import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import org.jspecify.annotations.Nullable;

/** Memory that a helper is handed ({@code check_helper_mem_access}): V-96, V-102. */
final class HelperMemory {
  private final Step step;
  private final StackMemory stack;
  private @Nullable Reg rawPointer;
  private int rawSize;

  HelperMemory(Step step, StackMemory stack) {
    this.step = step;
    this.stack = stack;
  }

  /**
   * Requires that the helper may touch {@code size} bytes where register {@code regno} points.
   *
   * @param raw whether it writes all of them, so that a stack buffer need not be initialised
   */
  void require(int regno, int size, boolean write, boolean zeroOk, boolean raw) {
    Reg reg = step.reg(regno);
    switch (reg.kind()) {
      case PACKET, PACKET_META -> {
        if (write) {
          throw denied("helper access to the packet is not allowed");
        }
        Region.requireInPacket(regno, reg, reg.off(), size, zeroOk);
      }
      case MAP_KEY -> {
        if (write) {
          throw denied("R%d cannot write into map_key".formatted(regno));
        }
        Region.requireInside(regno, reg, reg.off(), size, reg.spec().keySizeBytes(), false);
      }
      case MAP_VALUE -> {
        Region.requireMapPermits(reg, reg.off(), size, write);
        MemoryAccess.requireInMapValue(regno, reg, reg.off(), size, zeroOk);
      }
      case MEM -> {
        if (write && reg.has(Reg.RDONLY)) {
          throw denied("R%d cannot write into %s".formatted(regno, reg.typeText()));
        }
        Region.requireInside(regno, reg, reg.off(), size, reg.extra(), zeroOk);
      }
      case STACK -> stackBuffer(regno, reg, size, write, zeroOk, raw);
      case CTX -> throw notMemory(regno, reg, size);
      default -> {
        if (size != 0 || !reg.isConstant(0)) {
          throw denied("R%d type=%s expected=fp".formatted(regno, reg.typeText()));
        }
      }
    }
  }

  /** Only a context that is handed out as it is could be memory; here none is. */
  private RuntimeException notMemory(int regno, Reg context, int size) {
    return switch (step.program().spec().type()) {
      case KPROBE, TRACEPOINT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE ->
          denied("invalid bpf_context access off=%d size=1".formatted(size - 1));
      case PERF_EVENT, SYSCALL, SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP ->
          denied("R%d type=%s expected=fp".formatted(regno, context.typeText()));
    };
  }

  /** Requires memory that a global function may be given, to read and to write. */
  void requirePassable(int regno, int size) {
    Reg reg = step.reg(regno);
    if (reg.kind().isPacket()) {
      Region.requireInPacket(regno, reg, reg.off(), size, true);
      return;
    }
    require(regno, size, false, true, false);
    require(regno, size, true, true, false);
  }

  private void stackBuffer(
      int regno, Reg reg, int size, boolean write, boolean zeroOk, boolean raw) {
    if (size == 0 && !zeroOk) {
      throw denied("invalid zero-sized read");
    }
    stack.requireInFrame(regno, reg, reg.off(), size, write);
    if (!reg.var().isConstant() && step.isStrict()) {
      throw StackMemory.variableInStrict(regno, reg);
    }
    if (raw && reg.var().isConstant()) {
      new StackObjects(step).requireNone(reg, size);
      rawPointer = reg;
      rawSize = size;
      return;
    }
    stack.requireInitialised(regno, reg, reg.off(), size, write);
  }

  /** What the helper writes as a whole becomes bytes, whatever it was. */
  void writeRaw() {
    Reg pointer = rawPointer;
    if (pointer == null || pointer.kind() != RegKind.STACK) {
      return;
    }
    int base = pointer.off();
    int i = 0;
    while (i < rawSize) {
      boolean slot = (base + i) % Frame.SLOT_BYTES == 0 && rawSize - i >= Frame.SLOT_BYTES;
      int size = slot && !step.isStrict() ? Frame.SLOT_BYTES : 1; // strictly, no pointer is lost
      stack.store(0, pointer, pointer.off() + i, size, MemoryAccess.NOTHING, 0);
      i += size;
    }
  }
}
