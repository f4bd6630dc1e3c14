package dev.sonde.jit;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.jit.emit.ProgramLoader;
import dev.sonde.jit.emit.UnprovedRun;
import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.SuiteHelpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;

/**
 * A program that nobody verified, compiled with a check before every access, jump back and call:
 * for the conformance suite, as {@code vm.interp.UnprovedProgram} is for the interpreter.
 */
public final class UnprovedJitProgram {
  private final CompiledProgram program;

  /**
   * Compiles {@code insns}; helpers are those of the suite ({@link SuiteHelpers}).
   *
   * @throws dev.sonde.vm.isa.InvalidInsnException if something is no insn, or jumps out
   */
  public UnprovedJitProgram(String name, List<Insn> insns) {
    ProgramSpec spec = ProgramSpec.of(name, ProgramType.SOCKET_FILTER, insns);
    Proof proof = new NoProof(new ResolvedProgram(spec, List.of(), List.of()));
    program =
        ProgramLoader.load(
            ProgramPlan.of(
                new Knowledge(
                    proof, null, SuiteHelpers::byId, true, JitOptions.DEBUG.maxMethodBytes())));
  }

  /**
   * Runs the program on {@code memory}, which it may change.
   *
   * @return r0
   * @throws dev.sonde.vm.interp.MemoryFaultException if it touches what is not its own, or does not
   *     end
   */
  public long run(CarrierSlot slot, byte[] memory) {
    return UnprovedRun.run(program, slot, memory);
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
