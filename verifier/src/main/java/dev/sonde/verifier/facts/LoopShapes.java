package dev.sonde.verifier.facts;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the loops of a program that have the shape of a counted one. */
final class LoopShapes {
  private final List<Insn> insns;
  private final FlowGraph graph;
  private final List<BitSet> bodies = new ArrayList<>(); // blocks, by loop
  private final List<int[]> edges = new ArrayList<>(); // latch and head, by loop

  private LoopShapes(List<Insn> insns, FlowGraph graph) {
    this.insns = insns;
    this.graph = graph;
  }

  /** Returns the counted loops; none where control flow is irreducible. */
  static List<LoopShape> find(List<Insn> insns, List<Integer> roots) {
    LoopShapes shapes = new LoopShapes(insns, new FlowGraph(insns, roots));
    return shapes.findLoops() ? shapes.counted() : List.of();
  }

  private boolean findLoops() {
    for (int from = 0; from < graph.blocks(); from++) {
      for (int to : graph.isReachable(from) ? graph.successors(from) : new int[0]) {
        if (!graph.isRetreating(from, to)) {
          continue;
        }
        if (!graph.dominates(to, from)) {
          return false;
        }
        edges.add(new int[] {from, to});
        bodies.add(body(from, to));
      }
    }
    return true;
  }

  /** Everything from which the latch is reached without passing the head. */
  private BitSet body(int latch, int head) {
    BitSet body = new BitSet();
    body.set(head);
    Deque<Integer> open = new ArrayDeque<>(List.of(latch));
    while (!open.isEmpty()) {
      int block = open.pop();
      if (!body.get(block) && graph.isReachable(block)) {
        body.set(block);
        open.addAll(graph.predecessors(block));
      }
    }
    return body;
  }

  private List<LoopShape> counted() {
    List<LoopShape> counted = new ArrayList<>();
    for (int loop = 0; loop < edges.size(); loop++) {
      if (hasOwnHead(loop)) {
        findCounter(loop, counted);
      }
    }
    return counted;
  }

  private boolean hasOwnHead(int loop) {
    int head = edges.get(loop)[1];
    return edges.stream().filter(edge -> edge[1] == head).count() == 1;
  }

  private void findCounter(int loop, List<LoopShape> counted) {
    BitSet body = bodies.get(loop);
    for (int block = body.nextSetBit(0); block >= 0; block = body.nextSetBit(block + 1)) {
      int test = graph.lastInsn(block);
      int[] next = FlowGraph.next(insns, test);
      if (next.length != 2 || JumpOp.of(insns.get(test).opcode()) == null) {
        continue;
      }
      boolean fallsOut = !body.get(graph.blockOf(next[0]));
      boolean jumpsOut = !body.get(graph.blockOf(next[1]));
      if (fallsOut != jumpsOut && runsOncePerTurn(block, loop)) {
        LoopShape shape = withCounter(loop, test, fallsOut);
        if (shape != null) {
          counted.add(shape);
          return;
        }
      }
    }
  }

  /** On every way around the loop, and in no loop inside it. */
  private boolean runsOncePerTurn(int block, int loop) {
    if (!graph.dominates(block, edges.get(loop)[0])) {
      return false;
    }
    BitSet body = bodies.get(loop);
    for (int other = 0; other < bodies.size(); other++) {
      boolean inner = other != loop && body.get(edges.get(other)[1]);
      if (inner && bodies.get(other).get(block)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable LoopShape withCounter(int loop, int test, boolean staysIfTaken) {
    Insn jump = insns.get(test);
    BitSet inside = insnsOf(bodies.get(loop));
    boolean againstRegister = (jump.opcode() & Opcodes.X) != 0;
    int step = onlyDefinition(inside, jump.dst());
    if (step < 0
        || againstRegister && (jump.src() == jump.dst() || isDefined(inside, jump.src()))
        || !isStep(insns.get(step))
        || !runsOncePerTurn(graph.blockOf(step), loop)) {
      return null;
    }
    int stepBlock = graph.blockOf(step);
    int testBlock = graph.blockOf(test);
    boolean stepsFirst = stepBlock == testBlock || graph.dominates(stepBlock, testBlock);
    if (!stepsFirst && !graph.dominates(testBlock, stepBlock)) {
      return null;
    }
    return new LoopShape(
        graph.firstInsn(edges.get(loop)[1]),
        graph.lastInsn(edges.get(loop)[0]),
        test,
        staysIfTaken,
        jump.dst(),
        step,
        (insns.get(step).opcode() & 0xf0) == Opcodes.SUB
            ? -insns.get(step).imm()
            : insns.get(step).imm(),
        stepsFirst,
        inside);
  }

  private BitSet insnsOf(BitSet body) {
    BitSet inside = new BitSet();
    body.stream().forEach(block -> inside.set(graph.firstInsn(block), graph.lastInsn(block) + 1));
    return inside;
  }

  private static boolean isStep(Insn insn) {
    int cls = insn.opcode() & 7;
    int operation = insn.opcode() & 0xf0;
    return (cls == Opcodes.ALU || cls == Opcodes.ALU64)
        && (insn.opcode() & Opcodes.X) == 0
        && (operation == Opcodes.ADD || operation == Opcodes.SUB)
        && insn.imm() != 0
        && insn.imm() != Integer.MIN_VALUE;
  }

  private boolean isDefined(BitSet inside, int register) {
    return inside.stream().anyMatch(at -> defines(insns.get(at), register));
  }

  /** Returns the one insn that defines {@code register}, or -1 if there is none or more. */
  private int onlyDefinition(BitSet inside, int register) {
    int[] definitions = inside.stream().filter(at -> defines(insns.get(at), register)).toArray();
    return definitions.length == 1 ? definitions[0] : -1;
  }

  /** Tells whether {@code insn} changes {@code register}; calls lose r0 to r5. */
  static boolean defines(Insn insn, int register) {
    int opcode = insn.opcode();
    return switch (opcode & 7) {
      case Opcodes.ALU, Opcodes.ALU64, Opcodes.LDX -> insn.dst() == register;
      case Opcodes.LD ->
          opcode == 0
              ? false // the second slot of an lddw
              : insn.isLdImm64() ? insn.dst() == register : register <= 5;
      case Opcodes.STX ->
          (opcode & 0xe0) == Opcodes.ATOMIC
              && (insn.src() == register && (insn.imm() & Opcodes.FETCH) != 0
                  || insn.imm() == Opcodes.CMPXCHG && register == 0
                  || insn.imm() == Opcodes.LOAD_ACQ && insn.dst() == register);
      case Opcodes.JMP -> (opcode & 0xf0) == Opcodes.CALL_OP && register <= 5;
      default -> false;
    };
  }
}
