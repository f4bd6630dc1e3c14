package dev.sonde.jit.plan;

import dev.sonde.verifier.facts.ProgramFacts.Branch;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * The blocks of one function, in the order of their insns, without what the proof says is dead.
 * Jumps to a goto lead to where the goto leads.
 */
public final class FlowGraph {
  /** How many gotos in a row are followed; more are a loop of them, or nobody's code. */
  private static final int MAX_THREADED = 20;

  private static final int MAX_BLOCK_INSNS = 100;

  private final Knowledge known;
  private final BitSet visited = new BitSet();
  private final BitSet leaders = new BitSet();
  private final List<Block> blocks = new ArrayList<>();

  /**
   * Insns that are run one after the other.
   *
   * @param index which block of its function
   * @param first its first insn
   * @param last its last insn; a jump, if it ends with one
   * @param successors blocks; behind a conditional jump the one that is reached when it is not
   *     taken comes first. Empty at an exit and where the flow must not come (a trap)
   */
  public record Block(int index, int first, int last, int[] successors) {}

  private FlowGraph(Knowledge known) {
    this.known = known;
  }

  /**
   * Returns the graph of the function that begins at {@code entry}.
   *
   * @throws InvalidInsnException if a jump leaves the program
   */
  public static List<Block> of(Knowledge known, int entry) {
    FlowGraph graph = new FlowGraph(known);
    graph.visit(entry);
    graph.cut();
    return graph.blocks;
  }

  private void visit(int entry) {
    Deque<Integer> pending = new ArrayDeque<>();
    pending.add(entry);
    leaders.set(entry);
    while (!pending.isEmpty()) {
      int at = pending.pop();
      while (!visited.get(at)) {
        visited.set(at);
        int[] next = next(at);
        if (next.length == 0) {
          break;
        }
        if (endsBlock(at)) {
          for (int target : next) {
            leaders.set(target);
            pending.push(target);
          }
          break;
        }
        at = next[0];
      }
    }
  }

  /** A block must be shorter than a method may be. */
  private void bound() {
    for (int at = leaders.nextSetBit(0); at >= 0; at = leaders.nextSetBit(at + 1)) {
      int last = at;
      for (int length = 1; !endsBlock(last) && next(last).length == 1; length++) {
        last = next(last)[0];
        if (leaders.get(last)) {
          break;
        }
        if (length == MAX_BLOCK_INSNS) {
          leaders.set(last);
          break;
        }
      }
    }
  }

  private void cut() {
    bound();
    int[] blockOf = new int[known.size() + 1];
    List<int[]> bounds = new ArrayList<>();
    for (int at = leaders.nextSetBit(0); at >= 0; at = leaders.nextSetBit(at + 1)) {
      int last = at;
      while (!endsBlock(last) && next(last).length == 1 && !leaders.get(next(last)[0])) {
        last = next(last)[0];
      }
      blockOf[at] = bounds.size();
      bounds.add(new int[] {at, last});
    }
    for (int[] bound : bounds) {
      int[] targets = Arrays.stream(next(bound[1])).map(target -> blockOf[target]).toArray();
      blocks.add(new Block(blocks.size(), bound[0], bound[1], targets));
    }
  }

  private boolean endsBlock(int index) {
    Op insn = known.insn(index);
    int cls = insn.opcode() & 7;
    boolean jump = cls == Opcodes.JMP || cls == Opcodes.JMP32;
    boolean call = insn.opcode() == Opcodes.CALL || insn.opcode() == Opcodes.CALLX;
    return jump && !call || isTailCall(insn);
  }

  /** A tail call may end the function, so that the code behind it is a block of its own. */
  static boolean isTailCall(Op insn) {
    return insn.isHelperCall() && insn.imm() == Helpers.TAIL_CALL;
  }

  /** Returns the insns that may follow, as in {@link Block#successors}. */
  private int[] next(int index) {
    Op insn = known.insn(index);
    if (!known.isReached(index) || insn.opcode() == Opcodes.EXIT) {
      return new int[0];
    }
    int behind = index + (insn.isLdImm64() ? 2 : 1);
    boolean always = insn.opcode() == Opcodes.JMP || insn.opcode() == Opcodes.JMP32;
    if (always) {
      return new int[] {threaded(known.target(index))};
    }
    boolean conditional = JumpOp.of(insn.opcode()) != null || insn.opcode() == Opcodes.MAY_GOTO;
    if (!conditional) {
      return endsBlock(index) ? new int[] {threaded(behind)} : new int[] {inside(behind)};
    }
    int straight = threaded(behind);
    int taken = threaded(known.target(index));
    Branch branch = known.branch(index);
    if (branch == Branch.NONE && straight != taken) {
      return new int[] {straight, taken};
    }
    return new int[] {branch == Branch.NEVER ? straight : taken};
  }

  private int threaded(int target) {
    int at = inside(target);
    for (int i = 0; i < MAX_THREADED && known.isReached(at); i++) {
      int opcode = known.insn(at).opcode();
      if (opcode != Opcodes.JMP && opcode != Opcodes.JMP32) {
        break;
      }
      at = inside(known.target(at));
    }
    return at;
  }

  private int inside(int target) {
    if (target < 0 || target >= known.size()) {
      throw new InvalidInsnException(
          "program \"%s\": flow goes to insn %d, want 0 to %d"
              .formatted(known.proof().program().spec().name(), target, known.size() - 1));
    }
    return target;
  }
}
