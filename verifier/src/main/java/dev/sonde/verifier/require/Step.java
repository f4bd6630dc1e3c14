package dev.sonde.verifier.require;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;

/**
 * One insn on one state: checks what it requires, changes the state, says where execution goes on.
 * The state that is handed in is changed in place.
 */
public final class Step {
  /** Where {@link #run} says that the path is at its end. */
  public static final int END = -1;

  private final ResolvedProgram program;
  private final ControlFlow flow;
  private final boolean strict;
  private final Path path;
  private final Facts facts;
  private final List<Insn> insns;
  private final Arithmetic arithmetic;
  private final MemoryAccess memory;
  private final Branches branches;
  private final Calls calls;
  private final SameKind sameKind = new SameKind();
  private int lastId;
  private State state;
  private int at;
  private int touchedRegs;
  private long touchedSlots;

  public Step(ResolvedProgram program, ControlFlow flow, boolean strict, Path path, Facts facts) {
    this.program = program;
    this.flow = flow;
    this.strict = strict;
    this.path = path;
    this.facts = facts;
    insns = program.insns();
    state = State.entry(0, CallbackKind.NONE);
    arithmetic = new Arithmetic(this);
    memory = new MemoryAccess(this);
    branches = new Branches(this);
    calls = new Calls(this);
  }

  /**
   * Steps over the insn at {@code index}.
   *
   * @return the next insn, or {@link #END}
   * @throws Rejection if the state does not grant what the insn requires
   */
  public int run(State on, int index) {
    state = on;
    at = index;
    Insn insn = insns.get(index);
    facts.reached(index);
    return switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> {
        arithmetic.run(insn);
        facts.defined(index, reg(insn.dst()));
        yield index + 1;
      }
      case Opcodes.LDX -> {
        load(insn);
        yield index + 1;
      }
      case Opcodes.STX -> {
        store(insn);
        yield index + 1;
      }
      case Opcodes.ST -> {
        if ((insn.opcode() & 0xe0) != Opcodes.MEM || insn.src() != 0) {
          throw invalid("BPF_ST uses reserved fields");
        }
        requireReadable(insn.dst());
        sameKind.check(index, reg(insn.dst()));
        memory.store(insn.dst(), insn.off(), sizeOf(insn), MemoryAccess.IMMEDIATE, insn.imm());
        yield index + 1;
      }
      case Opcodes.LD -> loadSpecial(insn);
      default -> jump(insn);
    };
  }

  private void load(Insn insn) {
    requireReadable(insn.src());
    requireWritable(insn.dst());
    Reg pointer = reg(insn.src());
    boolean signed = (insn.opcode() & 0xe0) == Opcodes.MEMSX;
    memory.load(insn.src(), insn.off(), sizeOf(insn), insn.dst(), signed, false);
    sameKind.check(at, pointer);
    facts.defined(at, reg(insn.dst()));
  }

  private void store(Insn insn) {
    int mode = insn.opcode() & 0xe0;
    if (mode == Opcodes.ATOMIC) {
      new Atomics(this, memory).run(insn);
      return;
    }
    if (mode != Opcodes.MEM || insn.imm() != 0) {
      throw invalid("BPF_STX uses reserved fields");
    }
    requireReadable(insn.src());
    requireReadable(insn.dst());
    Reg pointer = reg(insn.dst());
    memory.store(insn.dst(), insn.off(), sizeOf(insn), insn.src(), 0);
    sameKind.check(at, pointer);
  }

  private int loadSpecial(Insn insn) {
    if (!insn.isLdImm64()) {
      memory.packetLoad(insn);
      facts.defined(at, reg(0));
      return at + 1;
    }
    if (insn.off() != 0) {
      throw invalid("BPF_LD_IMM64 uses reserved fields");
    }
    requireWritable(insn.dst());
    Insn high = insns.get(at + 1);
    Reg value =
        switch (insn.src()) {
          case Opcodes.PSEUDO_MAP_FD ->
              Reg.pointer(RegKind.MAP_PTR, 0, program.maps().get(insn.imm()));
          case Opcodes.PSEUDO_MAP_VALUE ->
              Reg.pointer(RegKind.MAP_VALUE, 0, program.maps().get(insn.imm())).withOff(high.imm());
          case Opcodes.PSEUDO_FUNC ->
              Reg.pointer(RegKind.FUNC, flow.subprogramAt(at + 1 + insn.imm()), null);
          default -> Reg.constant((long) high.imm() << 32 | insn.imm() & 0xffffffffL);
        };
    setReg(insn.dst(), value);
    facts.defined(at, value);
    return at + 2;
  }

  private int jump(Insn insn) {
    int op = insn.opcode() & 0xf0;
    boolean narrow = (insn.opcode() & 7) == Opcodes.JMP32;
    switch (op) {
      case Opcodes.CALL_OP -> {
        return calls.run(insn);
      }
      case Opcodes.EXIT_OP -> {
        if (insn.imm() != 0 || insn.src() != 0 || insn.dst() != 0) {
          throw invalid("BPF_EXIT uses reserved fields");
        }
        return calls.exit();
      }
      case Opcodes.JA -> {
        boolean clean = narrow ? insn.off() == 0 : insn.imm() == 0;
        if (insn.src() != 0 || insn.dst() != 0 || !clean) {
          throw invalid("BPF_JA uses reserved fields");
        }
        return at + 1 + (narrow ? insn.imm() : insn.off());
      }
      default -> {
        return branches.run(insn);
      }
    }
  }

  static int sizeOf(Insn insn) {
    return switch (insn.opcode() & 0x18) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  // ---- what the parts of a step share
  // ------------------------------------------------------------

  ResolvedProgram program() {
    return program;
  }

  ControlFlow flow() {
    return flow;
  }

  boolean isStrict() {
    return strict;
  }

  Path path() {
    return path;
  }

  Facts facts() {
    return facts;
  }

  State state() {
    return state;
  }

  int at() {
    return at;
  }

  Insn insn() {
    return insns.get(at);
  }

  /** Has all new ids be greater than {@code id}: those up to it are taken. */
  public void idsAbove(int id) {
    lastId = Math.max(lastId, id);
  }

  public int newId() {
    return ++lastId;
  }

  Reg reg(int index) {
    return state.reg(index);
  }

  void setReg(int index, Reg reg) {
    touchedRegs |= 1 << index;
    state.setReg(index, reg);
  }

  /** V-21: what was never written cannot be read. */
  void requireReadable(int reg) {
    if (reg >= Opcodes.REGISTERS) {
      throw invalid("R%d is invalid".formatted(reg));
    }
    touchedRegs |= 1 << reg;
    if (reg(reg).kind() == RegKind.NOT_INIT) {
      throw denied("R%d !read_ok".formatted(reg));
    }
  }

  /** V-04: r10 is nobody's to write. */
  void requireWritable(int reg) {
    if (reg >= Opcodes.REGISTERS) {
      throw invalid("R%d is invalid".formatted(reg));
    }
    if (reg == Opcodes.FRAME_POINTER) {
      throw denied("frame pointer is read only");
    }
    touchedRegs |= 1 << reg;
  }

  /** In strict mode pointers must not become numbers. */
  boolean leaks(int reg) {
    return strict && reg(reg).isPointer();
  }

  /** After a call r1 to r5 hold nothing that can be relied on. */
  void forgetArguments(Frame frame) {
    for (int i = 1; i <= 5; i++) {
      frame.setReg(i, Reg.NOT_INIT);
    }
  }

  void touchSlot(int slot) {
    touchedSlots |= 1L << slot;
  }

  /** Returns the registers touched since the last {@link #clearTouched}, a bit each. */
  public int touchedRegs() {
    return touchedRegs;
  }

  public long touchedSlots() {
    return touchedSlots;
  }

  public void clearTouched() {
    touchedRegs = 0;
    touchedSlots = 0;
  }

  static Rejection denied(String message) {
    return new Rejection(Errno.EACCES, message);
  }

  static Rejection invalid(String message) {
    return new Rejection(Errno.EINVAL, message);
  }
}
