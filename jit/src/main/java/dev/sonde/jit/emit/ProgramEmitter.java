package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.jit.plan.Regions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.HiddenClasses;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.program.FunctionTurns;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Writes the methods of one program: a static one for each function. The main one takes the slot
 * and the context or fields of it, and lets no exception out.
 */
final class ProgramEmitter {
  private static final int ACCESS = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;

  /**
   * How large a main method may be to become part of all methods that it traces, whatever the JVM's
   * compiler thinks: as large as what that inlines where calls are frequent (325), but only if it
   * has not come to compile the method before. A third of all processes then called a program that
   * fills a record of 64 bytes, for 2 ns a call.
   */
  private static final int INLINED_BYTES = 300;

  private final ClassVisitor writer;
  private final String owner;
  private final ProgramPlan plan;
  private final FunctionPlan main;
  private final ContextFields context;
  private final ClassData data;
  private final SourceLines lines;
  private final Map<Integer, Integer> turns; // that a call counts for, by first insn

  /**
   * @param owner internal name of the class
   */
  ProgramEmitter(ClassVisitor writer, String owner, ProgramPlan plan, ClassFields fields) {
    this.writer = writer;
    this.owner = owner;
    this.plan = plan;
    this.main = plan.main();
    this.context = plan.hasTailCall() ? ContextFields.NONE : ContextFields.of(plan);
    this.data = new ClassData(owner, main.name(), fields);
    this.lines = new SourceLines(plan.known().proof().program().spec());
    this.turns =
        plan.known().checked() ? Map.of() : FunctionTurns.of(plan.known().proof().program());
  }

  ProgramPlan plan() {
    return plan;
  }

  ContextFields context() {
    return context;
  }

  void write() {
    plan.functions().values().forEach(this::write);
    new CallbackEmitter(writer, owner, plan, data).write();
  }

  private void write(FunctionPlan function) {
    String descriptor =
        function == main ? Descriptors.ofMain(function, context) : Descriptors.of(function);
    Code code = Code.of(writer, owner, ACCESS, function.name(), descriptor);
    Integer count = turns.get(function.entry());
    if (count != null) {
      code.load(Opcodes.ALOAD, 0);
      code.push(count);
      code.callVirtual(CarrierSlot.class, "spend", "(I)V");
    }
    lines.reset();
    boolean splits = isTooLong(function, descriptor);
    lines.reset();
    if (splits && !FunctionEmitter.hasBudget(plan.known(), function)) {
      new SplitEmitter(writer, owner, plan, function, context, data, lines).emit(code);
    } else {
      new FunctionEmitter(code, plan, function, context, data, lines, null).emit();
    }
    if (function == main && context.isReplaced() && code.length() <= INLINED_BYTES) {
      code.annotate(HiddenClasses.FORCE_INLINE);
    }
  }

  /** An estimate is not good enough to split a function that would have fitted. */
  private boolean isTooLong(FunctionPlan function, String descriptor) {
    int estimate = Regions.bytesOf(plan.known(), function);
    int limit = plan.known().maxMethodBytes();
    if (estimate <= limit / 2 || estimate > 4 * limit) {
      return estimate > limit;
    }
    ClassWriter nowhere = new ClassWriter(0);
    nowhere.visit(Opcodes.V17, 0, owner, null, "java/lang/Object", null);
    Code code = Code.of(nowhere, owner, ACCESS, function.name(), descriptor);
    ClassData none = new ClassData(owner, main.name(), new ClassFields());
    new FunctionEmitter(code, plan, function, context, none, lines, null).emit();
    return code.length() > limit;
  }

  // ---- the entry by the context's address -------------------------------------------------------

  /** Returns how deep the stack goes in {@link #run}: the slot and five longs at least. */
  int maxStack() {
    return 12 + 2 * context.fields().size();
  }

  /** Writes the way from {@code run(slot, context, index)} to the main method. */
  void run(Code code) {
    code.load(Opcodes.ALOAD, 1);
    if (context.isReplaced()) {
      context.fields().forEach(field -> loadField(code, field));
    } else {
      pushArguments(code);
    }
    code.callOwn(main.name(), Descriptors.ofMain(main, context));
    code.op(Opcodes.LRETURN);
  }

  /** r1 is the context; r2, which only unproved programs read, how many bytes it has. */
  private void pushArguments(Code code) {
    for (int r = 1; r <= 5; r++) {
      if ((main.arguments() & 1 << r) == 0) {
        continue;
      }
      if (r == 1) {
        code.load(Opcodes.LLOAD, 2);
      } else if (r == 2 && plan.known().checked()) {
        code.load(Opcodes.ALOAD, 1);
        code.call(Traps.class, "inputBytes", "(" + Descriptors.SLOT + ")J");
      } else {
        code.push(0L);
      }
    }
  }

  private static void loadField(Code code, ContextField field) {
    if (field.isReference()) {
      code.load(Opcodes.ALOAD, 1);
    }
    code.beginAccess();
    code.load(Opcodes.LLOAD, 2);
    code.add(field.offsetBytes());
    switch (field.sizeBytes()) {
      case 8 -> {
        code.endLoad("Long", "J");
        if (field.isReference()) {
          String descriptor = "(" + Descriptors.SLOT + "J)Ljava/lang/Object;";
          code.call(Loads.class, "reference", descriptor);
        }
      }
      case 4 -> {
        code.endLoad("Int", "I");
        code.zeroExtend();
      }
      case 2 -> {
        code.endLoad("Char", "C");
        code.op(Opcodes.I2L);
      }
      default -> {
        code.endLoad("Byte", "B");
        code.push(0xff);
        code.op(Opcodes.IAND, Opcodes.I2L);
      }
    }
  }
}
