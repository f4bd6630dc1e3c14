package dev.sonde.verifier.witness;

import dev.sonde.verifier.domain.Concrete;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.context.ContextAccess;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Executes a program on made-up memory, slowly and with every access checked. Knows the insns and
 * the few helpers that generated programs call.
 */
final class Machine {
  private static final int UNLOCK = 94;
  private static final Set<Integer> CALLING =
      Set.of(Helpers.LOOP, Helpers.FOR_EACH_MAP_ELEM, Helpers.USER_RINGBUF_DRAIN);
  private static final long FUNCTIONS = 0x6675_6e63_0000_0000L;
  private static final Concrete CONCRETE = new Concrete(64);

  /** Looks at the machine before each insn. */
  interface Watcher {
    void before(int insn, Machine machine);

    void touches(int insn, Memory.Block block, long offsetBytes, int sizeBytes, Machine machine);

    void jumps(int insn, boolean taken);

    void after(int insn, Machine machine);

    /** A run begins: that of the program, or of a timer's callback. */
    void begins();
  }

  /** One call: its registers and its 512 bytes of stack. */
  static final class Frame {
    final long[] registers = new long[Opcodes.REGISTERS];
    final Memory.Block stack;
    final int returnTo;
    long turn; // of the helper that calls back and is being called
    long turns = -1; // that there will be, -1: none is being called
    boolean callback;

    Frame(Memory.Block stack, int returnTo) {
      this.stack = stack;
      this.returnTo = returnTo;
      registers[Opcodes.FRAME_POINTER] = top();
    }

    long top() {
      return stack.base + stack.sizeBytes();
    }
  }

  private final ResolvedProgram program;
  private final List<Insn> insns;
  private final Watcher watcher;
  private final SplittableRandom random;
  final Memory memory = new Memory();
  final List<Frame> frames = new ArrayList<>();
  final Memory.Block context;
  final Fields fields;
  final @Nullable Packet packet;
  private final Objects objects;
  private final MapStore maps;
  private final Set<String> called = new HashSet<>();
  private int at;
  private long steps;
  private boolean givenUp; // at a helper that the machine does not know

  Machine(ResolvedProgram program, int contextBytes, SplittableRandom random, Watcher watcher) {
    this.program = program;
    this.insns = program.insns();
    this.random = random;
    this.watcher = watcher;
    fields = new Fields(memory);
    packet = program.contextLayout().hasPacket() ? new Packet(memory, random) : null;
    context = memory.allocateGarbage(Region.CONTEXT, contextBytes, random);
    maps = new MapStore(program.maps(), memory, random);
    objects = new Objects(memory, packet, context.base, random);
  }

  /** Returns what was called: ids of helpers, names of kfuncs. */
  Set<String> called() {
    return called;
  }

  private Frame top() {
    return frames.get(frames.size() - 1);
  }

  long register(int index) {
    return top().registers[index];
  }

  /** Tells whether the run ended at a helper that the machine does not know. */
  boolean hasGivenUp() {
    return givenUp;
  }

  long steps() {
    return steps;
  }

  /** Runs to the end, timers too, or until {@code maxSteps} insns are executed. */
  void run(long maxSteps) {
    enter(-1);
    top().registers[1] = context.base;
    runFrames(maxSteps);
    for (Fields.Fired fired = fields.next(); fired != null; fired = fields.next()) {
      if (!frames.isEmpty()) {
        return;
      }
      enter(-1);
      top().registers[1] = MapStore.handle(fired.value().map);
      top().registers[2] = maps.key(fired.value().key);
      top().registers[3] = fired.value().base;
      at = fired.callback();
      if (runFrames(maxSteps) != 0) {
        throw new WitnessFailure("a timer's callback returns what is not 0");
      }
    }
  }

  private long runFrames(long maxSteps) {
    watcher.begins();
    while (!frames.isEmpty() && !givenUp && steps++ < maxSteps) {
      int insn = at;
      Frame frame = top();
      watcher.before(insn, this);
      long r0 = frame.registers[0];
      memory.executes(insn, insns.get(insn));
      step(insns.get(insn));
      if (frames.isEmpty()) {
        requireNothingHeld();
        return r0;
      }
      if (top() == frame) {
        watcher.after(insn, this);
      }
    }
    return 0;
  }

  private void requireNothingHeld() {
    if (fields.locked() != null) {
      throw new WitnessFailure("a lock is held at the end");
    }
    if (memory.liveRecords() > 0) {
      throw new WitnessFailure("a record is held at the end");
    }
  }

  private void enter(int returnTo) {
    if (frames.size() >= Opcodes.MAX_CALL_FRAMES) {
      throw new WitnessFailure("insn %d: a ninth frame".formatted(at));
    }
    Memory.Block stack = memory.allocateGarbage(Region.STACK, Opcodes.STACK_SIZE_BYTES, random);
    frames.add(new Frame(stack, returnTo));
    for (int i = 0; i < Opcodes.FRAME_POINTER; i++) {
      top().registers[i] = random.nextLong();
    }
  }

  private void step(Insn insn) {
    long[] r = top().registers;
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    int next = at + 1;
    switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> r[insn.dst()] = Arithmetic.alu(insn, r);
      case Opcodes.LD -> {
        if (!insn.isLdImm64()) {
          classicLoad(insn, r);
          return;
        }
        r[insn.dst()] = immediate(insn, insns.get(at + 1));
        next++;
      }
      case Opcodes.LDX -> r[insn.dst()] = load(insn, r[insn.src()] + insn.off());
      case Opcodes.ST -> store(insn, r[insn.dst()] + insn.off(), insn.imm());
      case Opcodes.STX -> {
        if ((insn.opcode() & 0xe0) == Opcodes.ATOMIC) {
          atomic(insn, r);
        } else {
          store(insn, r[insn.dst()] + insn.off(), r[insn.src()]);
        }
      }
      default -> {
        jump(insn, r, register);
        return;
      }
    }
    at = next;
  }

  private long immediate(Insn first, Insn second) {
    return switch (first.src()) {
      case 0 -> first.imm() & 0xffffffffL | (long) second.imm() << 32;
      case Opcodes.PSEUDO_MAP_FD -> MapStore.handle(first.imm());
      case Opcodes.PSEUDO_FUNC -> FUNCTIONS + at + 1 + first.imm();
      case Opcodes.PSEUDO_MAP_VALUE -> maps.value(first.imm(), 0).base + second.imm();
      default -> throw new IllegalStateException("lddw of src " + first.src());
    };
  }

  private static int sizeBytes(Insn insn) {
    return switch (insn.opcode() & 0x18) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  private void touch(Insn insn, long address, int sizeBytes) {
    Memory.Block block = memory.block(address, sizeBytes);
    fields.requireUntouched(block, address - block.base, sizeBytes);
    watcher.touches(at, block, address - block.base, sizeBytes, this);
  }

  private long load(Insn insn, long address) {
    int size = sizeBytes(insn);
    touch(insn, address, size);
    Packet of = packet;
    if (of != null && memory.block(address, size) == context) {
      ContextAccess access =
          program.contextLayout().access((int) (address - context.base), size, false);
      if (access != null && access.value().isPacketPointer()) {
        return of.address(access);
      }
    }
    long value = memory.load(address, size);
    return (insn.opcode() & 0xe0) == Opcodes.MEMSX ? Concrete.signed(value, size * 8) : value;
  }

  /** LD_ABS and LD_IND: outside of the packet the frame ends with 0. */
  private void classicLoad(Insn insn, long[] r) {
    boolean indirect = (insn.opcode() & 0xe0) == Opcodes.IND;
    if (r[6] != context.base || packet == null) {
      throw new WitnessFailure("insn %d: r6 is not the context".formatted(at));
    }
    long offset = (indirect ? (int) r[insn.src()] : 0) + (long) insn.imm();
    long value = packet.classic(offset, sizeBytes(insn));
    r[0] = Math.max(value, 0);
    if (value < 0) {
      leave();
    } else {
      lose();
      at++;
    }
  }

  private void store(Insn insn, long address, long value) {
    touch(insn, address, sizeBytes(insn));
    memory.store(address, sizeBytes(insn), value);
  }

  private void atomic(Insn insn, long[] r) {
    int size = sizeBytes(insn);
    if (insn.imm() == Opcodes.LOAD_ACQ) {
      r[insn.dst()] = load(insn, r[insn.src()] + insn.off());
      return;
    }
    if (insn.imm() == Opcodes.STORE_REL) {
      store(insn, r[insn.dst()] + insn.off(), r[insn.src()]);
      return;
    }
    long address = r[insn.dst()] + insn.off();
    touch(insn, address, size);
    long old = memory.load(address, size);
    long src = r[insn.src()];
    boolean compares = insn.imm() == Opcodes.CMPXCHG;
    long changed =
        switch (insn.imm() & ~Opcodes.FETCH) {
          case Opcodes.ADD -> old + src;
          case Opcodes.OR -> old | src;
          case Opcodes.AND -> old & src;
          case Opcodes.XOR -> old ^ src;
          case Opcodes.XCHG & ~Opcodes.FETCH -> src;
          default -> old == Concrete.unsigned(r[0], size * 8) ? src : old;
        };
    memory.store(address, size, changed);
    if (compares) {
      r[0] = old;
    } else if ((insn.imm() & Opcodes.FETCH) != 0) {
      r[insn.src()] = old;
    }
  }

  private void jump(Insn insn, long[] r, boolean register) {
    JumpOp op = JumpOp.of(insn.opcode());
    if (op != null) {
      boolean wide = (insn.opcode() & 7) == Opcodes.JMP;
      long src = register ? r[insn.src()] : insn.imm();
      boolean taken = CONCRETE.jumps(op.code(), wide, r[insn.dst()], src);
      watcher.jumps(at, taken);
      at += 1 + (taken ? insn.off() : 0);
    } else if (insn.opcode() == Opcodes.EXIT) {
      leave();
    } else if (insn.isPseudoCall()) {
      call(insn, r);
    } else if (insn.isHelperCall() && CALLING.contains(insn.imm())) {
      requireUnlocked();
      called.add(String.valueOf(insn.imm()));
      turn(insn, r);
    } else if (insn.isHelperCall()) {
      called.add(String.valueOf(insn.imm()));
      help(insn, r);
      at++;
    } else if (insn.isKfuncCall()) {
      requireUnlocked();
      String name = program.kfuncs().get(insn.imm()).name();
      called.add(name);
      r[0] = objects.kfunc(name, r);
      lose();
      at++;
    } else {
      at += 1 + (insn.opcode() == (Opcodes.JMP32 | Opcodes.JA) ? insn.imm() : insn.off());
    }
  }

  private void call(Insn insn, long[] r) {
    enter(at + 1);
    System.arraycopy(r, 1, top().registers, 1, 5);
    at += 1 + insn.imm();
  }

  /**
   * Enters the callback once more, or ends the loop. The callback returns to the call itself, as
   * the verifier's states do.
   */
  private void turn(Insn insn, long[] r) {
    Frame caller = top();
    if (caller.turns < 0) {
      caller.turns = turns(insn.imm(), r);
    }
    boolean refused = insn.imm() == Helpers.LOOP && caller.turns > 1 << 23 || r[4] != 0;
    if (refused || caller.turn >= caller.turns) {
      r[0] = refused ? -22 : caller.turn;
      caller.turn = 0;
      caller.turns = -1;
      lose();
      at++;
      return;
    }
    long index = caller.turn++;
    enter(at);
    Frame callee = top();
    callee.callback = true;
    pass(insn.imm(), r, (int) index, callee.registers);
    at = function(r[2]);
  }

  private void pass(int helper, long[] r, int index, long[] to) {
    switch (helper) {
      case Helpers.FOR_EACH_MAP_ELEM -> {
        to[1] = r[1];
        to[2] = maps.key(index);
        to[3] = maps.value(maps.index(r[1]), index).base;
        to[4] = r[3];
      }
      case Helpers.USER_RINGBUF_DRAIN -> {
        to[1] = objects.drained();
        to[2] = r[3];
      }
      default -> {
        to[1] = index;
        to[2] = r[3];
      }
    }
  }

  private long turns(int helper, long[] r) {
    return switch (helper) {
      case Helpers.FOR_EACH_MAP_ELEM -> Math.min(maps.map(r[1]).spec().maxEntries(), 5);
      case Helpers.USER_RINGBUF_DRAIN -> {
        maps.map(r[1]);
        yield random.nextInt(4);
      }
      default -> r[1] & 0xffffffffL;
    };
  }

  private static int function(long address) {
    return (int) (address - FUNCTIONS);
  }

  private void leave() {
    Frame left = frames.remove(frames.size() - 1);
    memory.release(left.stack);
    if (left.callback) {
      at = left.returnTo;
      top().turn = left.registers[0] == 0 ? top().turn : Long.MAX_VALUE;
      return;
    }
    if (!frames.isEmpty()) {
      at = left.returnTo;
      top().registers[0] = left.registers[0];
      lose();
    }
  }

  private void lose() {
    for (int i = 1; i <= 5; i++) {
      top().registers[i] = random.nextLong();
    }
  }

  private void requireUnlocked() {
    if (fields.locked() != null) {
      throw new WitnessFailure(memory.where() + ": called while a lock is held");
    }
  }

  private void help(Insn insn, long[] r) {
    if (insn.imm() != UNLOCK) {
      requireUnlocked();
    }
    if (Fields.has(insn.imm())) {
      r[0] = fields.help(insn.imm(), r, maps.index(r[2]), function(r[2]));
      lose();
      return;
    }
    Packet of = packet;
    if (of != null && Packet.has(insn.imm())) {
      r[0] = of.help(insn.imm(), r);
      lose();
      return;
    }
    r[0] =
        switch (insn.imm()) {
          case 1 -> maps.lookup(r);
          case 2 -> maps.update(r);
          case 5 -> random.nextLong() >>> 1;
          case 7 -> random.nextInt() & 0xffffffffL;
          case 8 -> 0;
          case 14, 15 -> random.nextLong();
          case 131 -> maps.reserve(r);
          case 132, 133 -> maps.release(r);
          case 197, 198, 199, 200, 201, 202, 203 -> objects.dynptr(insn.imm(), r);
          case 17 -> 0;
          default -> number(insn.imm());
        };
    lose();
  }

  /** What a mutation may have put there: the run ends here if it is told anything. */
  private long number(int helper) {
    HelperProto row = Helpers.byId(helper);
    givenUp = row == null || !row.args().isEmpty();
    return random.nextLong();
  }
}
