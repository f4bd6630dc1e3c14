package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.jit.plan.Regions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes the class of a program: a static method for each function, and around the main one {@code
 * run}, {@code runOnce} and the scalar entry, none of which lets an exception out.
 */
final class ClassEmitter {
  static final String SCALAR = "scalar$";
  private static final String RUN = "(" + Descriptors.SLOT + "J)J";
  private static final String PARENT = Type.getInternalName(CompiledProgram.class);
  private static final int PRIVATE = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;
  private static final int CONSTANT = PRIVATE | Opcodes.ACC_FINAL;

  private final ProgramPlan plan;
  private final FunctionPlan main;
  private final ContextFields context;
  private final String name;
  private final ClassWriter classFile = new ClassWriter(0);
  private final ClassVisitor writer;
  private final ClassData data;
  private final SourceLines lines;

  /**
   * What was written.
   *
   * @param maps the class data: what the class's map fields are filled from
   * @param fields the context fields that the scalar entry takes
   */
  record Written(
      byte[] bytes, List<BpfMap> maps, List<ContextField> fields, boolean hasScalarEntry) {}

  private ClassEmitter(ProgramPlan plan, @Nullable Listing listing) {
    this.plan = plan;
    this.writer = listing == null ? classFile : listing;
    this.main = plan.main();
    this.context = ContextFields.of(plan);
    this.name = Type.getInternalName(ClassEmitter.class).replaceFirst("[^/]*$", main.name());
    this.data = new ClassData(name);
    this.lines = new SourceLines(plan.known().proof().program().spec());
  }

  static Written write(ProgramPlan plan) {
    return new ClassEmitter(plan, null).write();
  }

  /** Returns the class as text. */
  static String list(ProgramPlan plan) {
    Listing listing = new Listing(new ClassWriter(0), plan.known().proof().program().spec());
    new ClassEmitter(plan, listing).write();
    return listing.text();
  }

  private Written write() {
    int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER;
    writer.visit(Opcodes.V17, access, name, null, PARENT, null);
    writer.visitSource(lines.file(), null);
    for (FunctionPlan function : plan.functions().values()) {
      writeFunction(function);
    }
    boolean tailCalls = plan.functions().values().stream().anyMatch(this::hasTailCall);
    if (context.isReplaced()) {
      writeFieldsRun();
      writeScalarEntry(tailCalls);
    } else {
      writeRun("run", tailCalls);
    }
    if (tailCalls) {
      writeRun("runOnce", false);
    }
    new CallbackEmitter(writer, name, plan, data).write();
    writeInitializer();
    writer.visitEnd();
    return new Written(
        classFile.toByteArray(), data.maps(), context.fields(), context.isReplaced());
  }

  private boolean hasTailCall(FunctionPlan function) {
    return function.blocks().stream().anyMatch(b -> plan.known().isTailCall(b.last()));
  }

  private Code method(int access, String method, String descriptor) {
    MethodVisitor visitor = writer.visitMethod(access, method, descriptor, null, null);
    visitor.visitCode();
    return new Code(visitor, name);
  }

  private void writeFunction(FunctionPlan function) {
    boolean isMain = function == main;
    String descriptor = isMain ? Descriptors.ofMain(function, context) : Descriptors.of(function);
    Code code = method(PRIVATE, function.name(), descriptor);
    lines.reset();
    boolean splits = isTooLong(function, descriptor);
    lines.reset();
    if (splits && !FunctionEmitter.hasBudget(plan.known(), function)) {
      new SplitEmitter(writer, name, plan, function, context, data, lines).emit(code);
    } else {
      new FunctionEmitter(code, plan, function, context, data, lines, null).emit();
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
    nowhere.visit(Opcodes.V17, 0, name, null, PARENT, null);
    Code code =
        new Code(nowhere.visitMethod(PRIVATE, function.name(), descriptor, null, null), name);
    new FunctionEmitter(code, plan, function, context, new ClassData(name), lines, null).emit();
    return code.length() > limit;
  }

  // ---- entries ----------------------------------------------------------------------------------

  /** {@code long run(CarrierSlot, long context)} or its like. */
  private void writeRun(String method, boolean tailCalls) {
    Code code = method(method.equals("run") ? Opcodes.ACC_PUBLIC : 0, method, RUN);
    Label start = code.beginGuarded();
    reset(code, tailCalls, 1);
    code.load(Opcodes.ALOAD, 1);
    pushAll(code);
    code.callOwn(main.name(), Descriptors.ofMain(main, context));
    finish(code, tailCalls, 1);
    code.endGuarded(start, 1, name, Type.getInternalName(CarrierSlot.class), Opcodes.LONG);
    code.end(4, maxStack());
  }

  /** Where the main function wants fields: loads them for the entry that takes them. */
  private void writeFieldsRun() {
    Code code = method(Opcodes.ACC_PUBLIC, "run", RUN);
    code.load(Opcodes.ALOAD, 1);
    pushAll(code);
    code.callOwn(SCALAR, Descriptors.ofMain(main, context));
    code.op(Opcodes.LRETURN);
    code.end(4, maxStack());
  }

  /** The slot and five longs at least. */
  private int maxStack() {
    return 12 + 2 * context.fields().size();
  }

  private void pushAll(Code code) {
    if (context.isReplaced()) {
      context.fields().forEach(field -> loadField(code, field));
    } else {
      pushArguments(code);
    }
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

  private void writeScalarEntry(boolean tailCalls) {
    String descriptor = Descriptors.ofMain(main, context);
    Code code = method(PRIVATE, SCALAR, descriptor);
    Label start = code.beginGuarded();
    reset(code, tailCalls, 0);
    code.load(Opcodes.ALOAD, 0);
    List<Object> frame = new ArrayList<>();
    frame.add(Type.getInternalName(CarrierSlot.class));
    frame.addAll(context.types());
    context.pushAll(code);
    code.callOwn(main.name(), descriptor);
    finish(code, tailCalls, 0);
    code.endGuarded(start, 0, frame.toArray());
    code.end(1 + 2 * context.fields().size(), 2 + 2 * context.fields().size());
  }

  private static void reset(Code code, boolean tailCalls, int slotLocal) {
    if (tailCalls) {
      code.load(Opcodes.ALOAD, slotLocal);
      code.callVirtual(CarrierSlot.class, "resetTailCalls", "()V");
    }
  }

  /** Goes on with what a tail call has left. */
  private static void finish(Code code, boolean tailCalls, int slotLocal) {
    if (tailCalls) {
      code.load(Opcodes.ALOAD, slotLocal);
      code.call(TailCalls.class, "finish", "(J" + Descriptors.SLOT + ")J");
    }
  }

  /** Static finals of a hidden class are constants to the JVM's compiler. */
  private void writeInitializer() {
    if (data.maps().isEmpty() && data.addresses().isEmpty()) {
      return;
    }
    Code code = method(Opcodes.ACC_STATIC, "<clinit>", "()V");
    for (int i = 0; i < data.maps().size(); i++) {
      writer.visitField(CONSTANT, "map$" + i, Descriptors.MAP, null, null).visitEnd();
    }
    for (int i = 0; i < data.addresses().size(); i++) {
      writer.visitField(PRIVATE, "address$" + i, "J", null, null).visitEnd();
      code.push(data.addresses().get(i));
      code.putField("address$" + i, "J");
    }
    if (!data.maps().isEmpty()) {
      code.classData();
      code.store(Opcodes.ASTORE, 0);
    }
    for (int i = 0; i < data.maps().size(); i++) {
      code.load(Opcodes.ALOAD, 0);
      code.push(i);
      code.op(Opcodes.AALOAD);
      code.putField("map$" + i, Descriptors.MAP);
    }
    code.op(Opcodes.RETURN);
    code.end(1);
  }
}
