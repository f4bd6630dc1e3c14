package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.ThreadStop;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.map.MapTimers;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Runs a proved program word by word. It is the oracle of the JIT, and what runs programs that the
 * JIT declines.
 */
public final class Interpreter implements ExecutableProgram {
  private final Proof proof;
  private final Code code;
  private final FlowOps flow;
  private final LongAdder failedRuns = new LongAdder();

  /**
   * Decodes the program.
   *
   * @throws dev.sonde.vm.isa.InvalidInsnException if it has an insn that this interpreter does not
   *     know
   */
  public Interpreter(Proof proof) {
    this.proof = proof;
    this.code = new Decoder(proof, Helpers::byId, false).decode();
    this.flow = new FlowOps(code, null, PacketLoads.OF_CONTEXT);
  }

  @Override
  public ResolvedProgram program() {
    return proof.program();
  }

  @Override
  public long run(CarrierSlot slot, long contextAddress) {
    if (code.tailCalls()) {
      slot.resetTailCalls();
    }
    return runTail(slot, contextAddress);
  }

  @Override
  public long runTail(CarrierSlot slot, long contextAddress) {
    long regs = slot.registersAddress();
    RawMemory.putLong(regs + 8, contextAddress);
    RawMemory.putLong(regs + Loop.FRAME_POINTER, slot.stackTop(0));
    FlowOps.reset(slot, 0);
    try {
      return Loop.run(flow, slot, code.address(), regs);
    } catch (Throwable trap) { // the traced thread must go on, whatever went wrong here
      failedRuns.increment();
      slot.setCutOff();
      ThreadStop.passOn(trap);
      return 0;
    }
  }

  /** Returns how many runs came to an insn that the proof says is never reached, or failed else. */
  public long failedRuns() {
    return failedRuns.sum();
  }

  @Override
  public Optional<MethodHandle> scalarEntry() {
    return Optional.empty();
  }

  @Override
  public List<ContextField> scalarFields() {
    return List.of();
  }

  @Override
  public void close() {
    MapTimers.stopAll(code);
    code.free();
  }
}
