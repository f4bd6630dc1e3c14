package dev.sonde.verifier.explore;

import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Traces a scalar that decided something back to where it came from, and marks it in every
 * checkpoint on the way ({@code mark_chain_precision}, Linux 6.18): V-174.
 */
final class Precision {
  private final List<Insn> insns;
  private final int[] regs = new int[Opcodes.MAX_CALL_FRAMES];
  private final long[] slots = new long[Opcodes.MAX_CALL_FRAMES];

  Precision(List<Insn> insns) {
    this.insns = insns;
  }

  void register(int frame, int reg) {
    regs[frame] |= 1 << reg;
  }

  void slot(int frame, int slot) {
    slots[frame] |= 1L << slot;
  }

  /**
   * Marks what was asked for by {@link #register} and {@link #slot}.
   *
   * @param from the last insn whose effect is to be undone
   * @param next the frame in which the insn after {@code from} runs
   */
  void trace(@Nullable History from, @Nullable Checkpoint parent, int next) {
    Checkpoint at = parent;
    History node = from;
    int frameAfter = next;
    while (!isEmpty()) {
      if (node != null) {
        undo(node, frameAfter);
        frameAfter = node.frame;
        node = node.before;
      } else if (at != null) {
        mark(at);
        node = at.history;
        at = at.parent;
      } else {
        clear(); // the rest came with the entry
      }
    }
  }

  private boolean isEmpty() {
    for (int f = 0; f < regs.length; f++) {
      if (regs[f] != 0 || slots[f] != 0) {
        return false;
      }
    }
    return true;
  }

  private void clear() {
    java.util.Arrays.fill(regs, 0);
    java.util.Arrays.fill(slots, 0);
  }

  /** Marks in {@code at} what is a scalar there; what is marked already was traced before. */
  private void mark(Checkpoint at) {
    State state = at.state;
    for (int f = 0; f < state.depth(); f++) {
      Frame frame = state.frame(f);
      for (int r = 0; r < 10; r++) {
        if (!frame.reg(r).isScalar() || at.isPrecise(f, r)) {
          take(f, r);
        }
      }
      for (long bits = slots[f]; bits != 0; bits &= bits - 1) {
        int slot = Long.numberOfTrailingZeros(bits);
        boolean scalar = frame.isSpill(slot) && frame.spill(slot).isScalar();
        if (!scalar || at.isSlotPrecise(f, slot)) {
          slots[f] &= ~(1L << slot);
        }
      }
      at.preciseRegs[f] |= regs[f];
      at.preciseSlots[f] |= slots[f];
    }
  }

  // ---- one insn back
  // -------------------------------------------------------------------------------

  private void undo(History node, int frameAfter) {
    unite(node);
    undoInsn(node, insns.get(node.insn), frameAfter);
    unite(node);
  }

  /** What a branch refined together is needed together. */
  private void unite(History node) {
    boolean needed = false;
    for (int place : node.linked) {
      needed |= isSet(place);
    }
    if (needed) {
      for (int place : node.linked) {
        set(place);
      }
    }
  }

  private static boolean isSlot(int place) {
    return place >> 16 != 0;
  }

  private boolean isSet(int place) {
    int f = place >> 8 & 0xff;
    int index = place & 0xff;
    return isSlot(place) ? (slots[f] & 1L << index) != 0 : (regs[f] & 1 << index) != 0;
  }

  private void set(int place) {
    if (isSlot(place)) {
      slot(place >> 8 & 0xff, place & 0xff);
    } else {
      register(place >> 8 & 0xff, place & 0xff);
    }
  }

  private void undoInsn(History node, Insn insn, int frameAfter) {
    int f = node.frame;
    switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> undoAlu(f, insn);
      case Opcodes.LDX -> {
        if (take(f, insn.dst())) {
          takeFromSlot(node);
        }
      }
      case Opcodes.ST, Opcodes.STX -> undoStore(node, f, insn);
      case Opcodes.LD -> take(f, insn.isLdImm64() ? insn.dst() : 0);
      default -> undoJump(node, insn, frameAfter);
    }
  }

  /** Forgets the register; returns whether it was asked for. */
  private boolean take(int frame, int reg) {
    boolean set = (regs[frame] & 1 << reg) != 0;
    regs[frame] &= ~(1 << reg);
    return set;
  }

  private void takeFromSlot(History node) {
    if (node.slot != History.NO_SLOT) {
      slot(node.slot >> 8, node.slot & 0xff);
    }
  }

  private void undoAlu(int f, Insn insn) {
    int op = insn.opcode() & 0xf0;
    boolean register = (insn.opcode() & Opcodes.X) != 0 && op != Opcodes.END;
    if ((regs[f] & 1 << insn.dst()) == 0) {
      return;
    }
    if (op == Opcodes.MOV) {
      take(f, insn.dst());
    }
    if (register && insn.src() != Opcodes.FRAME_POINTER) {
      register(f, insn.src());
    }
  }

  private void undoStore(History node, int f, Insn insn) {
    boolean atomic = (insn.opcode() & 7) == Opcodes.STX && (insn.opcode() & 0xe0) == Opcodes.ATOMIC;
    if (atomic && insn.imm() != Opcodes.STORE_REL) {
      int result = resultOf(insn);
      if (result >= 0 && take(f, result)) {
        takeFromSlot(node);
      }
      return;
    }
    if (node.slot == History.NO_SLOT) {
      return;
    }
    int frame = node.slot >> 8;
    long bit = 1L << (node.slot & 0xff);
    if ((slots[frame] & bit) != 0) {
      slots[frame] &= ~bit;
      if ((insn.opcode() & 7) == Opcodes.STX) {
        register(f, insn.src());
      }
    }
  }

  private static int resultOf(Insn insn) {
    if (insn.imm() == Opcodes.LOAD_ACQ) {
      return insn.dst();
    }
    if ((insn.imm() & Opcodes.FETCH) == 0) {
      return -1;
    }
    return insn.imm() == Opcodes.CMPXCHG ? 0 : insn.src();
  }

  private void undoJump(History node, Insn insn, int frameAfter) {
    int f = node.frame;
    if (insn.opcode() == Opcodes.EXIT) {
      boolean result = frameAfter < f && !node.inCallback && take(frameAfter, 0);
      if (result) {
        register(f, 0);
      }
      return;
    }
    if (insn.opcode() == Opcodes.CALL) {
      undoCall(insn, f, frameAfter);
      return;
    }
    boolean compares = (insn.opcode() & Opcodes.X) != 0;
    int both = 1 << insn.dst() | 1 << insn.src();
    if (compares && (regs[f] & both) != 0) {
      regs[f] |= both & 0x3ff;
    }
  }

  private void undoCall(Insn insn, int f, int frameAfter) {
    if (frameAfter <= f) {
      regs[f] &= ~0x3f; // what the call left in r0 came from nowhere
      return;
    }
    int arguments = regs[frameAfter] & 0b111110;
    regs[frameAfter] = 0;
    slots[frameAfter] = 0;
    if (insn.isPseudoCall()) {
      regs[f] |= arguments;
    } else {
      int context = insn.imm() == Helpers.LOOP ? 2 : 4; // where a callback finds its context
      if ((arguments & 1 << context) != 0) {
        register(f, 3);
      }
    }
  }
}
