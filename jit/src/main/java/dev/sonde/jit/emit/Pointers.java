package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Which registers hold a pointer to a known map or function, followed within a block. */
final class Pointers {
  private static final int NONE = -1;

  private final Knowledge known;
  private final @Nullable BpfMap[] maps = new BpfMap[Op.MAX_REGISTERS];
  private final int[] functions = new int[Op.MAX_REGISTERS];

  Pointers(Knowledge known) {
    this.known = known;
  }

  void enterBlock() {
    Arrays.fill(maps, null);
    Arrays.fill(functions, NONE);
  }

  /** Goes behind the insn at {@code index}, which defines {@code register}. */
  void pass(int index, int register) {
    Op insn = known.insn(index);
    boolean copy =
        insn.opcode() == (Opcodes.ALU64 | Opcodes.MOV | Opcodes.X)
            && insn.off() == 0
            && insn.src() < Op.MAX_REGISTERS;
    boolean function = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
    maps[register] = copy ? maps[insn.src()] : known.mapOf(index);
    functions[register] = copy ? functions[insn.src()] : function ? known.target(index) : NONE;
  }

  @Nullable BpfMap map(int register) {
    return maps[register];
  }

  /** Returns the first insn of the function, or -1 when it is not known. */
  int function(int register) {
    return functions[register];
  }
}
