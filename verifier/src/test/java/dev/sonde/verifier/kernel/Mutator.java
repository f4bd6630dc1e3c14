package dev.sonde.verifier.kernel;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small changes to real programs: most break a rule, some break none. */
final class Mutator {
  private static final int[] BOUNDARIES = {
    0,
    1,
    -1,
    2,
    7,
    8,
    63,
    64,
    255,
    256,
    4096,
    65535,
    65536,
    1 << 29,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE
  };
  private static final int[] ALU_CODES = {
    0x07, 0x0f, 0x17, 0x1f, 0x27, 0x47, 0x57, 0x5f, 0x67, 0x77, 0xa7, 0xbf, 0xb7, 0xc7, 0x04, 0x0c,
    0x14, 0x54, 0x64, 0x74, 0xbc, 0xb4, 0xc4, 0x37, 0x97, 0x3f
  };

  private final Random random;

  Mutator(Random random) {
    this.random = random;
  }

  List<Insn> mutate(List<Insn> insns) {
    List<Insn> mutant = new ArrayList<>(insns);
    int changes = random.nextInt(4) == 0 ? 2 : 1;
    for (int i = 0; i < changes; i++) {
      change(mutant, random.nextInt(mutant.size()));
    }
    return mutant;
  }

  /** Makes a conditional jump fall through always: deletes a guard. */
  List<Insn> weaken(List<Insn> insns) {
    List<Integer> guards = new ArrayList<>();
    for (int i = 0; i < insns.size(); i++) {
      int insnClass = insns.get(i).opcode() & 7;
      int op = insns.get(i).opcode() & 0xf0;
      boolean jumps = insnClass == Opcodes.JMP || insnClass == Opcodes.JMP32;
      if (jumps && op != Opcodes.JA && op != Opcodes.CALL_OP && op != Opcodes.EXIT_OP) {
        guards.add(i);
      }
    }
    List<Insn> weaker = new ArrayList<>(insns);
    if (!guards.isEmpty()) {
      int at = guards.get(random.nextInt(guards.size()));
      int off = random.nextBoolean() ? 0 : insns.get(at).off();
      weaker.set(at, new Insn(Opcodes.JMP, 0, 0, off, 0));
    }
    return weaker;
  }

  private void change(List<Insn> insns, int i) {
    Insn insn = insns.get(i);
    int boundary = BOUNDARIES[random.nextInt(BOUNDARIES.length)];
    Insn changed =
        switch (random.nextInt(10)) {
          case 0 -> with(insn, insn.opcode(), random.nextInt(11), insn.src(), insn.off());
          case 1 -> with(insn, insn.opcode(), insn.dst(), random.nextInt(11), insn.off());
          case 2 -> {
            int off = insn.off() + random.nextInt(17) - 8;
            yield with(insn, insn.opcode(), insn.dst(), insn.src(), (short) off);
          }
          case 3 -> insn.withImm(boundary);
          case 4 -> insn.withImm(insn.imm() + random.nextInt(17) - 8);
          case 5 -> new Insn(Opcodes.ALU64 | Opcodes.MOV, random.nextInt(10), 0, 0, boundary);
          case 6 -> {
            int code = ALU_CODES[random.nextInt(ALU_CODES.length)];
            boolean register = (code & Opcodes.X) != 0;
            int src = register ? random.nextInt(11) : 0;
            yield new Insn(code, random.nextInt(10), src, 0, register ? 0 : boundary & 31);
          }
          case 7 -> with(insn, insn.opcode() ^ 8, insn.dst(), insn.src(), insn.off());
          case 8 ->
              with(
                  insn,
                  insn.opcode() ^ 0x10 << random.nextInt(4),
                  insn.dst(),
                  insn.src(),
                  insn.off());
          default -> insns.get(random.nextInt(insns.size()));
        };
    insns.set(i, changed);
  }

  private static Insn with(Insn insn, int opcode, int dst, int src, int off) {
    return new Insn(opcode & 0xff, dst, src, off, insn.imm());
  }
}
