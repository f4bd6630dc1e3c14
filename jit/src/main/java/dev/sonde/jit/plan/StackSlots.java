package dev.sonde.jit.plan;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.ArrayMap;
import dev.sonde.vm.map.PercpuArrayMap;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of the stack that are kept in locals: those that only loads and stores of their own
 * function touch, always the same bytes at once. Nobody then can tell that they are not in memory.
 */
final class StackSlots {
  /** Arrays are looked up by a u32. */
  private static final int KEY_BYTES = 4;

  private final List<Insn> insns;
  private final ProgramFacts facts;
  private final Map<Integer, List<StackSlot>> byFunction = new TreeMap<>();
  private final List<Op> ops;

  StackSlots(List<Insn> insns, ProgramFacts facts) {
    this.insns = insns;
    this.facts = facts;
    this.ops = new ArrayList<>(insns.stream().map(Op::of).toList());
    facts.subprograms().forEach(this::replace);
  }

  /** Returns the insns, with moves in place of accesses. */
  List<Op> ops() {
    return ops;
  }

  /** Returns the slots of the function that begins at {@code entry}, by register. */
  List<StackSlot> of(int entry) {
    return byFunction.getOrDefault(entry, List.of());
  }

  private void replace(Subprogram function) {
    List<StackSlot> slots = find(function);
    byFunction.put(function.firstInsn(), slots);
    for (int at = function.firstInsn(); at < function.endInsn(); at++) {
      if (isLookup(at) && facts.calls().get(at).keyConstant() != null) {
        ops.set(at, Op.lookup(insns.get(at), -1));
        continue;
      }
      StackSlot slot = slotAt(at);
      int index = slot == null ? -1 : indexOf(slots, slot);
      if (index >= 0) {
        int register = Opcodes.REGISTERS + index;
        ops.set(at, inPlaceOf(insns.get(at), register, slots.get(index).sizeBytes()));
      }
    }
  }

  private static Op inPlaceOf(Insn insn, int register, int sizeBytes) {
    return switch (insn.opcode() & 7) {
      case Opcodes.LDX -> Op.load(insn, register, sizeBytes);
      case Opcodes.JMP -> Op.lookup(insn, register);
      default -> Op.store(insn, register, sizeBytes);
    };
  }

  /** Tells whether the insn looks up in an array that is known: by arithmetic on the key. */
  private boolean isLookup(int at) {
    Insn insn = insns.get(at);
    boolean lookup =
        insn.opcode() == Opcodes.CALL && insn.src() == 0 && insn.imm() == Helpers.MAP_LOOKUP_ELEM;
    ProgramFacts.Call call = lookup ? facts.calls().get(at) : null;
    return call != null && (call.map() instanceof ArrayMap || call.map() instanceof PercpuArrayMap);
  }

  private static int indexOf(List<StackSlot> slots, StackSlot slot) {
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).offsetBytes() == slot.offsetBytes()) {
        return i;
      }
    }
    return -1;
  }

  private List<StackSlot> find(Subprogram function) {
    BitSet lost = (BitSet) function.sharedFrameBytes().clone();
    Map<Integer, StackSlot> found = new TreeMap<>();
    for (int at = function.firstInsn(); at < function.endInsn(); at++) {
      Access access = facts.accesses().get(at);
      if (access == null || !access.isOwnSlot()) {
        continue; // what it touches is among the shared bytes
      }
      if (isLookup(at) && facts.calls().get(at).keyConstant() != null) {
        continue; // nobody reads it
      }
      StackSlot slot = slotAt(at);
      if (slot == null) {
        lose(lost, access.offsetBytes(), 8); // an atomic, a key of one of several maps
        continue;
      }
      StackSlot old = found.putIfAbsent(slot.offsetBytes(), slot);
      if (old != null && old.sizeBytes() == slot.sizeBytes()) {
        found.put(
            slot.offsetBytes(),
            new StackSlot(slot.offsetBytes(), slot.sizeBytes(), old.accesses() + 1));
      } else if (old != null) {
        lose(lost, slot.offsetBytes(), Math.max(old.sizeBytes(), slot.sizeBytes()));
      }
    }
    loseOverlapping(found, lost);
    return found.values().stream()
        .filter(slot -> !isLost(lost, slot))
        .sorted((a, b) -> Integer.compare(b.accesses(), a.accesses()))
        .limit(Op.MAX_REGISTERS - Opcodes.REGISTERS)
        .toList();
  }

  private static void loseOverlapping(Map<Integer, StackSlot> found, BitSet lost) {
    int end = Integer.MIN_VALUE;
    int start = 0;
    for (StackSlot slot : found.values()) {
      if (slot.offsetBytes() < end) {
        lose(lost, start, Math.max(end, slot.offsetBytes() + slot.sizeBytes()) - start);
      } else {
        start = slot.offsetBytes();
      }
      end = Math.max(end, slot.offsetBytes() + slot.sizeBytes());
    }
  }

  private static void lose(BitSet lost, int offsetBytes, int sizeBytes) {
    int from = Opcodes.STACK_SIZE_BYTES + offsetBytes;
    lost.set(from, from + sizeBytes);
  }

  private static boolean isLost(BitSet lost, StackSlot slot) {
    int from = Opcodes.STACK_SIZE_BYTES + slot.offsetBytes();
    int next = lost.nextSetBit(from);
    return next >= 0 && next < from + slot.sizeBytes();
  }

  /** Returns the slot that a plain load or store, or the key of an array, touches, or null. */
  private @org.jspecify.annotations.Nullable StackSlot slotAt(int at) {
    Access access = facts.accesses().get(at);
    if (access == null || !access.isOwnSlot()) {
      return null;
    }
    Insn insn = insns.get(at);
    if (isLookup(at)) {
      return new StackSlot(access.offsetBytes(), KEY_BYTES, 1);
    }
    int cls = insn.opcode() & 7;
    boolean move = cls == Opcodes.LDX || cls == Opcodes.ST || cls == Opcodes.STX;
    boolean atomic = cls == Opcodes.STX && (insn.opcode() & 0xe0) == Opcodes.ATOMIC;
    return move && !atomic ? new StackSlot(access.offsetBytes(), Op.of(insn).sizeBytes(), 1) : null;
  }
}
