package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;

/**
 * A program that nobody verified, for the conformance suite: every access, jump back and call is
 * checked, so that whatever it does ends in a result or in a {@link MemoryFaultException}.
 */
public final class UnprovedProgram implements AutoCloseable {
  /** Enough for any honest case; a loop without end is cut after some tenths of a second. */
  private static final long BUDGET = 50_000_000;

  private final Code code;

  /**
   * Decodes {@code insns}; helpers are those of the suite ({@link SuiteHelpers}).
   *
   * @throws dev.sonde.vm.isa.InvalidInsnException if something is no insn, or jumps out
   */
  public UnprovedProgram(String name, List<Insn> insns) {
    ProgramSpec spec = ProgramSpec.of(name, ProgramType.SOCKET_FILTER, insns);
    ResolvedProgram program = new ResolvedProgram(spec, List.of(), List.of());
    this.code = new Decoder(new NoProof(program), SuiteHelpers::byId, true).decode();
  }

  /**
   * Runs the program on {@code memory}, which it may change.
   *
   * @return r0
   * @throws MemoryFaultException if it touches what is not its own, or does not end
   */
  public long run(CarrierSlot slot, byte[] memory) {
    long address = RawMemory.allocateZeroed(Math.max(8, memory.length));
    try {
      RawMemory.write(address, memory);
      long result = run(slot, memory.length == 0 ? 0 : address, memory.length);
      System.arraycopy(RawMemory.read(address, memory.length), 0, memory, 0, memory.length);
      return result;
    } finally {
      RawMemory.free(address);
    }
  }

  private long run(CarrierSlot slot, long address, int sizeBytes) {
    long regs = slot.registersAddress();
    RawMemory.fill(regs, Loop.WINDOW_BYTES, (byte) 0);
    RawMemory.fill(slot.stackTop(0) - CarrierSlot.STACK_BYTES, CarrierSlot.STACK_BYTES, (byte) 0);
    RawMemory.putLong(regs + 8, address);
    RawMemory.putLong(regs + 16, sizeBytes);
    RawMemory.putLong(regs + Loop.FRAME_POINTER, slot.stackTop(0));
    FlowOps.reset(slot, BUDGET);
    FlowOps flow =
        new FlowOps(
            code, new CheckedMemory(address, sizeBytes), PacketLoads.of(address, sizeBytes));
    try {
      return Loop.run(flow, slot, code.address(), regs);
    } catch (SuiteHelpers.Unwound unwound) {
      return 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible); // helpers declare nothing
    }
  }

  @Override
  public void close() {
    code.free();
  }

  /** Everything may be reached, and nothing is known of any access. */
  private record NoProof(ResolvedProgram program) implements Proof {
    @Override
    public boolean isReached(int insn) {
      return true;
    }

    @Override
    public Memory memory(int insn) {
      return Memory.PLAIN;
    }
  }
}
