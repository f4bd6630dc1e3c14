package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/**
 * Atomic read-modify-write, load-acquire and store-release: V-07, V-150. Memory that needs code of
 * its own is refused, so that one insn cannot see two kinds.
 */
final class Atomics {
  private final Step step;
  private final MemoryAccess memory;

  Atomics(Step step, MemoryAccess memory) {
    this.step = step;
    this.memory = memory;
  }

  void run(Insn insn) {
    switch (insn.imm()) {
      case Opcodes.ADD,
          Opcodes.AND,
          Opcodes.OR,
          Opcodes.XOR,
          Opcodes.ADD | Opcodes.FETCH,
          Opcodes.AND | Opcodes.FETCH,
          Opcodes.OR | Opcodes.FETCH,
          Opcodes.XOR | Opcodes.FETCH,
          Opcodes.XCHG,
          Opcodes.CMPXCHG ->
          modify(insn);
      case Opcodes.LOAD_ACQ -> acquire(insn);
      case Opcodes.STORE_REL -> release(insn);
      default -> throw invalid("BPF_ATOMIC uses invalid atomic opcode %02x".formatted(insn.imm()));
    }
  }

  private void modify(Insn insn) {
    int size = Step.sizeOf(insn);
    if (size < 4) {
      throw invalid("invalid atomic operand size");
    }
    step.requireReadable(insn.src());
    step.requireReadable(insn.dst());
    boolean compares = insn.imm() == Opcodes.CMPXCHG;
    if (compares) {
      step.requireReadable(0);
      requireNoLeak(0);
    }
    requireNoLeak(insn.src());
    Reg pointer = step.reg(insn.dst());
    requirePlace(insn.dst(), pointer, "stores into");
    int result = compares ? 0 : insn.src();
    boolean fetches = (insn.imm() & Opcodes.FETCH) != 0;
    if (fetches) {
      step.requireWritable(result);
      if (result == insn.dst()) { // the kernel asks for the write after the register was replaced
        throw denied(
            "misaligned access off (0x0; 0xffffffffffffffff)+0+%d size %d"
                .formatted(insn.off(), size));
      }
    }
    memory.load(insn.dst(), insn.off(), size, MemoryAccess.NOTHING, false, true);
    if (fetches) {
      memory.load(insn.dst(), insn.off(), size, result, false, true);
      if (step.reg(result).isPointer()) {
        step.setReg(result, Reg.UNKNOWN); // what memory hands out is never trusted as an address
      }
      step.facts().defined(step.at(), step.reg(result));
    }
    memory.store(insn.dst(), pointer, insn.off(), size, MemoryAccess.NOTHING, 0, true);
  }

  private void requireNoLeak(int reg) {
    if (step.leaks(reg)) {
      throw denied("R%d leaks addr into mem".formatted(reg));
    }
  }

  private static void requirePlace(int regno, Reg pointer, String verb) {
    boolean refused =
        pointer.kind() == RegKind.CTX
            || pointer.kind().isPacket()
            || pointer.kind() == RegKind.BTF_ID
            || pointer.isScalar() && pointer.has(Reg.UNTRUSTED)
            || pointer.kind().isSocket();
    if (refused) {
      throw denied(
          "BPF_ATOMIC %s R%d %s is not allowed".formatted(verb, regno, pointer.typeText()));
    }
  }

  private void acquire(Insn insn) {
    step.requireReadable(insn.src());
    step.requireWritable(insn.dst());
    Reg pointer = step.reg(insn.src());
    requirePlace(insn.src(), pointer, "loads from");
    memory.load(insn.src(), insn.off(), Step.sizeOf(insn), insn.dst(), false, true);
    step.facts().defined(step.at(), step.reg(insn.dst()));
  }

  private void release(Insn insn) {
    step.requireReadable(insn.src());
    step.requireReadable(insn.dst());
    Reg pointer = step.reg(insn.dst());
    requirePlace(insn.dst(), pointer, "stores into");
    memory.store(insn.dst(), pointer, insn.off(), Step.sizeOf(insn), insn.src(), 0, true);
  }
}
