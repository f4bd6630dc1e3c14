package dev.sonde.verifier.witness;

import dev.sonde.verifier.domain.Concrete;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether what a machine holds is one of the things that a state of the verifier stands for. */
final class Containment {
  private static final Concrete CONCRETE = new Concrete(64);
  private static final long PAGE = 1L << 20;

  private final ResolvedProgram program;
  private final Machine machine;
  private int[] ids = new int[16]; // seen so far, and the number that each stands for
  private long[] numbers = new long[16];
  private int seen;
  private boolean explains;
  private int lockId; // of the value whose lock is held, 0: none
  private int base; // frames of the machine that the state knows nothing of

  Containment(ResolvedProgram program, Machine machine) {
    this.program = program;
    this.machine = machine;
  }

  /** Tells whether {@code state} contains the machine. */
  boolean contains(State state) {
    explains = false;
    return mismatch(state) == null;
  }

  /** Says what of the machine does not fit {@code state}. */
  String explain(State state) {
    explains = true;
    return String.valueOf(mismatch(state));
  }

  private @Nullable String mismatch(State state) {
    List<Machine.Frame> frames = machine.frames;
    base = frames.size() - state.depth(); // a global function is proved without its callers
    boolean entered = base > 0 && state.frame(0).subprogram() != 0;
    if (base != 0 && !entered) {
      return "%d frames, state has %d".formatted(frames.size(), state.depth());
    }
    if (base == 0 && state.references().size() < machine.memory.liveRecords()) {
      return !explains
          ? ""
          : "%d records held, state has %s"
              .formatted(machine.memory.liveRecords(), state.references());
    }
    Memory.Block locked = machine.fields.locked();
    if (state.lockId() != 0 != (locked != null)) {
      return "a lock is held: %s, state has %d".formatted(locked != null, state.lockId());
    }
    lockId = locked == null ? 0 : state.lockId();
    seen = 0;
    for (int f = 0; f < state.depth(); f++) {
      String mismatch = mismatch(f, state.frame(f), frames.get(base + f));
      if (mismatch != null) {
        return mismatch;
      }
    }
    return null;
  }

  private @Nullable String mismatch(int number, Frame frame, Machine.Frame actual) {
    for (int register = 0; register <= 10; register++) {
      if (!holds(frame.reg(register), actual.registers[register])) {
        return !explains
            ? ""
            : "frame %d: r%d = 0x%x, state has %s"
                .formatted(number, register, actual.registers[register], frame.reg(register));
      }
    }
    for (int slot = 0; slot < frame.slots(); slot++) {
      if (!holds(frame, slot, actual)) {
        return !explains
            ? ""
            : "frame %d: slot %d = 0x%x, state has %s"
                .formatted(
                    number, slot, actual.stack.bytes.getLong(offset(slot)), frame.spill(slot));
      }
    }
    return null;
  }

  private static int offset(int slot) {
    return 512 - Frame.SLOT_BYTES * (slot + 1);
  }

  private boolean holds(Frame frame, int slot, Machine.Frame actual) {
    int spilled = 0;
    for (int at = 0; at < Frame.SLOT_BYTES; at++) {
      byte type = frame.type(slot * Frame.SLOT_BYTES + at);
      byte content = actual.stack.bytes.get(offset(slot) + Frame.SLOT_BYTES - 1 - at);
      if (type == Frame.ZERO && content != 0) {
        return false;
      }
      spilled += type == Frame.SPILL ? 1 : 0;
    }
    if (spilled == 0) {
      return true;
    }
    long whole = actual.stack.bytes.getLong(offset(slot));
    Reg reg = frame.spill(slot);
    if (spilled == Frame.SLOT_BYTES) {
      return holds(reg, whole);
    }
    long low = Concrete.unsigned(whole, spilled * 8);
    return CONCRETE.isIn(ScalarDomain.LINUX.zeroExtend(reg.var(), spilled * 8), low);
  }

  private boolean holds(Reg reg, long value) {
    boolean isNull = reg.maybeNull() && value == 0;
    boolean fits =
        switch (reg.kind()) {
          case SCALAR -> CONCRETE.isIn(reg.var(), value);
          case STACK -> isAt(reg, value, machine.frames.get(base + reg.extra()).top());
          case CTX -> isAt(reg, value, machine.context.base);
          case MAP_KEY -> isIn(reg, value, Region.MAP_KEY, reg.spec().keySizeBytes());
          case MAP_PTR -> value == MapStore.handle(index(reg.knownMap()));
          case MAP_VALUE ->
              isNull || isIn(reg, value, Region.MAP_VALUE, reg.spec().valueSizeBytes());
          case MEM ->
              isNull
                  || (reg.has(Reg.RINGBUF)
                      ? isIn(reg, value, Region.RINGBUF_MEM, reg.extra())
                      : isPiece(reg, value));
          case PACKET, PACKET_META -> isInPacket(reg, value);
          case PACKET_END -> value == packet().end();
          default -> true;
        };
    return fits && isLockedOne(reg, value) && sameAsOthers(reg, value);
  }

  /** The value that the lock's id names is the one that is locked. */
  private boolean isLockedOne(Reg reg, long value) {
    boolean named = reg.kind() == RegKind.MAP_VALUE && lockId > 0 && reg.id() == lockId;
    return !named || machine.memory.blockAt(value - reg.off() & -PAGE) == machine.fields.locked();
  }

  private Packet packet() {
    return java.util.Objects.requireNonNull(machine.packet);
  }

  /** The bytes that were proved, from before the fixed offset, lie before the end. */
  private boolean isInPacket(Reg reg, long value) {
    boolean meta = reg.kind() == RegKind.PACKET_META;
    long start = meta ? packet().meta() : packet().data();
    long end = meta ? packet().data() : packet().end();
    long moved = value - reg.off();
    boolean where =
        switch (reg.extra()) {
          case -1 -> value >= end;
          case -2 -> value > end;
          default -> reg.extra() == 0 || moved + reg.extra() <= end;
        };
    return where && CONCRETE.isIn(reg.var(), moved - start);
  }

  private int index(@Nullable BpfMap map) {
    return program.maps().indexOf(map);
  }

  private static boolean isAt(Reg reg, long value, long base) {
    return CONCRETE.isIn(reg.var(), value - base - reg.off());
  }

  private boolean isIn(Reg reg, long value, Region region, int sizeBytes) {
    if (reg.var().smin() < 0 || reg.var().smax() >= PAGE) {
      return true; // too far for an address to name its block
    }
    long base = value - reg.off() & -PAGE;
    Memory.Block block = machine.memory.blockAt(base);
    return block != null
        && block.alive
        && block.region == region
        && block.sizeBytes() == sizeBytes
        && isAt(reg, value, base);
  }

  /** Memory that is part of something larger: it need only be there. */
  private boolean isPiece(Reg reg, long value) {
    if (reg.var().smin() < 0 || reg.var().smax() >= PAGE || !reg.var().isConstant()) {
      return true;
    }
    long start = value - reg.off() - reg.var().value();
    Memory.Block block = machine.memory.blockAt(start & -PAGE);
    return block != null && block.alive && start - block.base + reg.extra() <= block.sizeBytes();
  }

  /** Registers of one id are the same number, or for pointers null together. */
  private boolean sameAsOthers(Reg reg, long value) {
    if (reg.id() == 0 || reg.kind() == RegKind.NOT_INIT) {
      return true;
    }
    long shared =
        reg.isScalar()
            ? linkedNumber(reg, value)
            : reg.kind().isPacket() ? value - reg.off() : value == 0 ? 0 : 1;
    int id = reg.baseId();
    for (int i = 0; i < seen; i++) {
      if (ids[i] == id) {
        return numbers[i] == shared;
      }
    }
    if (seen == ids.length) {
      ids = Arrays.copyOf(ids, seen * 2);
      numbers = Arrays.copyOf(numbers, seen * 2);
    }
    ids[seen] = id;
    numbers[seen++] = shared;
    return true;
  }

  /** Returns the number that the id of a scalar stands for. */
  private static long linkedNumber(Reg reg, long value) {
    return switch (reg.distance()) {
      case Reg.ADD_CONST -> value - reg.off();
      case Reg.ADD_CONST32 -> Concrete.unsigned(value - reg.off(), 32);
      default -> reg.has(Reg.SHIFTED) ? value >>> 32 : value;
    };
  }
}
