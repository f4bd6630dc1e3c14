package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.Types;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.Proof.Memory;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes stores of constants that lie side by side as fewer and wider ones: clang clears a struct
 * byte by byte, and an unrolled array by every eighth, and the JVM's compiler leaves it at that.
 * Between the stores of a run nothing reads memory, and arithmetic may stand; all are written where
 * the first one is. What one insn stores is never torn apart.
 */
final class StoreRuns {
  private static final int[] WIDTHS = {8, 4, 2};

  private final Code code;
  private final Registers registers;
  private final Knowledge known;
  private final BitSet done = new BitSet();

  /** What to store: the lower {@code sizeBytes} bytes of {@code value}. */
  private record Store(int sizeBytes, long value) {}

  StoreRuns(Code code, Registers registers, Knowledge known) {
    this.code = code;
    this.registers = registers;
    this.known = known;
  }

  boolean mayBegin(int index) {
    return !known.checked() && isStore(known.insn(index));
  }

  /**
   * Writes the run of stores that begins at {@code from} and ends before {@code end}.
   *
   * @param end behind the last insn that is run whenever the one at {@code from} is
   */
  void write(int from, int end) {
    int base = known.insn(from).dst();
    Map<Integer, Store> stores = new TreeMap<>();
    BitSet members = new BitSet();
    Map<Integer, Integer> webs = new HashMap<>();
    for (int at = from; at < end && known.isReached(at); at += known.insn(at).isLdImm64() ? 2 : 1) {
      Op insn = known.insn(at);
      if (known.isDead(at)) {
        continue;
      }
      if (isStore(insn)) {
        if (!isConstantStore(at, base, webs) || !add(stores, insn, webs)) {
          break;
        }
        members.set(at);
      } else if (isArithmetic(insn) && insn.dst() != base) {
        webs.put(insn.dst(), registers.webDefinedBy(at));
      } else {
        break;
      }
    }
    if (stores.size() >= 2) {
      members.stream().forEach(code::insn);
      done.or(members);
      write(base, stores);
    }
  }

  /** Tells whether the insn at {@code index} was written with those before it. */
  boolean isDone(int index) {
    return done.get(index);
  }

  private void write(int base, Map<Integer, Store> stores) {
    int written = Integer.MIN_VALUE;
    for (int offset : stores.keySet()) {
      if (offset >= written) {
        Store store = widest(stores, offset);
        write(base, offset, store);
        written = offset + store.sizeBytes;
      }
    }
  }

  private static boolean isStore(Op insn) {
    int cls = insn.opcode() & 7;
    return cls == Opcodes.ST || cls == Opcodes.STX;
  }

  private static boolean isArithmetic(Op insn) {
    int cls = insn.opcode() & 7;
    return cls == Opcodes.ALU || cls == Opcodes.ALU64 || insn.isLdImm64();
  }

  private boolean isConstantStore(int at, int base, Map<Integer, Integer> webs) {
    Op insn = known.insn(at);
    boolean immediate = (insn.opcode() & 7) == Opcodes.ST;
    return (insn.opcode() & 0xe0) == Opcodes.MEM
        && known.proof().memory(at) == Memory.PLAIN
        && insn.dst() == base
        && (immediate || registers.types().isConstant(webOf(insn.src(), webs)));
  }

  /** Returns the web of a register, some of which were written since the run began. */
  private int webOf(int register, Map<Integer, Integer> webs) {
    Integer written = webs.get(register);
    return written == null ? registers.web(register) : written;
  }

  /** Adds a store unless it touches what another of the run does. */
  private boolean add(Map<Integer, Store> stores, Op insn, Map<Integer, Integer> webs) {
    int size = insn.sizeBytes();
    for (int offset = insn.off() - 7; offset < insn.off() + size; offset++) {
      Store other = stores.get(offset);
      if (other != null && offset + other.sizeBytes > insn.off()) {
        return false;
      }
    }
    boolean immediate = (insn.opcode() & 7) == Opcodes.ST;
    Types types = registers.types();
    long value = immediate ? insn.imm() : types.min(webOf(insn.src(), webs));
    stores.put(insn.off(), new Store(size, value));
    return true;
  }

  /** Returns the widest aligned store that whole ones from {@code offset} on make up. */
  private static Store widest(Map<Integer, Store> stores, int offset) {
    for (int width : WIDTHS) {
      long value = 0;
      int done = 0;
      Store next = stores.get(offset);
      while (next != null && done + next.sizeBytes <= width) {
        long mask = next.sizeBytes == 8 ? -1 : (1L << 8 * next.sizeBytes) - 1;
        value |= (next.value & mask) << 8 * done;
        done += next.sizeBytes;
        next = stores.get(offset + done);
      }
      if (done == width && offset % width == 0) {
        return new Store(width, value);
      }
    }
    return stores.get(offset);
  }

  private void write(int base, int offset, Store store) {
    code.beginAccess();
    registers.pushLong(base);
    code.add(offset);
    switch (store.sizeBytes) {
      case 8 -> code.push(store.value);
      case 4 -> code.push((int) store.value);
      case 2 -> code.push((short) store.value);
      default -> code.push((byte) store.value);
    }
    code.endStore(store.sizeBytes);
  }
}
