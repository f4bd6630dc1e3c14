package dev.sonde.verifier.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Which loops count in code that was drawn by lot: jumps from anywhere to anywhere, so that loops
 * share heads, enter each other and are left from their middle, and registers that are changed by
 * insns of every kind. A line of the file is for a hundred programs: the first one's number, how
 * many loops have a shape, a check sum of the shapes and of what dominates what.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew.
 */
class DrawnLoopShapesTest {
  private static final Path FILE = Path.of("src/test/resources/facts/drawn-shapes.txt");
  private static final int PROGRAMS = 10_000;
  private static final int IN_A_LINE = 100;

  private int shapes;

  @Test
  void theShapesAreThoseRecorded() throws IOException {
    boolean records = Boolean.getBoolean("sonde.record");
    List<String> recorded = records ? List.of() : Files.readAllLines(FILE);
    List<String> lines = new ArrayList<>();
    int all = 0;
    for (int first = 0; first < PROGRAMS; first += IN_A_LINE) {
      String line = line(first);
      if (!records) {
        assertEquals(recorded.get(lines.size()), line, "-Dsonde.record=true records what is meant");
      }
      lines.add(line);
      all += shapes;
    }
    if (records) {
      Files.createDirectories(FILE.getParent());
      Files.write(FILE, lines);
    }
    assertTrue(all > PROGRAMS / 50, all + " loops count");
  }

  private String line(int first) {
    shapes = 0;
    CRC32 sum = new CRC32();
    for (int seed = first; seed < first + IN_A_LINE; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Insn> insns = program(random);
      sum.update((dominators(insns) + found(insns)).getBytes(StandardCharsets.UTF_8));
    }
    return "%d %d %08x".formatted(first, shapes, sum.getValue());
  }

  private String found(List<Insn> insns) {
    List<LoopShape> found = LoopShapes.find(insns, List.of(0));
    shapes += found.size();
    return found.toString();
  }

  private static String dominators(List<Insn> insns) {
    FlowGraph graph = new FlowGraph(insns, List.of(0));
    StringBuilder out = new StringBuilder();
    for (int block = 0; block < graph.blocks(); block++) {
      out.append(graph.firstInsn(block)).append(graph.isReachable(block) ? "+" : "-");
      for (int other = 0; other < graph.blocks(); other++) {
        boolean both = graph.isReachable(block) && graph.isReachable(other);
        out.append(both && graph.dominates(other, block) ? "d" : ".");
        out.append(both && graph.isRetreating(other, block) ? "r" : ".");
      }
    }
    return out.toString();
  }

  private static List<Insn> program(SplittableRandom random) {
    int length = random.nextInt(5, 15);
    List<Insn> insns = new ArrayList<>();
    while (insns.size() < length) {
      int at = insns.size();
      if (random.nextInt(12) == 0 && at + 2 < length) {
        insns.add(new Insn(Opcodes.LD_IMM64, register(random), 0, 0, 1));
        insns.add(new Insn(0, 0, 0, 0, 0));
      } else {
        insns.add(insn(random));
      }
    }
    insns.add(new Insn(Opcodes.EXIT, 0, 0, 0, 0));
    return landing(insns, random);
  }

  /** Jumps land on no second slot of an lddw. */
  private static List<Insn> landing(List<Insn> insns, SplittableRandom random) {
    List<Insn> landing = new ArrayList<>();
    for (int at = 0; at < insns.size(); at++) {
      Insn insn = insns.get(at);
      boolean jumps = (insn.opcode() & 7) == Opcodes.JMP || (insn.opcode() & 7) == Opcodes.JMP32;
      int operation = insn.opcode() & 0xf0;
      if (jumps && operation != Opcodes.CALL_OP && operation != Opcodes.EXIT_OP) {
        int to = random.nextInt(insns.size());
        to -= insns.get(to).opcode() == 0 ? 1 : 0;
        landing.add(new Insn(insn.opcode(), insn.dst(), insn.src(), to - at - 1, insn.imm()));
      } else {
        landing.add(insn);
      }
    }
    return landing;
  }

  private static int register(SplittableRandom random) {
    return random.nextInt(10) == 0 ? random.nextInt(10) : 5 + random.nextInt(3);
  }

  private static Insn insn(SplittableRandom random) {
    int register = register(random);
    int wide = random.nextInt(4) == 0 ? Opcodes.ALU : Opcodes.ALU64;
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> new Insn(wide | Opcodes.ADD, register, 0, 0, random.nextInt(-1, 3));
      case 3 -> new Insn(wide | Opcodes.SUB, register, 0, 0, random.nextInt(1, 3));
      case 4 -> new Insn(wide | Opcodes.MOV, register, 0, 0, 1);
      case 5 -> new Insn(wide | Opcodes.ADD | Opcodes.X, register, register(random), 0, 0);
      case 6 -> memory(random, register);
      case 7 -> new Insn(Opcodes.CALL, 0, 0, 0, 7);
      case 8 -> new Insn(Opcodes.JMP, 0, 0, 0, 0);
      case 9 -> new Insn(random.nextBoolean() ? Opcodes.MAY_GOTO : Opcodes.EXIT, 0, 0, 0, 0);
      default -> test(random, register);
    };
  }

  private static Insn memory(SplittableRandom random, int register) {
    int[] atomics = {Opcodes.ADD, Opcodes.ADD | Opcodes.FETCH, Opcodes.CMPXCHG, Opcodes.LOAD_ACQ};
    return switch (random.nextInt(3)) {
      case 0 -> new Insn(Opcodes.LDX | Opcodes.MEM | Opcodes.W, register, 10, -8, 0);
      case 1 -> new Insn(Opcodes.LD | Opcodes.ABS | Opcodes.W, 0, 0, 0, 4);
      default ->
          new Insn(
              Opcodes.STX | Opcodes.ATOMIC | Opcodes.DW,
              register(random),
              register,
              -8,
              atomics[random.nextInt(atomics.length)]);
    };
  }

  private static Insn test(SplittableRandom random, int register) {
    JumpOp[] operations = JumpOp.values();
    int operation = operations[random.nextInt(operations.length)].code();
    int cls = random.nextInt(4) == 0 ? Opcodes.JMP32 : Opcodes.JMP;
    return random.nextInt(4) == 0
        ? new Insn(cls | operation | Opcodes.X, register, register(random), 0, 0)
        : new Insn(cls | operation, register, 0, 0, random.nextInt(9));
  }
}
