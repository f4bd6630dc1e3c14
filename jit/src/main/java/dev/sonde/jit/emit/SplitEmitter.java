package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.jit.plan.Regions;
import dev.sonde.vm.context.CarrierSlot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes a long function as several methods, its regions, and one that drives them. Between regions
 * the registers are memory: a window of the carrier slot for each frame, r0 first.
 *
 * <p>A region is {@code int name$k(CarrierSlot slot, long frame, long window, long... fields, int
 * entry)}: it begins at the entry with that number and answers the number of the entry to go on at,
 * or -1 once r0 is in the window.
 */
final class SplitEmitter {
  /** One window for each 512 bytes of stack. */
  static final int WINDOW_BYTES = 128;

  private static final int ACCESS = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;

  private final ClassVisitor writer;
  private final String owner;
  private final ProgramPlan plan;
  private final FunctionPlan function;
  private final ContextFields context;
  private final ClassData data;
  private final SourceLines lines;
  private final int[] cuts;

  /** By block: the number of the entry there. */
  private final Map<Integer, Integer> entries = new LinkedHashMap<>();

  SplitEmitter(
      ClassVisitor writer,
      String owner,
      ProgramPlan plan,
      FunctionPlan function,
      ContextFields context,
      ClassData data,
      SourceLines lines) {
    this.writer = writer;
    this.owner = owner;
    this.plan = plan;
    this.function = function;
    this.context = function.entry() == 0 ? context : ContextFields.NONE;
    this.data = data;
    this.lines = lines;
    this.cuts = Regions.of(plan.known(), function, plan.known().maxMethodBytes());
    findEntries();
  }

  /** An entry is where the function begins, and where another region goes to. */
  private void findEntries() {
    BitSet entered = new BitSet();
    entered.set(function.start().index());
    for (Block block : function.blocks()) {
      for (int successor : block.successors()) {
        if (regionOf(block.index()) != regionOf(successor)) {
          entered.set(successor);
        }
      }
    }
    entered.stream().forEach(block -> entries.put(block, entries.size()));
  }

  void emit(Code driver) {
    drive(driver);
    for (int k = 0; k + 1 < cuts.length; k++) {
      Code code = Code.of(writer, owner, ACCESS, function.name() + "$" + k, descriptor());
      lines.reset();
      Region region = new Region(cuts[k], cuts[k + 1], entries);
      new FunctionEmitter(code, plan, function, context, data, lines, region).emit();
    }
  }

  /**
   * What a region's method is about.
   *
   * @param from its first block
   * @param to the block behind its last
   * @param entries by block: the number of the entry there, of all regions
   */
  record Region(int from, int to, Map<Integer, Integer> entries) {
    boolean contains(int block) {
      return block >= from && block < to;
    }

    List<Integer> ownEntries() {
      return entries.keySet().stream().filter(this::contains).toList();
    }
  }

  private String descriptor() {
    return "(" + Descriptors.SLOT + "JJ" + context.descriptor() + "I)I";
  }

  // ---- the driver -------------------------------------------------------------------------------

  private void drive(Code code) {
    boolean main = function.entry() == 0;
    lines.reset();
    Label guarded = code.beginGuarded();
    lines.at(code, function.entry());
    List<Object> frame = new ArrayList<>(List.of(Type.getInternalName(CarrierSlot.class)));
    int arguments = context.isReplaced() ? 0 : Integer.bitCount(function.arguments());
    int longs = (main ? 0 : 1) + arguments;
    frame.addAll(context.types());
    for (int i = 0; i < longs; i++) {
      frame.add(Opcodes.LONG);
    }
    int parameters = 1 + context.locals() + 2 * longs;
    int frameLocal = main ? parameters : 1;
    int window = parameters + 2;
    int next = window + 2;
    begin(code, main, frameLocal, window);
    storeArguments(code, main ? 1 : 3, arguments, window);
    code.push(entries.get(function.start().index()));
    code.store(Opcodes.ISTORE, next);
    frame.addAll(
        main
            ? List.of(Opcodes.LONG, Opcodes.LONG)
            : List.of(Opcodes.TOP, Opcodes.TOP, Opcodes.LONG));
    frame.add(Opcodes.INTEGER);
    loop(code, frame.toArray(), frameLocal, window, next);
    if (main) {
      code.endGuarded(guarded);
    }
    code.end(next + 1);
  }

  private void begin(Code code, boolean main, int frameLocal, int window) {
    if (main && plan.known().checked()) {
      code.load(Opcodes.ALOAD, 0);
      code.call(Traps.class, "begin", "(" + Descriptors.SLOT + ")V");
    }
    if (main) {
      code.load(Opcodes.ALOAD, 0);
      code.push(0);
      code.callVirtual(CarrierSlot.class, "stackTop", "(I)J");
      code.store(Opcodes.LSTORE, frameLocal);
    }
    code.load(Opcodes.ALOAD, 0);
    code.load(Opcodes.LLOAD, frameLocal);
    code.call(Windows.class, "of", "(" + Descriptors.SLOT + "J)J");
    code.store(Opcodes.LSTORE, window);
  }

  /** What nobody gives is zeroed: registers of unproved code. */
  private void storeArguments(Code code, int first, int arguments, int window) {
    int local = first;
    for (int r = 0; r < 10; r++) {
      boolean given = arguments > 0 && (function.arguments() & 1 << r) != 0;
      if (function.isLive(function.start().index(), r)) {
        code.beginAccess();
        code.load(Opcodes.LLOAD, window);
        code.add(8L * r);
        if (given) {
          code.load(Opcodes.LLOAD, local);
        } else if (r == 1 && context.isReplaced()) {
          ContextFields.pushAddress(code);
        } else {
          code.push(0L);
        }
        code.endStore("Long", "J");
      }
      local += given ? 2 : 0;
    }
  }

  private void loop(Code code, Object[] frame, int frameLocal, int window, int next) {
    Label head = new Label();
    Label end = new Label();
    Label[] calls = new Label[cuts.length - 1];
    Arrays.setAll(calls, k -> new Label());
    Label[] byEntry = new Label[entries.size()];
    entries.forEach((block, number) -> byEntry[number] = calls[regionOf(block)]);
    code.label(head);
    code.frame(frame);
    code.load(Opcodes.ILOAD, next);
    code.tableSwitch(0, end, byEntry);
    for (int k = 0; k < calls.length; k++) {
      code.label(calls[k]);
      code.frame(frame);
      code.load(Opcodes.ALOAD, 0);
      code.load(Opcodes.LLOAD, frameLocal);
      code.load(Opcodes.LLOAD, window);
      context.pushAll(code);
      code.load(Opcodes.ILOAD, next);
      code.callOwn(function.name() + "$" + k, descriptor());
      code.store(Opcodes.ISTORE, next);
      code.jump(Opcodes.GOTO, head);
    }
    code.label(end);
    code.frame(frame);
    code.beginAccess();
    code.load(Opcodes.LLOAD, window);
    code.endLoad("Long", "J");
    code.op(Opcodes.LRETURN);
  }

  private int regionOf(int block) {
    int at = Arrays.binarySearch(cuts, block);
    return at >= 0 ? at : -at - 2;
  }
}
