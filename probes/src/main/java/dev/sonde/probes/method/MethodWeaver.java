package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget.Kind;
import dev.sonde.probes.bridge.Trampoline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes calls of trampolines into one method: before its first insn, before each return, where an
 * exception leaves it, and at calls, allocations and lines inside of it. The method's own insns,
 * locals and handlers stay as they are; what Sonde keeps from entry to exit (the entry time,
 * parameters that the code overwrites) lives in locals behind the method's own.
 *
 * <p>A constructor's receiver does not exist for the JVM before {@code super(...)} has returned: at
 * entry it is null, and exceptions are seen from there on.
 */
final class MethodWeaver extends MethodVisitor {
  /** Where the calls for places inside of the code come from. */
  interface InnerSites {
    /** Returns what is to be called before a call of {@code callee}. */
    List<Site> calls(WovenMethod callee);

    /** Returns what is to be called after an object of the class, as source names it, was made. */
    List<Site> allocations(String className);

    /** Returns what is to be called before the first insn of a line. */
    List<Site> lines(int line);
  }

  private final WovenMethod method;
  private final List<Site> sites;
  private final InnerSites inner;
  private final boolean framed;
  private final MethodScan scan;
  private final int[] argumentLocal;
  private final List<Object> ownTypes = new ArrayList<>(); // of the locals from maxLocals on
  private final List<Label> ranges = new ArrayList<>(); // start, end, start, end ...
  private Label rangeStart;
  private boolean emptyRange = true;
  private boolean constructing;
  private int pendingNews;
  private final Map<Site, Integer> entryTimeLocals = new HashMap<>();
  private final List<Label> labelsHere = new ArrayList<>(); // since the last insn
  private final Map<Label, Label> movedLabels = new HashMap<>();
  private List<Site> pendingLine = List.of();
  private int nextLocal;
  private int spillLocals;
  private int extraStack;

  MethodWeaver(
      MethodVisitor next,
      WovenMethod method,
      List<Site> sites,
      InnerSites inner,
      MethodScan scan,
      boolean framed) {
    super(Opcodes.ASM9, next);
    this.method = method;
    this.sites = sites;
    this.inner = inner;
    this.scan = scan;
    this.framed = framed;
    this.nextLocal = scan.maxLocals();
    this.argumentLocal = method.argumentLocals();
    this.constructing = method.isConstructor();
    this.rangeStart = new Label();
  }

  @Override
  public void visitCode() {
    super.visitCode();
    sitesOf(Kind.ENTRY).forEach(site -> fire(site, constructing, -1));
    keepOverwrittenArguments();
    readEntryTimes();
    if (!constructing) {
      openRange();
    }
  }

  /** One clock read serves all exits, but those that may turn out not to be seen read their own. */
  private void readEntryTimes() {
    int shared = -1;
    for (Site site : sites) {
      if (site.shape().timed() && site.start() == null && shared >= 0) {
        entryTimeLocals.put(site, shared);
      } else if (site.shape().timed()) {
        int local = readEntryTime(site.start());
        entryTimeLocals.put(site, local);
        shared = site.start() == null ? local : shared;
      }
    }
  }

  private int readEntryTime(@Nullable Trampoline start) {
    String owner = start == null ? "java/lang/System" : start.internalName();
    String name = start == null ? "nanoTime" : "fire";
    super.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, "()J", false);
    int local = own(Opcodes.LONG, 2);
    super.visitVarInsn(Opcodes.LSTORE, local);
    extraStack = Math.max(extraStack, 2);
    return local;
  }

  /**
   * Copies the parameters that exits want and the code writes to: their slots cannot be trusted.
   */
  private void keepOverwrittenArguments() {
    long wanted = 0;
    for (Site site : sites) {
      wanted |= site.kind() == Kind.ENTRY ? 0 : site.shape().arguments();
    }
    for (int i = 0; i < argumentLocal.length && i < Long.SIZE; i++) {
      boolean keep = (wanted >>> i & 1) != 0 && scan.isStored(argumentLocal[i]);
      if (keep && !(method.isConstructor() && i == 0)) {
        Type type = method.argumentTypes()[i];
        super.visitVarInsn(type.getOpcode(Opcodes.ILOAD), argumentLocal[i]);
        argumentLocal[i] = own(frameType(type), type.getSize());
        super.visitVarInsn(type.getOpcode(Opcodes.ISTORE), argumentLocal[i]);
        extraStack = Math.max(extraStack, 2);
      }
    }
  }

  private int own(Object frameType, int slots) {
    int local = nextLocal;
    nextLocal += slots;
    ownTypes.add(frameType);
    return local;
  }

  @Override
  public void visitInsn(int opcode) {
    if (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN && has(Kind.RETURN)) {
      enterLine();
      closeRange();
      int result = spillResult();
      sitesOf(Kind.RETURN).forEach(site -> fire(site, isReceiverLost(), result));
      if (result >= 0) {
        super.visitVarInsn(method.returnType().getOpcode(Opcodes.ILOAD), result);
      }
      super.visitInsn(opcode);
      openRange();
    } else {
      touch();
      super.visitInsn(opcode);
    }
  }

  /** Moves the result from the stack to a local behind all that live in frames; -1 for void. */
  private int spillResult() {
    Type type = method.returnType();
    if (type == Type.VOID_TYPE) {
      return -1;
    }
    spillLocals = Math.max(spillLocals, 2);
    super.visitVarInsn(type.getOpcode(Opcodes.ISTORE), nextLocal);
    return nextLocal;
  }

  /** Calls a trampoline with this method's arguments, as they were at entry. */
  private void fire(Site site, boolean noReceiver, int resultLocal) {
    Type result =
        site.kind() == Kind.EXCEPTION
            ? Type.getObjectType("java/lang/Throwable")
            : method.returnType();
    fire(site, method.argumentTypes(), argumentLocal, noReceiver, result, resultLocal);
  }

  private void fire(
      Site site, Type[] types, int[] locals, boolean noReceiver, Type result, int resultLocal) {
    Shape shape = site.shape();
    super.visitLdcInsn(site.tag());
    int pushed = 2;
    if (shape.timed()) {
      super.visitVarInsn(Opcodes.LLOAD, entryTimeLocals.get(site));
      pushed += 2;
    }
    for (int i = 0; i < types.length; i++) {
      if (shape.has(i) && noReceiver && i == 0) {
        super.visitInsn(Opcodes.ACONST_NULL);
        pushed += 1;
      } else if (shape.has(i)) {
        pushed += push(types[i], locals[i]);
      }
    }
    if (shape.result() != 'V') {
      pushed += push(result, resultLocal);
    }
    super.visitMethodInsn(
        Opcodes.INVOKESTATIC, site.trampoline().internalName(), "fire", shape.descriptor(), false);
    extraStack = Math.max(extraStack, pushed + 2);
  }

  /** A constructor's receiver cannot be copied at entry: once overwritten, it is not to be had. */
  private boolean isReceiverLost() {
    return method.isConstructor() && scan.isStored(0);
  }

  /** Pushes a local as a trampoline takes it: a reference as it is, all else as 64 bits. */
  private int push(Type type, int local) {
    super.visitVarInsn(type.getOpcode(Opcodes.ILOAD), local);
    switch (type.getSort()) {
      case Type.OBJECT, Type.ARRAY -> {
        return 1;
      }
      case Type.LONG -> {}
      case Type.FLOAT -> {
        rawBits("java/lang/Float", "floatToRawIntBits", "(F)I");
        super.visitInsn(Opcodes.I2L);
        super.visitLdcInsn(0xffff_ffffL); // a float's bits are the low 32, the rest is zero
        super.visitInsn(Opcodes.LAND);
      }
      case Type.DOUBLE -> rawBits("java/lang/Double", "doubleToRawLongBits", "(D)J");
      default -> super.visitInsn(Opcodes.I2L);
    }
    return type.getSort() == Type.FLOAT ? 4 : 2;
  }

  private void rawBits(String owner, String name, String descriptor) {
    super.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, descriptor, false);
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    if (has(Kind.EXCEPTION)) {
      closeRange();
      exceptionHandler();
    }
    super.visitMaxs(maxStack + extraStack, Math.max(maxLocals, nextLocal + spillLocals));
  }

  /** The outermost handler: what comes here leaves the method, and is thrown on. */
  private void exceptionHandler() {
    if (ranges.isEmpty()) {
      return;
    }
    Label handler = new Label();
    for (int i = 0; i < ranges.size(); i += 2) {
      super.visitTryCatchBlock(ranges.get(i), ranges.get(i + 1), handler, null);
    }
    super.visitLabel(handler);
    if (framed) {
      List<Object> locals = withOwn(argumentsThatStay());
      super.visitFrame(
          Opcodes.F_NEW, locals.size(), locals.toArray(), 1, new Object[] {"java/lang/Throwable"});
    }
    int thrown = nextLocal;
    spillLocals = Math.max(spillLocals, 1);
    super.visitVarInsn(Opcodes.ASTORE, thrown);
    sitesOf(Kind.EXCEPTION).forEach(site -> fire(site, isReceiverLost(), thrown));
    super.visitVarInsn(Opcodes.ALOAD, thrown);
    super.visitInsn(Opcodes.ATHROW);
    extraStack = Math.max(extraStack, 1);
  }

  /** Returns the frame of the parameters at the handler: those that the code never overwrites. */
  private List<Object> argumentsThatStay() {
    List<Object> locals = new ArrayList<>();
    int slot = 0;
    for (Type type : method.argumentTypes()) {
      boolean stays = !scan.isStored(slot);
      locals.add(stays ? frameType(type) : Opcodes.TOP);
      if (!stays && type.getSize() == 2) {
        locals.add(Opcodes.TOP);
      }
      slot += type.getSize();
    }
    return locals;
  }

  @Override
  public void visitFrame(int type, int numLocal, Object[] local, int numStack, Object[] stack) {
    List<Object> locals = withOwn(new ArrayList<>(Arrays.asList(local).subList(0, numLocal)));
    super.visitFrame(Opcodes.F_NEW, locals.size(), moved(locals.toArray()), numStack, moved(stack));
  }

  /** Adds Sonde's locals behind the method's own, which they follow at maxLocals. */
  private List<Object> withOwn(List<Object> locals) {
    if (ownTypes.isEmpty()) {
      return locals;
    }
    int slots = 0;
    for (Object type : locals) {
      slots += type == Opcodes.LONG || type == Opcodes.DOUBLE ? 2 : 1;
    }
    for (; slots < scan.maxLocals(); slots++) {
      locals.add(Opcodes.TOP);
    }
    locals.addAll(ownTypes);
    return locals;
  }

  private static Object frameType(Type type) {
    return switch (type.getSort()) {
      case Type.LONG -> Opcodes.LONG;
      case Type.DOUBLE -> Opcodes.DOUBLE;
      case Type.FLOAT -> Opcodes.FLOAT;
      case Type.OBJECT, Type.ARRAY -> type.getInternalName();
      default -> Opcodes.INTEGER;
    };
  }

  // ---- which insns the exception handler covers ------------------------------------------------

  private void openRange() {
    rangeStart = new Label();
    emptyRange = true;
    super.visitLabel(rangeStart);
  }

  /** An empty range is illegal in a class file: only one with an insn in it is kept. */
  private void closeRange() {
    if (!emptyRange && !constructing) {
      Label end = new Label();
      super.visitLabel(end);
      ranges.add(rangeStart);
      ranges.add(end);
    }
    emptyRange = true;
  }

  // ---- places inside of the code ----------------------------------------------------------------

  @Override
  public void visitLabel(Label label) {
    super.visitLabel(label);
    labelsHere.add(label);
  }

  @Override
  public void visitLineNumber(int line, Label start) {
    super.visitLineNumber(line, start);
    pendingLine = inner.lines(line);
  }

  /** Comes before each insn of the method's own that the exception handler covers. */
  private void touch() {
    enterLine();
    emptyRange = false;
  }

  /** A line's call waits until its first insn comes, behind the frame that belongs to that insn. */
  private void enterLine() {
    if (!pendingLine.isEmpty()) {
      pendingLine.forEach(site -> fire(site, constructing || isReceiverLost(), -1));
      pendingLine = List.of();
      moveLabels();
      emptyRange = false;
    }
    labelsHere.clear();
  }

  /** Frames name an object that is not constructed yet by the place of its {@code new}: here. */
  private void moveLabels() {
    Label here = new Label();
    super.visitLabel(here);
    labelsHere.forEach(label -> movedLabels.put(label, here));
  }

  private Object[] moved(Object[] types) {
    Object[] moved = types.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] =
          moved[i] instanceof Label label ? movedLabels.getOrDefault(label, label) : moved[i];
    }
    return moved;
  }

  /** Calls what is to be called before {@code callee} is, with the arguments that it will get. */
  private void fireCall(WovenMethod callee, List<Site> calls) {
    boolean wanted = calls.stream().anyMatch(site -> site.shape().arguments() != 0);
    Type[] types = callee.argumentTypes();
    int[] locals = new int[types.length];
    if (wanted) {
      spill(types, locals);
    }
    for (Site site : calls) {
      fire(site, types, locals, callee.isConstructor(), Type.VOID_TYPE, -1);
    }
    if (wanted) {
      unspill(types, locals);
    }
  }

  /** Moves arguments from the stack to locals that no frame knows. */
  private void spill(Type[] types, int[] locals) {
    int local = nextLocal;
    for (int i = types.length - 1; i >= 0; i--) {
      locals[i] = local;
      super.visitVarInsn(types[i].getOpcode(Opcodes.ISTORE), local);
      local += types[i].getSize();
    }
    spillLocals = Math.max(spillLocals, local - nextLocal);
  }

  private void unspill(Type[] types, int[] locals) {
    for (int i = 0; i < types.length; i++) {
      super.visitVarInsn(types[i].getOpcode(Opcodes.ILOAD), locals[i]);
    }
  }

  /**
   * Writes a constructor call of {@code new}, keeping the object in a local: the JVM knows it there
   * as constructed once the call has returned, whatever else becomes of it.
   */
  private void construct(WovenMethod constructor, boolean itf, List<Site> sites) {
    Type[] types = constructor.argumentTypes();
    int[] locals = new int[types.length];
    spill(types, locals);
    unspill(types, locals);
    super.visitMethodInsn(
        Opcodes.INVOKESPECIAL, constructor.owner(), "<init>", constructor.descriptor(), itf);
    for (Site site : sites) {
      fire(site, new Type[0], locals, false, types[0], locals[0]);
    }
  }

  /** Calls what is to be called for the array on the stack's top. */
  private void fireArray(String className) {
    List<Site> allocations = inner.allocations(className);
    if (!allocations.isEmpty()) {
      super.visitInsn(Opcodes.DUP);
      super.visitVarInsn(Opcodes.ASTORE, nextLocal);
      spillLocals = Math.max(spillLocals, 1);
      extraStack = Math.max(extraStack, 1);
      Type array = Type.getType("[Ljava/lang/Object;");
      allocations.forEach(site -> fire(site, new Type[0], new int[0], false, array, nextLocal));
    }
  }

  @Override
  public void visitMethodInsn(int op, String owner, String name, String desc, boolean itf) {
    touch();
    int access = op == Opcodes.INVOKESTATIC ? Opcodes.ACC_STATIC : 0;
    WovenMethod callee = new WovenMethod(owner, access, name, desc);
    List<Site> calls = inner.calls(callee);
    if (!calls.isEmpty()) {
      fireCall(callee, calls);
    }
    boolean construction = op == Opcodes.INVOKESPECIAL && name.equals("<init>");
    boolean ofSuper = construction && constructing && pendingNews == 0;
    List<Site> allocations =
        construction && !ofSuper ? inner.allocations(owner.replace('/', '.')) : List.of();
    if (allocations.isEmpty()) {
      super.visitMethodInsn(op, owner, name, desc, itf);
    } else {
      construct(callee, itf, allocations);
    }
    pendingNews -= construction && !ofSuper ? 1 : 0;
    if (ofSuper) {
      constructing = false;
      openRange();
    }
  }

  @Override
  public void visitTypeInsn(int opcode, String type) {
    touch();
    pendingNews += opcode == Opcodes.NEW ? 1 : 0;
    super.visitTypeInsn(opcode, type);
    if (opcode == Opcodes.ANEWARRAY) {
      fireArray(ArrayTypes.arrayOfReference(type));
    }
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    touch();
    super.visitIntInsn(opcode, operand);
    if (opcode == Opcodes.NEWARRAY) {
      fireArray(ArrayTypes.arrayOfPrimitive(operand));
    }
  }

  @Override
  public void visitVarInsn(int opcode, int local) {
    touch();
    super.visitVarInsn(opcode, local);
  }

  @Override
  public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
    touch();
    super.visitFieldInsn(opcode, owner, name, descriptor);
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, net.bytebuddy.jar.asm.Handle bootstrap, Object... args) {
    touch();
    super.visitInvokeDynamicInsn(name, descriptor, bootstrap, args);
  }

  @Override
  public void visitJumpInsn(int opcode, Label label) {
    touch();
    super.visitJumpInsn(opcode, label);
  }

  @Override
  public void visitLdcInsn(Object value) {
    touch();
    super.visitLdcInsn(value);
  }

  @Override
  public void visitIincInsn(int local, int increment) {
    touch();
    super.visitIincInsn(local, increment);
  }

  @Override
  public void visitTableSwitchInsn(int min, int max, Label dflt, Label... labels) {
    touch();
    super.visitTableSwitchInsn(min, max, dflt, labels);
  }

  @Override
  public void visitLookupSwitchInsn(Label dflt, int[] keys, Label[] labels) {
    touch();
    super.visitLookupSwitchInsn(dflt, keys, labels);
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    touch();
    super.visitMultiANewArrayInsn(descriptor, dimensions);
    fireArray(ArrayTypes.named(descriptor));
  }

  private boolean has(Kind kind) {
    return sites.stream().anyMatch(site -> site.kind() == kind);
  }

  private List<Site> sitesOf(Kind kind) {
    return sites.stream().filter(site -> site.kind() == kind).toList();
  }
}
