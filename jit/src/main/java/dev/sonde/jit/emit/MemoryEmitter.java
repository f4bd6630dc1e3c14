package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.vm.context.ContextAccess;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.program.Proof;
import net.bytebuddy.jar.asm.Opcodes;

/** Writes loads, stores and atomics. */
final class MemoryEmitter {
  private static final int LOAD_SIGNED = dev.sonde.vm.isa.Opcodes.MEMSX;

  private final Code code;
  private final Registers registers;
  private final Knowledge known;
  private final ContextFields context;

  MemoryEmitter(Code code, Registers registers, Knowledge known, ContextFields context) {
    this.code = code;
    this.registers = registers;
    this.known = known;
    this.context = context;
  }

  // ---- loads ------------------------------------------------------------------------------------

  void load(int index, Op insn) {
    int size = insn.sizeBytes();
    boolean signed = (insn.opcode() & 0xe0) == LOAD_SIGNED;
    if (known.proof().memory(index) == Proof.Memory.UNTRUSTED) {
      loadUntrusted(index, insn, size, signed);
      return;
    }
    boolean nothing = registers.definesReference(index) || registers.definesConstant(index);
    if (nothing && !known.checked()) {
      return; // its value is known, or a parameter
    }
    int parameter = context.parameterOf(index);
    if (parameter >= 0) {
      code.load(Opcodes.LLOAD, parameter);
      if (signed) {
        extend(size);
      }
      registers.storeLong(index, insn.dst());
      return;
    }
    check(insn.src(), insn.off(), size, "access");
    ContextAccess moved = contextAccess(index, insn);
    if (moved != null && moved.storedSizeBytes() != size) {
      loadPlain(index, insn, moved.storedOffsetBytes(), 8, false);
    } else {
      loadPlain(index, insn, insn.off(), size, signed);
    }
  }

  private void loadPlain(int index, Op insn, int offset, int size, boolean signed) {
    code.beginAccess();
    registers.pushLong(insn.src());
    code.add(offset);
    switch (size) {
      case 8 -> code.endLoad("Long", "J");
      case 4 -> code.endLoad("Int", "I");
      case 2 -> {
        if (signed) {
          code.endLoad("Short", "S");
        } else {
          code.endLoad("Char", "C");
        }
      }
      default -> {
        code.endLoad("Byte", "B");
        if (!signed) {
          code.push(0xff);
          code.op(Opcodes.IAND);
        }
      }
    }
    if (size == 8) {
      registers.storeLong(index, insn.dst());
    } else if (signed) {
      registers.storeSigned(index, insn.dst());
    } else if (size == 4) {
      registers.storeInt(index, insn.dst());
    } else {
      registers.storeSigned(index, insn.dst()); // 16 bits and less are never negative
    }
  }

  private @org.jspecify.annotations.Nullable ContextAccess contextAccess(int index, Op insn) {
    return known.proof().memory(index) == Proof.Memory.CONTEXT
        ? known
            .proof()
            .program()
            .spec()
            .type()
            .contextLayout()
            .access(insn.off(), insn.sizeBytes(), false)
        : null;
  }

  private void loadUntrusted(int index, Op insn, int size, boolean signed) {
    code.load(Opcodes.ALOAD, 0);
    registers.pushLong(insn.src());
    code.add(insn.off());
    code.push(size);
    code.call(Loads.class, "untrusted", "(" + Descriptors.SLOT + "JI)J");
    if (signed) {
      extend(size);
    }
    registers.storeLong(index, insn.dst());
  }

  /** Sign-extends the lower {@code size} bytes of the long on the stack. */
  private void extend(int size) {
    code.op(Opcodes.L2I);
    if (size == 1) {
      code.op(Opcodes.I2B);
    } else if (size == 2) {
      code.op(Opcodes.I2S);
    }
    code.op(Opcodes.I2L);
  }

  /** BPF_LD_ABS, BPF_LD_IND: a load outside the packet goes to {@code outside}. */
  void loadPacket(int index, Op insn, net.bytebuddy.jar.asm.Label outside) {
    boolean indexed = (insn.opcode() & 0xe0) == dev.sonde.vm.isa.Opcodes.IND;
    boolean unproved = known.checked() && known.facts() == null;
    if (unproved) {
      code.load(Opcodes.ALOAD, 0);
    } else {
      registers.pushLong(6);
    }
    code.push(insn.imm());
    if (indexed) {
      registers.pushInt(insn.src());
      code.op(Opcodes.IADD);
    }
    code.push(insn.sizeBytes());
    if (unproved) {
      code.call(Traps.class, "packet", "(" + Descriptors.SLOT + "II)J");
    } else {
      code.call(Loads.class, "packet", "(JII)J");
    }
    code.store(Opcodes.LSTORE, registers.scratch());
    code.load(Opcodes.LLOAD, registers.scratch());
    code.op(Opcodes.LCONST_0, Opcodes.LCMP);
    code.jump(Opcodes.IFLT, outside);
    code.load(Opcodes.LLOAD, registers.scratch());
    registers.storeLong(index, 0);
  }

  // ---- stores -----------------------------------------------------------------------------------

  void store(int index, Op insn) {
    if ((insn.opcode() & 0xe0) == dev.sonde.vm.isa.Opcodes.ATOMIC) {
      atomic(index, insn);
      return;
    }
    int size = insn.sizeBytes();
    check(insn.dst(), insn.off(), size, "access");
    code.beginAccess();
    registers.pushLong(insn.dst());
    code.add(insn.off());
    pushStored(insn, size);
    code.endStore(size);
  }

  private void pushStored(Op insn, int size) {
    boolean immediate = (insn.opcode() & 7) == dev.sonde.vm.isa.Opcodes.ST;
    if (immediate) {
      switch (size) {
        case 8 -> code.push((long) insn.imm());
        case 4 -> code.push(insn.imm());
        case 2 -> code.push((short) insn.imm());
        default -> code.push((byte) insn.imm());
      }
      return;
    }
    if (size == 8) {
      registers.pushLong(insn.src());
      return;
    }
    registers.pushInt(insn.src());
    if (size < 4) {
      code.op(size == 2 ? Opcodes.I2S : Opcodes.I2B);
    }
  }

  // ---- atomics ----------------------------------------------------------------------------------

  private void atomic(int index, Op insn) {
    int size = insn.sizeBytes();
    if (insn.imm() == dev.sonde.vm.isa.Opcodes.LOAD_ACQ) {
      check(insn.src(), insn.off(), size, "atomic");
      registers.pushLong(insn.src());
      code.add(insn.off());
      code.push(size);
      code.call(Atomics.class, "loadAcquire", "(JI)J");
      registers.storeLong(index, insn.dst());
      return;
    }
    check(insn.dst(), insn.off(), size, "atomic");
    registers.pushLong(insn.dst());
    code.add(insn.off());
    if (insn.imm() == dev.sonde.vm.isa.Opcodes.STORE_REL) {
      registers.pushLong(insn.src());
      code.push(size);
      code.call(Atomics.class, "storeRelease", "(JJI)V");
    } else if (insn.imm() == dev.sonde.vm.isa.Opcodes.CMPXCHG) {
      compareAndExchange(index, insn, size == 8);
    } else {
      fetch(index, insn, size == 8);
    }
  }

  private void compareAndExchange(int index, Op insn, boolean wide) {
    if (wide) {
      registers.pushLong(0);
      registers.pushLong(insn.src());
      code.raw("compareAndExchangeLong", "(JJJ)J");
      registers.storeLong(index, 0);
    } else {
      registers.pushInt(0);
      registers.pushInt(insn.src());
      code.raw("compareAndExchangeInt", "(JII)I");
      registers.storeInt(index, 0);
    }
  }

  private void fetch(int index, Op insn, boolean wide) {
    if (wide) {
      registers.pushLong(insn.src());
    } else {
      registers.pushInt(insn.src());
    }
    String operands = wide ? "(JJ)J" : "(JI)I";
    String width = wide ? "Long" : "Int";
    switch (insn.imm() & ~dev.sonde.vm.isa.Opcodes.FETCH) {
      case dev.sonde.vm.isa.Opcodes.ADD -> code.raw("getAndAdd" + width, operands);
      case dev.sonde.vm.isa.Opcodes.OR -> code.call(Atomics.class, "fetchOr", operands);
      case dev.sonde.vm.isa.Opcodes.AND -> code.call(Atomics.class, "fetchAnd", operands);
      case dev.sonde.vm.isa.Opcodes.XOR -> code.call(Atomics.class, "fetchXor", operands);
      case dev.sonde.vm.isa.Opcodes.XCHG & ~dev.sonde.vm.isa.Opcodes.FETCH ->
          code.raw("getAndSet" + width, operands);
      default ->
          throw new InvalidInsnException(
              "insn %d: atomic operation 0x%x is none".formatted(index, insn.imm()));
    }
    boolean kept = (insn.imm() & dev.sonde.vm.isa.Opcodes.FETCH) != 0;
    if (!kept) {
      code.op(wide ? Opcodes.POP2 : Opcodes.POP);
    } else if (wide) {
      registers.storeLong(index, insn.src());
    } else {
      registers.storeInt(index, insn.src());
    }
  }

  /**
   * Unproved code may touch only its own memory, proved code in debug mode what is mapped at all.
   */
  private void check(int register, int offset, int size, String kind) {
    if (!known.checked()) {
      return;
    }
    boolean proved = known.facts() != null;
    if (proved) {
      code.load(Opcodes.ALOAD, 0);
    }
    registers.pushLong(register);
    code.add(offset);
    code.push(size);
    code.call(
        Traps.class, proved ? "mapped" : kind, proved ? "(" + Descriptors.SLOT + "JI)V" : "(JI)V");
  }
}
