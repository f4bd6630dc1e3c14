package dev.sonde.jit.emit;

import dev.sonde.jit.emit.SplitEmitter.Region;
import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.jit.plan.FunctionPlan;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * The ways into and out of a region's method: registers come from the window at an entry, and go
 * there before the method answers where to go on.
 */
final class RegionDoors {
  /** Locals of the frame's and the window's address; behind them the fields of the context. */
  static final int FRAME = 1;

  static final int WINDOW = 3;
  static final int FIELDS = 5;

  private final Code code;
  private final FunctionPlan function;
  private final Region region;
  private final Registers registers;
  private final Map<Integer, Label> exits = new TreeMap<>();

  RegionDoors(Code code, FunctionPlan function, Region region, Registers registers) {
    this.code = code;
    this.function = function;
    this.region = region;
    this.registers = registers;
  }

  /** Returns the parameter that names the entry. */
  static int entryLocal(ContextFields context) {
    return FIELDS + context.locals();
  }

  /**
   * Goes to the entry that the caller named, with the registers from the window.
   *
   * @param labels of the blocks
   * @param targets the blocks that are jumped to, to which the entries are added
   */
  void enter(int entryLocal, Label[] labels, BitSet targets) {
    List<Integer> own = region.ownEntries();
    Label[] stubs = new Label[own.size()];
    for (int i = 0; i < stubs.length; i++) {
      stubs[i] = new Label();
      targets.set(own.get(i));
    }
    int first = region.entries().get(own.get(0));
    code.load(Opcodes.ILOAD, entryLocal);
    code.tableSwitch(first, stubs[0], stubs);
    for (int i = 0; i < stubs.length; i++) {
      Block block = function.blocks().get(own.get(i));
      code.label(stubs[i]);
      code.frame(registers.emptyFrame());
      registers.restore(block, WINDOW);
      code.jump(Opcodes.GOTO, labels[block.index()]);
    }
  }

  /** Returns the way to a block of another region. */
  Label exit(int block) {
    return exits.computeIfAbsent(block, b -> new Label());
  }

  /** Writes what leads out, behind all blocks. */
  void writeExits() {
    exits.forEach(this::leave);
  }

  private void leave(int block, Label stub) {
    code.separate();
    code.label(stub);
    code.frame(registers.frameOf(function.blocks().get(block)));
    registers.save(function.blocks().get(block), WINDOW);
    code.push((int) region.entries().get(block));
    code.op(Opcodes.IRETURN);
  }

  /** Ends the function with the long on the stack, which is left in the window. */
  void returnLong() {
    code.load(Opcodes.LLOAD, WINDOW);
    code.call(Windows.class, "end", "(JJ)I");
    code.op(Opcodes.IRETURN);
  }
}
