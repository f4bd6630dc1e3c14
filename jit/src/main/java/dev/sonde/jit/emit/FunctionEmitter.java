package dev.sonde.jit.emit;

import dev.sonde.jit.emit.SplitEmitter.Region;
import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.jit.plan.Switches;
import dev.sonde.jit.plan.Switches.Switch;
import dev.sonde.jit.plan.Types.Chunked;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.isa.JumpOp;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/** Writes one function as one static method; the main one lets no exception out. */
final class FunctionEmitter {
  /** How many turns may_goto allows each frame (BPF_MAX_LOOPS). */
  private static final long MAX_TURNS = 8 * 1024 * 1024;

  private final @Nullable Region region;
  private final @Nullable RegionDoors doors;
  private final Code code;
  private final FunctionPlan function;
  private final ProgramPlan plan;
  private final Knowledge known;
  private final ContextFields context;
  private final ClassData data;
  private final SourceLines lines;
  private final List<Chunked> longLoops;
  private final Chunks chunks;
  private final Registers registers;
  private final Pointers pointers;
  private final AluEmitter alu;
  private final MemoryEmitter memory;
  private final StoreRuns runs;
  private final JumpEmitter jumps;
  private final CallEmitter calls;
  private final Switches switches;
  private int firstChunkLocal;
  private final boolean main;
  private final boolean budgeted;
  private final Label[] labels;
  private final BitSet targets = new BitSet();
  private final Label outside = new Label();
  private boolean leavesOutside;

  FunctionEmitter(
      Code code,
      ProgramPlan plan,
      FunctionPlan function,
      ContextFields context,
      ClassData data,
      SourceLines lines,
      @Nullable Region region) {
    this.region = region;
    this.code = code;
    this.plan = plan;
    this.function = function;
    this.known = plan.known();
    this.main = function.entry() == 0;
    ContextFields own = region == null ? context : context.from(RegionDoors.FIELDS);
    this.context = main ? own : ContextFields.NONE;
    this.data = data;
    this.lines = lines;
    this.switches = region == null ? Switches.of(known, function) : Switches.none(known, function);
    this.budgeted = hasBudget(known, function);
    this.longLoops = longLoops();
    this.registers = layout();
    this.doors = region == null ? null : new RegionDoors(code, function, region, registers);
    this.chunks = new Chunks(code, registers, longLoops, firstChunkLocal);
    this.pointers = new Pointers(known);
    this.alu = new AluEmitter(code, registers);
    this.memory = new MemoryEmitter(code, registers, known, this.context);
    this.runs = new StoreRuns(code, registers, known);
    this.jumps = new JumpEmitter(code, registers);
    this.calls = new CallEmitter(code, registers, plan, pointers, data);
    this.labels = new Label[function.blocks().size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = new Label();
    }
  }

  /** Tells whether the function counts turns: then it is not split. */
  static boolean hasBudget(Knowledge known, FunctionPlan function) {
    return function.blocks().stream().anyMatch(block -> isMayGoto(known.insn(block.last())));
  }

  /** A loop through several regions goes through the driver, which can be stopped. */
  private List<Chunked> longLoops() {
    return known.checked()
        ? List.of()
        : function.types().chunked().stream()
            .filter(loop -> region == null || loop.body().stream().allMatch(region::contains))
            .toList();
  }

  /**
   * Locals: the slot, then what the method takes; behind them where chunks of long loops end, and
   * the budget of may_goto.
   */
  private Registers layout() {
    List<Object> parameters = new ArrayList<>();
    parameters.add(Type.getInternalName(CarrierSlot.class));
    int[] arguments = new int[dev.sonde.vm.isa.Opcodes.REGISTERS];
    int next = 1;
    if (region != null) {
      return regionLayout(parameters, arguments);
    }
    if (context.isReplaced()) {
      parameters.addAll(context.types());
      next += context.locals();
    } else {
      if (!main) {
        parameters.add(Opcodes.LONG);
        arguments[dev.sonde.vm.isa.Opcodes.FRAME_POINTER] = next;
        next += 2;
      }
      for (int r = 1; r <= 5; r++) {
        if ((function.arguments() & 1 << r) != 0) {
          parameters.add(Opcodes.LONG);
          arguments[r] = next;
          next += 2;
        }
      }
    }
    addChunks(parameters);
    if (budgeted) {
      parameters.add(Opcodes.LONG);
    }
    return new Registers(code, function, context, parameters, arguments);
  }

  private Registers regionLayout(List<Object> parameters, int[] arguments) {
    parameters.add(Opcodes.LONG);
    parameters.add(Opcodes.LONG);
    arguments[dev.sonde.vm.isa.Opcodes.FRAME_POINTER] = RegionDoors.FRAME;
    parameters.addAll(context.types());
    parameters.add(Opcodes.INTEGER);
    addChunks(parameters);
    return new Registers(code, function, context, parameters, arguments);
  }

  private void addChunks(List<Object> parameters) {
    firstChunkLocal = parameters.stream().mapToInt(p -> p == Opcodes.LONG ? 2 : 1).sum();
    longLoops.forEach(loop -> parameters.add(Opcodes.INTEGER));
  }

  void emit() {
    code.nameLocals(registers::names);
    findTargets();
    Label guarded = code.beginGuarded();
    if (region == null || doors == null) {
      begin();
    } else if (!region.ownEntries().isEmpty()) {
      chunks.begin();
      doors.enter(RegionDoors.entryLocal(context), labels, targets);
    }
    List<Block> blocks = function.blocks();
    for (int i = 0; i < blocks.size(); i++) {
      if (!switches.isUnreachable(i) && (region == null || region.contains(i))) {
        emit(blocks.get(i), following(i));
      }
    }
    if (doors != null) {
      doors.writeExits();
    }
    if (leavesOutside) {
      code.separate();
      code.label(outside);
      code.frame(region == null ? Registers.bareFrame() : registers.emptyFrame());
      code.op(Opcodes.LCONST_0);
      returnLong();
    }
    if (main && region == null) {
      code.endGuarded(guarded);
    }
    code.end(registers.maxLocals());
  }

  /** Returns the block that is written behind block {@code i}, or -1. */
  private int following(int i) {
    boolean last = region != null && !region.contains(i + 1);
    int next = i + 1;
    while (switches.isUnreachable(next)) {
      next++;
    }
    return last ? -1 : next;
  }

  private void begin() {
    lines.at(code, function.entry());
    if (main && known.checked()) {
      code.load(Opcodes.ALOAD, 0);
      code.call(Traps.class, "begin", "(" + Descriptors.SLOT + ")V");
    }
    if (main && function.usesFrame()) { // a region is given it
      code.load(Opcodes.ALOAD, 0);
      code.push(0);
      code.callVirtual(CarrierSlot.class, "stackTop", "(I)J");
      registers.setFrame();
    }
    if (budgeted) {
      code.push(MAX_TURNS);
      code.store(Opcodes.LSTORE, registers.budget());
    }
    chunks.begin();
    registers.begin(context.isReplaced());
    if (function.start().index() != 0) {
      code.jump(Opcodes.GOTO, labels[function.start().index()]);
      targets.set(function.start().index());
    }
  }

  /** A block needs a frame unless it is only ever fallen into. */
  private void findTargets() {
    for (Block block : function.blocks()) {
      if (switches.isUnreachable(block.index())) {
        continue;
      }
      boolean table = switches.at(block.index()) != null;
      int[] next = switches.successors(block);
      for (int i = 0; i < next.length; i++) {
        boolean falls = next[i] == block.index() + 1 && !table && !known.isTailCall(block.last());
        if (!falls) {
          targets.set(next[i]);
        }
      }
    }
  }

  private void emit(Block block, int following) {
    chunks.enter(block);
    if (targets.get(block.index())) {
      code.separate();
    }
    code.label(labels[block.index()]);
    if (targets.get(block.index())) {
      code.frame(registers.frameOf(block));
    }
    registers.enter(block);
    pointers.enterBlock();
    int at = block.first();
    while (at <= block.last()) {
      if (!known.isReached(at)) {
        trap();
        return;
      }
      Op insn = known.insn(at);
      if (!runs.isDone(at)) {
        lines.at(code, at);
        if (runs.mayBegin(at)) {
          runs.write(at, endOfChain(block));
        }
      }
      if (!runs.isDone(at)) {
        code.insn(at);
      }
      if (at == block.last()) {
        last(block, at, insn, following);
        return;
      }
      emit(at, insn);
      at += insn.isLdImm64() ? 2 : 1;
    }
  }

  /** Returns the insn behind the last that is run whenever those of {@code block} are. */
  private int endOfChain(Block block) {
    int at = block.index();
    while (at + 1 < labels.length
        && function.blocks().get(at).successors().length == 1
        && function.blocks().get(at).successors()[0] == at + 1
        && !targets.get(at + 1)
        && (region == null || region.contains(at + 1))) {
      at++;
    }
    return function.blocks().get(at).last() + 1;
  }

  private void trap() {
    code.call(Traps.class, "unreached", "()J");
    returnLong();
  }

  private void returnLong() {
    if (doors == null) {
      code.op(Opcodes.LRETURN);
    } else {
      doors.returnLong();
    }
  }

  /** Returns where a jump to {@code to} goes: in another region, by way of the window. */
  private Label labelOf(Block from, int to) {
    if (region != null && doors != null && !region.contains(to)) {
      return doors.exit(to);
    }
    Label outer = chunks.outer(from.index(), to);
    return outer == null ? labels[to] : outer;
  }

  private void last(Block block, int index, Op insn, int following) {
    JumpOp op = JumpOp.of(insn.opcode());
    int[] next = block.successors();
    Switch table = switches.at(block.index());
    if (table != null) {
      jumpByTable(block, table);
      return;
    }
    if (op != null || isMayGoto(insn)) {
      turn(block);
      if (next.length == 2) {
        branch(block, insn, op, following);
        return;
      }
    } else if (insn.opcode() == dev.sonde.vm.isa.Opcodes.EXIT) {
      registers.pushLong(0);
      returnLong();
      return;
    } else if (known.isTailCall(block.last())) {
      calls.tailCall(index, main, labelOf(block, next[0]), this::returnLong);
      return;
    } else if (isGoto(insn)) {
      turn(block);
    } else {
      emit(index, insn);
    }
    go(block, next[0], following);
  }

  private void jumpByTable(Block block, Switch table) {
    Label[] targets = new Label[table.targets().length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = labelOf(block, table.targets()[i]);
    }
    registers.pushInt(table.register());
    code.tableSwitch(table.first(), labelOf(block, table.otherwise()), targets);
  }

  private void branch(Block block, Op insn, @Nullable JumpOp op, int following) {
    int[] next = block.successors();
    boolean inverted = next[1] == following;
    Label target = labelOf(block, inverted ? next[0] : next[1]);
    chunks.turn(block, labels);
    if (op == null) {
      mayGoto(inverted, target);
    } else {
      jumps.emit(block.last(), insn, op, inverted, target);
    }
    if (!inverted) {
      go(block, next[0], following);
    }
  }

  /** {@code may_goto}: taken once the budget of this frame is used up. */
  private void mayGoto(boolean inverted, Label target) {
    code.load(Opcodes.ALOAD, 0);
    code.load(Opcodes.LLOAD, registers.budget());
    code.call(Traps.class, "mayGoto", "(" + Descriptors.SLOT + "J)J");
    code.op(Opcodes.DUP2);
    code.store(Opcodes.LSTORE, registers.budget());
    code.op(Opcodes.LCONST_0, Opcodes.LCMP);
    code.jump(inverted ? Opcodes.IFGE : Opcodes.IFLT, target);
  }

  private void go(Block from, int to, int following) {
    if (to != following) {
      code.jump(Opcodes.GOTO, labelOf(from, to));
    }
  }

  /** Checked code counts its jumps back, because nobody proved that it ends. */
  private void turn(Block block) {
    if (!known.checked()) {
      return;
    }
    for (int successor : block.successors()) {
      if (successor <= block.index()) {
        code.load(Opcodes.ALOAD, 0);
        code.call(Traps.class, "turn", "(" + Descriptors.SLOT + ")V");
        return;
      }
    }
  }

  private void emit(int index, Op insn) {
    if (!known.isDead(index) && !runs.isDone(index)) {
      write(index, insn);
    }
    int register = Knowledge.defined(insn);
    if (register >= 0) {
      pointers.pass(index, register);
    }
    registers.pass(index);
  }

  private void write(int index, Op insn) {
    switch (insn.opcode() & 7) {
      case dev.sonde.vm.isa.Opcodes.ALU, dev.sonde.vm.isa.Opcodes.ALU64 -> alu.emit(index, insn);
      case dev.sonde.vm.isa.Opcodes.LDX -> memory.load(index, insn);
      case dev.sonde.vm.isa.Opcodes.ST, dev.sonde.vm.isa.Opcodes.STX -> memory.store(index, insn);
      case dev.sonde.vm.isa.Opcodes.LD -> load(index, insn);
      default -> call(index, insn);
    }
  }

  private void call(int index, Op insn) {
    if (insn.opcode() == dev.sonde.vm.isa.Opcodes.CALLX && known.checked()) {
      calls.callRegister(index, insn);
      return;
    }
    if (insn.opcode() != dev.sonde.vm.isa.Opcodes.CALL) {
      throw new InvalidInsnException(
          "insn %d: opcode 0x%02x is not compiled".formatted(index, insn.opcode()));
    }
    calls.emit(index, insn);
  }

  private void load(int index, Op insn) {
    if (!insn.isLdImm64()) {
      leavesOutside = true;
      memory.loadPacket(index, insn, outside);
    } else if (!registers.definesConstant(index)) {
      if (Immediates.isAddress(insn)) {
        long base = Immediates.mapOf(known, insn).directValueAddress(0);
        data.pushAddress(code, base, Immediates.of(known, plan, index) - base);
      } else {
        code.push(Immediates.of(known, plan, index));
      }
      registers.storeLong(index, insn.dst());
    }
  }

  private static boolean isMayGoto(Op insn) {
    return insn.opcode() == dev.sonde.vm.isa.Opcodes.MAY_GOTO;
  }

  private static boolean isGoto(Op insn) {
    return insn.opcode() == dev.sonde.vm.isa.Opcodes.JMP
        || insn.opcode() == dev.sonde.vm.isa.Opcodes.JMP32;
  }
}
