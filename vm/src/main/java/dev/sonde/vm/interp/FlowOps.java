package dev.sonde.vm.interp;

import static dev.sonde.vm.memory.RawMemory.getLong;
import static dev.sonde.vm.memory.RawMemory.putLong;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.DynptrHelpers;
import dev.sonde.vm.helper.HelperTurns;
import dev.sonde.vm.helper.TimerHelpers;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.map.UserRingbufMap;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The operations that change the flow or ask somebody outside, for one program. The budget of a run
 * is kept in the first register window, because a run allocates nothing.
 */
final class FlowOps {
  /** How many times bpf_loop calls at most (BPF_MAX_LOOPS, too). */
  private static final long MAX_LOOPS = 1 << 23;

  /** BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP: nobody waits for room here. */
  private static final long WAKEUP_FLAGS = 3;

  private static final int BUDGET = 104;
  private static final int SCRATCH = 112;
  private static final int NO_REGISTER = 15;

  private final Code code;
  private final @Nullable CheckedMemory memory;
  private final PacketLoads packets;

  FlowOps(Code code, @Nullable CheckedMemory memory, PacketLoads packets) {
    this.code = code;
    this.memory = memory;
    this.packets = packets;
  }

  MethodHandle[] helpers() {
    return code.helpers();
  }

  /** Begins to count anew. */
  static void reset(CarrierSlot slot, long budget) {
    putLong(slot.registersAddress() + Loop.TURNS, Loop.MAX_TURNS);
    putLong(slot.registersAddress() + BUDGET, budget);
  }

  /** Does the operation of the word at {@code word} and returns where to go on. */
  long step(CarrierSlot slot, long word, long regs) throws Throwable {
    long pc = word + Code.WORD_BYTES;
    return switch (RawMemory.getByte(word) & 0xff) {
      case Op.TAIL_CALL -> tailCall(slot, pc, regs);
      case Op.LOOP -> {
        putLong(regs, loop(slot, regs));
        yield pc;
      }
      case Op.FOR_EACH -> {
        putLong(regs, forEach(slot, regs));
        yield pc;
      }
      case Op.DRAIN -> {
        putLong(regs, drain(slot, regs));
        yield pc;
      }
      case Op.TIMER_CALLBACK -> {
        putLong(regs, setTimerCallback(regs));
        yield pc;
      }
      case Op.LD_PACKET -> loadPacket(word, pc, regs);
      case Op.LDX_UNTRUSTED -> {
        loadUntrusted(slot, word, regs);
        yield pc;
      }
      case Op.MAY_GOTO -> mayGoto(slot, regs) ? pc : pc + offset(word);
      case Op.CALLX -> callRegister(slot, word, pc, regs);
      case Op.SPEND -> {
        spend(slot, word, regs);
        yield pc;
      }
      default -> {
        check(slot, word, regs);
        yield pc;
      }
    };
  }

  private static long dst(long word, long regs) {
    return regs + RawMemory.getByte(word + Code.DST);
  }

  private static long src(long word, long regs) {
    return regs + RawMemory.getByte(word + Code.SRC);
  }

  private static int offset(long word) {
    return RawMemory.getInt(word + Code.OFFSET);
  }

  private static long imm(long word) {
    return getLong(word + Code.IMMEDIATE);
  }

  // ---- calls ------------------------------------------------------------------------------------

  private long tailCall(CarrierSlot slot, long pc, long regs) {
    ExecutableProgram target = tailTarget(slot, regs);
    if (target == null) {
      putLong(regs, -Errno.ENOENT); // and the program goes on
      return pc;
    }
    long context = getLong(regs + 8);
    boolean callersLive = regs != slot.registersAddress();
    if (!callersLive) {
      putLong(regs, target.runTail(slot, context));
      return code.exitAddress();
    }
    slot.pushStack();
    try {
      putLong(regs, target.runTail(slot, context));
    } finally {
      slot.popStack();
    }
    return code.exitAddress();
  }

  /** An empty slot does not count as a call, as on x86-64. */
  private static @Nullable ExecutableProgram tailTarget(CarrierSlot slot, long regs) {
    if (MapTable.get(getLong(regs + 16)) instanceof ProgArrayMap array
        && array.program((int) getLong(regs + 24)) instanceof ExecutableProgram target
        && slot.countTailCall(Opcodes.MAX_TAIL_CALLS)) {
      return target;
    }
    return null;
  }

  /** {@code bpf_loop(u32 turns, callback, context, flags)}: returns how often it called. */
  private long loop(CarrierSlot slot, long regs) throws Throwable {
    long turns = getLong(regs + 8) & 0xffffffffL;
    long callback = getLong(regs + 16);
    long context = getLong(regs + 24);
    if (getLong(regs + 32) != 0) {
      return -Errno.EINVAL;
    }
    if (turns > MAX_LOOPS) {
      return -Errno.E2BIG;
    }
    for (long i = 0; i < turns; i++) {
      slot.spend(1);
      if (call(slot, regs, callback, i, context, 0, 0) != 0) {
        return i + 1;
      }
    }
    return turns;
  }

  /** {@code bpf_for_each_map_elem(map, callback, context, flags)}. */
  private long forEach(CarrierSlot slot, long regs) {
    BpfMap map = MapTable.get(getLong(regs + 8));
    if (map == null || getLong(regs + 32) != 0) {
      return -Errno.EINVAL;
    }
    slot.spend(HelperTurns.ofElements(map));
    long callback = getLong(regs + 16);
    long context = getLong(regs + 24);
    return map.forEachElement(
        slot.index(), (key, value) -> visit(slot, regs, callback, map.id(), key, value, context));
  }

  /**
   * {@code bpf_user_ringbuf_drain(map, callback, context, flags)}: the callback gets a dynptr of
   * each record, which lives behind the register windows.
   */
  private long drain(CarrierSlot slot, long regs) {
    if (!(MapTable.get(getLong(regs + 8)) instanceof UserRingbufMap ring)
        || (getLong(regs + 32) & ~WAKEUP_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    long callback = getLong(regs + 16);
    long context = getLong(regs + 24);
    long dynptr = slot.helperScratch();
    return ring.drain(
        (address, sizeBytes) -> {
          DynptrHelpers.readOnly(dynptr, address, sizeBytes);
          return visit(slot, regs, callback, dynptr, context, 0, 0);
        });
  }

  /** {@code bpf_timer_set_callback(timer, callback)}: it runs on the map's own thread, later. */
  private long setTimerCallback(long regs) {
    long callback = getLong(regs + 16);
    return TimerHelpers.setCallback(
        getLong(regs + 8),
        (slot, map, key, value) -> callBack(slot, callback, map, key, value),
        code);
  }

  /** Calls a subprogram with nothing under it. */
  private long callBack(CarrierSlot slot, long callback, long r1, long r2, long r3)
      throws Throwable {
    long regs = slot.registersAddress();
    putLong(regs + 8, r1);
    putLong(regs + 16, r2);
    putLong(regs + 24, r3);
    putLong(regs + Loop.FRAME_POINTER, slot.stackTop(0));
    reset(slot, 0);
    return Loop.run(this, slot, callback, regs);
  }

  private long visit(
      CarrierSlot slot, long regs, long callback, long r1, long r2, long r3, long r4) {
    slot.spend(1);
    try {
      return call(slot, regs, callback, r1, r2, r3, r4);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible); // helpers declare nothing
    }
  }

  /** Calls a subprogram by its address, in the frame behind the caller's. */
  long call(CarrierSlot slot, long regs, long pc, long r1, long r2, long r3, long r4)
      throws Throwable {
    long window = regs + Loop.WINDOW_BYTES;
    putLong(window + 8, r1);
    putLong(window + 16, r2);
    putLong(window + 24, r3);
    putLong(window + 32, r4);
    putLong(window + Loop.FRAME_POINTER, getLong(regs + Loop.FRAME_POINTER) - 512);
    putLong(window + Loop.TURNS, Loop.MAX_TURNS);
    return Loop.run(this, slot, pc, window);
  }

  /** Calls the helper whose id a register holds: by the handle of the same index. */
  private long callRegister(CarrierSlot slot, long word, long pc, long regs) throws Throwable {
    long id = getLong(dst(word, regs));
    MethodHandle[] helpers = code.helpers();
    if (id < 0 || id >= helpers.length) {
      throw new MemoryFaultException(
          "callx: helper %d, want 0 to %d".formatted(id, helpers.length - 1));
    }
    long result =
        (long)
            helpers[(int) id].invokeExact(
                slot,
                getLong(regs + 8),
                getLong(regs + 16),
                getLong(regs + 24),
                getLong(regs + 32),
                getLong(regs + 40));
    putLong(regs, result);
    return pc;
  }

  /**
   * Counts what a call is worth: a number, and the bytes that it moves where a register has them.
   */
  private static void spend(CarrierSlot slot, long word, long regs) {
    boolean sized = RawMemory.getByte(word + Code.SRC) != 8 * NO_REGISTER;
    int moved = sized ? HelperTurns.ofBytes(getLong(src(word, regs))) : 0;
    slot.spend((int) imm(word) + moved);
  }

  private static boolean mayGoto(CarrierSlot slot, long regs) {
    slot.spend(1);
    long turns = getLong(regs + Loop.TURNS);
    putLong(regs + Loop.TURNS, turns - 1);
    return turns > 0;
  }

  // ---- loads that may fail ----------------------------------------------------------------------

  /** BPF_LD_ABS and BPF_LD_IND: out of the packet ends the frame with r0 = 0. */
  private long loadPacket(long word, long pc, long regs) {
    int offset = (int) imm(word);
    if (RawMemory.getByte(word + Code.SRC) != 8 * NO_REGISTER) {
      offset += (int) getLong(src(word, regs));
    }
    long value = packets.load(getLong(regs + 48), offset, offset(word));
    putLong(regs, Math.max(value, 0));
    return value < 0 ? code.exitAddress() : pc;
  }

  /** Loads what is there, else 0: the immediate is the size, negative when it is signed. */
  private static void loadUntrusted(CarrierSlot slot, long word, long regs) {
    int size = (int) imm(word);
    long address = getLong(src(word, regs)) + offset(word);
    long scratch = slot.registersAddress() + SCRATCH;
    putLong(scratch, 0);
    if (!slot.selfMemory().read(address, scratch, Math.abs(size))) {
      putLong(scratch, 0);
    }
    long value = getLong(scratch);
    int unused = 64 - 8 * Math.abs(size);
    putLong(dst(word, regs), size < 0 ? value << unused >> unused : value);
  }

  // ---- checks of unproved programs --------------------------------------------------------------

  private void check(CarrierSlot slot, long word, long regs) {
    CheckedMemory allowed = memory;
    if (allowed == null) {
      throw TrapException.INSTANCE;
    }
    long address = getLong(src(word, regs)) + offset(word);
    int size = (int) imm(word);
    switch (RawMemory.getByte(word) & 0xff) {
      case Op.CHECK_ACCESS -> allowed.check(slot, address, size);
      case Op.CHECK_ALIGNED -> {
        allowed.check(slot, address, size);
        if ((address & size - 1) != 0) {
          throw new MemoryFaultException("memory: misaligned atomic of %d B".formatted(size));
        }
      }
      case Op.CHECK_DEPTH -> {
        long depth = (regs - slot.registersAddress()) / Loop.WINDOW_BYTES;
        if (depth + 1 >= Opcodes.MAX_CALL_FRAMES) {
          throw new MemoryFaultException(
              "the call stack of %d frames is too deep".formatted(depth + 2));
        }
        spend(slot);
      }
      case Op.CHECK_BUDGET -> spend(slot);
      default -> throw new MemoryFaultException("ran off the end of the program");
    }
  }

  private static void spend(CarrierSlot slot) {
    long budget = getLong(slot.registersAddress() + BUDGET) - 1;
    putLong(slot.registersAddress() + BUDGET, budget);
    if (budget < 0) {
      throw new MemoryFaultException("out of budget: the program loops for too long");
    }
  }
}
