package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.Types;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.Proof.Memory;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes stores of constants that stand in a row and lie side by side as fewer and wider ones:
 * clang clears a struct byte by byte, and the JVM's compiler leaves it at that. What one insn
 * stores is never torn apart.
 */
final class StoreRuns {
  private static final int[] WIDTHS = {8, 4, 2};

  private final Code code;
  private final Registers registers;
  private final Knowledge known;

  /** What to store: the lower {@code sizeBytes} bytes of {@code value}. */
  private record Store(int sizeBytes, long value) {}

  StoreRuns(Code code, Registers registers, Knowledge known) {
    this.code = code;
    this.registers = registers;
    this.known = known;
  }

  /**
   * Writes the run of stores that begins at {@code from} and ends before {@code end}.
   *
   * @return the insn behind the run; {@code from} itself where there is none of two or more
   */
  int write(int from, int end) {
    Map<Integer, Store> stores = new TreeMap<>();
    int base = known.insn(from).dst();
    int at = from;
    while (at < end && isConstantStore(at, base) && add(stores, known.insn(at))) {
      at++;
    }
    if (stores.size() < 2) {
      return from;
    }
    for (int i = from; i < at; i++) {
      code.insn(i);
    }
    int written = Integer.MIN_VALUE;
    for (int offset : stores.keySet()) {
      if (offset >= written) {
        Store store = widest(stores, offset);
        write(base, offset, store);
        written = offset + store.sizeBytes;
      }
    }
    return at;
  }

  private boolean isConstantStore(int at, int base) {
    Op insn = known.insn(at);
    int cls = insn.opcode() & 7;
    boolean store = cls == Opcodes.ST || cls == Opcodes.STX;
    boolean plain = store && (insn.opcode() & 0xe0) == Opcodes.MEM;
    return plain
        && !known.checked()
        && known.isReached(at)
        && known.proof().memory(at) == Memory.PLAIN
        && insn.dst() == base
        && (cls == Opcodes.ST || registers.types().isConstant(registers.web(insn.src())));
  }

  /** Adds a store unless it touches what another of the run does. */
  private boolean add(Map<Integer, Store> stores, Op insn) {
    int size = insn.sizeBytes();
    for (int offset = insn.off() - 7; offset < insn.off() + size; offset++) {
      Store other = stores.get(offset);
      if (other != null && offset + other.sizeBytes > insn.off()) {
        return false;
      }
    }
    boolean immediate = (insn.opcode() & 7) == Opcodes.ST;
    Types types = registers.types();
    long value = immediate ? insn.imm() : types.min(registers.web(insn.src()));
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
