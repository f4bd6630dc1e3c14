package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A table in place of a tree of comparisons comes to the same leaf for every value. */
class SwitchTest {
  private static final int[] JUMPS = {
    Opcodes.JEQ,
    Opcodes.JNE,
    Opcodes.JGT,
    Opcodes.JGE,
    Opcodes.JLT,
    Opcodes.JLE,
    Opcodes.JSGT,
    Opcodes.JSLT
  };

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  @Test
  void everyValueComesToItsLeaf() {
    long memory = RawMemory.allocateZeroed(8);
    SplittableRandom random = new SplittableRandom(11);
    int tables = 0;
    for (int turn = 0; turn < 2_000; turn++) {
      List<Insn> insns = tree(random, turn);
      Trusted proof = Trusted.of("tree", insns);
      tables += compiler.listing(proof, null).contains("tableswitch") ? 1 : 0;
      try (Interpreter oracle = new Interpreter(proof);
          CompiledProgram program = compiler.compile(proof, null)) {
        for (int i = 0; i < 60; i++) {
          int value = i < 40 ? i : random.nextInt();
          RawMemory.putInt(memory, value);
          long want = oracle.run(Trusted.slot(), memory);
          long got = program.run(Trusted.slot(), memory);
          assertEquals(want, got, () -> value + " in " + insns);
        }
      }
    }
    int found = tables;
    assertTrue(found > 500, () -> "only " + found + " tables");
    RawMemory.free(memory);
  }

  /** Loads a word, perhaps cuts it, compares it up to ten times, each time forward. */
  private static List<Insn> tree(SplittableRandom random, int turn) {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(turn % 2 == 0 ? 0x61 : 0x71, 2, 1, 0, 0));
    if (turn % 3 == 0) {
      insns.add(new Insn(0x54, 2, 0, 0, (1 << 1 + random.nextInt(5)) - 1));
    }
    int nodes = 4 + random.nextInt(7);
    int leaves = 5;
    boolean wide = random.nextBoolean();
    boolean signed = turn % 5 == 0;
    for (int i = 0; i < nodes; i++) {
      int op = JUMPS[random.nextInt(signed ? JUMPS.length : JUMPS.length - 2)];
      int leaf = nodes - 1 - i + 2 * random.nextInt(leaves);
      int off = random.nextInt(3) == 0 && i < nodes - 1 ? random.nextInt(nodes - 1 - i) : leaf;
      insns.add(new Insn((wide ? 0x05 : 0x06) | op, 2, 0, off, random.nextInt(24)));
    }
    for (int i = 0; i < leaves; i++) {
      insns.add(new Insn(0xb7, 0, 0, 0, 100 + i));
      insns.add(new Insn(0x95, 0, 0, 0, 0));
    }
    return insns;
  }
}
