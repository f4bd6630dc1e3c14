package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FlowGraph;
import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.References;
import dev.sonde.jit.plan.StackSlot;
import dev.sonde.jit.plan.Types;
import dev.sonde.jit.plan.Webs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Where the registers of a function are: one long local and one int local each. Two webs of a
 * register are never live at once, so that they share these; what a frame says of a local is the
 * type of the web that is live there.
 */
final class Registers {
  private static final int FRAME = dev.sonde.vm.isa.Opcodes.FRAME_POINTER;

  /** The local of what is kept in none. */
  private static final int NOWHERE = -1;

  private final Code code;
  private final FunctionPlan function;
  private final Webs webs;
  private final Types types;
  private final References references;
  private final ContextFields context;
  private final int count;
  private final int[] longs;
  private final int[] ints;
  private final Object[] parameters;
  private final int scratch;
  private final int maxLocals;

  /**
   * @param parameters the method's parameters as frames describe them; longs and references
   * @param argumentLocals by register, the local of the parameter that brings it, 0 if none does
   */
  Registers(
      Code code,
      FunctionPlan function,
      ContextFields context,
      List<Object> parameters,
      int[] argumentLocals) {
    this.code = code;
    this.function = function;
    this.webs = function.webs();
    this.types = function.types();
    this.references = function.references();
    this.context = context;
    this.count = function.registers();
    this.longs = new int[count];
    this.ints = new int[count];
    this.parameters = slots(parameters);
    int next = this.parameters.length;
    for (int r = 0; r < count; r++) {
      int given = r < argumentLocals.length ? argumentLocals[r] : 0;
      longs[r] = given != 0 ? given : function.kept().asLong(r) ? next : NOWHERE;
      next += longs[r] == next ? 2 : 0;
      ints[r] = function.kept().asInt(r) ? next++ : NOWHERE;
    }
    scratch = next;
    maxLocals = next + 4;
  }

  private static Object[] slots(List<Object> types) {
    List<Object> slots = new ArrayList<>();
    for (Object type : types) {
      slots.add(type);
      if (type == Opcodes.LONG) {
        slots.add(Opcodes.TOP);
      }
    }
    return slots.toArray();
  }

  /**
   * Loads what is live at the start of {@code block}: registers from the window whose address is in
   * a local, slots from where they would be in the frame.
   */
  void restore(FlowGraph.Block block, int window) {
    for (int r = 0; r < count; r++) {
      if (isKept(block, r)) {
        beginHome(r, window);
        restore(r, types.isInt(webs.atStartOf(block.index(), r)));
      }
    }
  }

  /** Stores it: a web kept in an int is an int in the window too. */
  void save(FlowGraph.Block block, int window) {
    for (int r = 0; r < count; r++) {
      if (isKept(block, r)) {
        beginHome(r, window);
        save(r, types.isInt(webs.atStartOf(block.index(), r)));
      }
    }
  }

  private boolean isKept(FlowGraph.Block block, int register) {
    return register != FRAME
        && function.isLive(block.index(), register)
        && !isInNoLocal(webs.atStartOf(block.index(), register));
  }

  /** Constants and Java references, which are parameters, need no local of their own. */
  private boolean isInNoLocal(int web) {
    return types.isConstant(web) || references.isReference(web);
  }

  /** Begins an access of the place in memory that {@code register} has between regions. */
  private void beginHome(int register, int window) {
    code.beginAccess();
    if (register < FRAME) {
      code.load(Opcodes.LLOAD, window);
      code.add(8L * register);
    } else {
      code.load(Opcodes.LLOAD, longs[FRAME]);
      code.add(slot(register).offsetBytes());
    }
  }

  private StackSlot slot(int register) {
    return function.slots().get(register - FRAME - 1);
  }

  private int homeBytes(int register, boolean isInt) {
    int size = register < FRAME ? 8 : slot(register).sizeBytes();
    return isInt ? Math.min(size, 4) : size;
  }

  private void restore(int register, boolean isInt) {
    int size = homeBytes(register, isInt);
    if (size == 8) {
      code.endLoad("Long", "J");
    } else {
      code.endLoad(size);
    }
    if (isInt) {
      code.store(Opcodes.ISTORE, ints[register]);
      return;
    }
    if (size == 4) {
      code.zeroExtend();
    } else if (size < 4) {
      code.op(Opcodes.I2L);
    }
    code.store(Opcodes.LSTORE, longs[register]);
  }

  private void save(int register, boolean isInt) {
    int size = homeBytes(register, isInt);
    if (isInt) {
      code.load(Opcodes.ILOAD, ints[register]);
    } else {
      code.load(Opcodes.LLOAD, longs[register]);
      if (size < 8) {
        code.op(Opcodes.L2I);
      }
    }
    code.endStore(size);
  }

  /** Returns the first of four locals that live within one insn. */
  int scratch() {
    return scratch;
  }

  /** Returns the local of the last parameter: the budget of may_goto, where there is one. */
  int budget() {
    return parameters.length - 2;
  }

  /** Returns what locals hold, by local: a register, or a slot of the stack. */
  Map<Integer, String> names() {
    Map<Integer, String> names = new HashMap<>();
    names.put(0, "carrier");
    for (int r = 0; r < count; r++) {
      String name = r <= FRAME ? "r" + r : "fp" + slot(r).offsetBytes();
      names.put(longs[r], name);
      names.put(ints[r], name + ":int");
    }
    return names;
  }

  int maxLocals() {
    return maxLocals;
  }

  Types types() {
    return types;
  }

  /** Returns the web that {@code register} holds here. */
  int web(int register) {
    return webs.of(register);
  }

  void enter(FlowGraph.Block block) {
    webs.enter(block);
  }

  void pass(int index) {
    webs.pass(index);
  }

  /**
   * Zeroes what is live at the start of the function and no parameter brings: registers of unproved
   * code, and the context's address where its fields are given instead.
   */
  void begin(boolean noArguments) {
    FlowGraph.Block start = function.start();
    int given = noArguments ? 0 : function.arguments();
    for (int r = 0; r < count; r++) {
      boolean brought = r == FRAME || r < FRAME && (given & 1 << r) != 0;
      if (!brought && function.isLive(start.index(), r)) {
        if (r == 1 && noArguments) {
          ContextFields.pushAddress(code);
        } else {
          code.push(0L);
        }
        code.store(Opcodes.LSTORE, longs[r]);
      }
    }
  }

  /** Puts the frame's address, which is on the stack, into r10. */
  void setFrame() {
    code.store(Opcodes.LSTORE, longs[FRAME]);
  }

  // ---- values -----------------------------------------------------------------------------------

  void pushLong(int register) {
    int web = web(register);
    if (types.isConstant(web)) {
      code.push(types.min(web));
    } else if (!types.isInt(web)) {
      code.load(Opcodes.LLOAD, longs[register]);
    } else {
      code.load(Opcodes.ILOAD, ints[register]);
      if (types.fitsSigned(web)) {
        code.op(Opcodes.I2L);
      } else {
        code.zeroExtend();
      }
    }
  }

  /** Pushes the lower half. */
  void pushInt(int register) {
    int web = web(register);
    if (types.isConstant(web)) {
      code.push((int) types.min(web));
    } else if (types.isInt(web)) {
      code.load(Opcodes.ILOAD, ints[register]);
    } else {
      code.load(Opcodes.LLOAD, longs[register]);
      code.op(Opcodes.L2I);
    }
  }

  /** Pushes the lower half, zero-extended to a long. */
  void pushUnsigned(int register) {
    int web = web(register);
    pushLong(register);
    if (!types.fitsUnsigned(web)) {
      code.push(0xffffffffL);
      code.op(Opcodes.LAND);
    }
  }

  /** Makes the long on the stack what the insn at {@code index} writes to {@code register}. */
  void storeLong(int index, int register) {
    int web = webs.definedBy(index);
    if (types.isConstant(web)) {
      code.op(Opcodes.POP2);
    } else if (types.isInt(web)) {
      code.op(Opcodes.L2I);
      code.store(Opcodes.ISTORE, ints[register]);
    } else {
      code.store(Opcodes.LSTORE, longs[register]);
    }
  }

  /** Makes the int on the stack, zero-extended, what the insn writes. */
  void storeInt(int index, int register) {
    int web = webs.definedBy(index);
    if (types.isConstant(web)) {
      code.op(Opcodes.POP);
    } else if (types.isInt(web)) {
      code.store(Opcodes.ISTORE, ints[register]);
    } else {
      boolean positive = types.min(web) >= 0 && types.max(web) <= Integer.MAX_VALUE;
      if (positive) {
        code.op(Opcodes.I2L);
      } else {
        code.zeroExtend();
      }
      code.store(Opcodes.LSTORE, longs[register]);
    }
  }

  /** Makes the int on the stack, sign-extended, what the insn writes. */
  void storeSigned(int index, int register) {
    if (definesInt(index)) {
      code.store(Opcodes.ISTORE, ints[register]);
    } else {
      code.op(Opcodes.I2L);
      storeLong(index, register);
    }
  }

  /** Tells whether the insn's result is kept in an int, and in which web. */
  boolean definesInt(int index) {
    return types.isInt(webs.definedBy(index)) && !types.isConstant(webs.definedBy(index));
  }

  /** Tells whether {@code register} is a Java reference here. */
  boolean isReference(int register) {
    return references.isReference(web(register));
  }

  boolean definesReference(int index) {
    return references.isReference(webs.definedBy(index));
  }

  void pushReference(int register) {
    code.load(Opcodes.ALOAD, context.referenceAt(references.fieldOf(web(register))));
  }

  /** Tells whether there is nothing to compute: what the insn defines is known, or a parameter. */
  boolean definesNothing(int index) {
    return isInNoLocal(webs.definedBy(index));
  }

  boolean definesConstant(int index) {
    return types.isConstant(webs.definedBy(index));
  }

  int webDefinedBy(int index) {
    return webs.definedBy(index);
  }

  /** Adds a constant to an int register in place. */
  void increment(int register, int by) {
    code.increment(ints[register], by);
  }

  // ---- frames -----------------------------------------------------------------------------------

  /** Returns what the locals hold where no register but the frame's address is set. */
  Object[] emptyFrame() {
    Object[] slots = new Object[maxLocals];
    for (int i = 0; i < maxLocals; i++) {
      slots[i] = i < parameters.length ? parameters[i] : Opcodes.TOP;
    }
    return packed(slots);
  }

  /** Returns what the locals hold at the start of {@code block}. */
  Object[] frameOf(FlowGraph.Block block) {
    Object[] slots = new Object[maxLocals];
    for (int i = 0; i < maxLocals; i++) {
      slots[i] = i < parameters.length && !isArgument(i) ? parameters[i] : Opcodes.TOP;
    }
    for (int r = 0; r < count; r++) {
      int web = webs.atStartOf(block.index(), r);
      if (function.isLive(block.index(), r) && !isInNoLocal(web)) {
        if (types.isInt(web)) {
          slots[ints[r]] = Opcodes.INTEGER;
        } else {
          slots[longs[r]] = Opcodes.LONG;
        }
      }
    }
    return packed(slots);
  }

  /** The frame's address is nobody's to write: its parameter stays what it is. */
  private boolean isArgument(int local) {
    for (int r = 0; r < count; r++) {
      if (longs[r] == local && r != FRAME) {
        return true;
      }
    }
    return false;
  }

  /** As the class file counts: a long is one entry, nothing follows the last that is known. */
  private static Object[] packed(Object[] slots) {
    List<Object> entries = new ArrayList<>();
    int end = 0;
    for (int i = 0; i < slots.length; i++) {
      entries.add(slots[i]);
      if (slots[i] != Opcodes.TOP) {
        end = entries.size();
      }
      if (slots[i] == Opcodes.LONG) {
        i++;
      }
    }
    return entries.subList(0, end).toArray();
  }

  /** Returns the frame of a place where only the slot is needed. */
  static Object[] bareFrame() {
    return new Object[] {Type.getInternalName(dev.sonde.vm.context.CarrierSlot.class)};
  }
}
