package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget.Kind;
import dev.sonde.probes.bridge.Trampoline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes calls of trampolines into one method: before its first insn, before each return, where an
 * exception leaves it, and at calls, allocations and lines inside of it. The method's own insns,
 * locals and handlers stay as they are; what Sonde keeps from entry to exit (the entry time,
 * parameters that the code overwrites) lives in locals behind the method's own. Here {@code
 * mv.visit...} writes an insn of Sonde's, {@code super.visit...} passes on one of the method's.
 *
 * <p>A constructor's receiver does not exist for the JVM before {@code super(...)} has returned: at
 * entry it is null, and exceptions are seen from there on.
 */
final class MethodWeaver extends EachInsn {
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
  private final List<Site> entries;
  private final List<Site> returns;
  private final List<Site> exceptions;
  private final InnerSites inner;
  private final boolean framed;
  private final MethodScan scan;
  private final int[] argumentLocal;
  private final OwnLocals own;
  private final HandlerRanges ranges;
  private final CallWriter writer;
  private final PlaceWriter places;
  private final Construction construction;
  private int frames; // met so far
  private boolean dead; // nothing reaches the insn that comes next
  private final Map<Site, Integer> entryTimeLocals = new HashMap<>();
  private final Map<Site, Integer> slotLocals = new HashMap<>();
  private final List<Label> labelsHere = new ArrayList<>(); // since the last insn
  private final Map<Label, Label> movedLabels = new HashMap<>();
  private List<Site> pendingLine = List.of();

  MethodWeaver(
      MethodVisitor next,
      WovenMethod method,
      List<Site> sites,
      InnerSites inner,
      MethodScan scan,
      boolean framed) {
    super(next);
    this.method = method;
    this.sites = sites;
    this.entries = of(sites, Kind.ENTRY);
    this.returns = of(sites, Kind.RETURN);
    this.exceptions = of(sites, Kind.EXCEPTION);
    this.inner = inner;
    this.scan = scan;
    this.framed = framed;
    this.own = new OwnLocals(scan.maxLocals());
    this.ranges = new HandlerRanges(next);
    this.writer = new CallWriter(next, entryTimeLocals, slotLocals);
    this.places = new PlaceWriter(next, own, writer);
    this.argumentLocal = method.argumentLocals();
    this.construction = new Construction(method.isConstructor());
  }

  @Override
  public void visitCode() {
    super.visitCode();
    entries.forEach(site -> fire(site, construction.isPending(), -1));
    keepOverwrittenArguments();
    boolean slotted = nameCarrier();
    readEntryTimes();
    if (slotted) {
      findSlot();
    }
    cover();
  }

  /** The handler's frame has the parameters: an insn that lacks one cannot be in its range. */
  private void cover() {
    if (construction.isPending() || dead) {
      ranges.close();
    } else {
      ranges.openIfClosed();
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

  /** Leaves the carrier's id on the stack; returns false when no exit asks for its slot. */
  private boolean nameCarrier() {
    for (Site site : sites) {
      Trampoline carriers = site.carriers();
      if (carriers != null) {
        fire(carriers);
        writer.needStack(4); // with a clock read above it
        return true;
      }
    }
    return false;
  }

  /** Turns the carrier's id on the stack into its slot, in a local. */
  private void findSlot() {
    int shared = -1;
    for (Site site : sites) {
      Trampoline slots = site.slots();
      if (slots != null && shared < 0) {
        fire(slots);
        shared = own.add("java/lang/Object", 1);
        mv.visitVarInsn(Opcodes.ASTORE, shared);
      }
      slotLocals.put(site, shared);
    }
  }

  private void fire(Trampoline trampoline) {
    mv.visitMethodInsn(
        Opcodes.INVOKESTATIC, trampoline.internalName(), "fire", trampoline.descriptor(), false);
  }

  private int readEntryTime(@Nullable Trampoline start) {
    String owner = start == null ? "java/lang/System" : start.internalName();
    String name = start == null ? "nanoTime" : "fire";
    mv.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, "()J", false);
    int local = own.add(Opcodes.LONG, 2);
    mv.visitVarInsn(Opcodes.LSTORE, local);
    writer.needStack(2);
    return local;
  }

  /** Copies the parameters that exits want and whose slots cannot be trusted until then. */
  private void keepOverwrittenArguments() {
    long wanted = 0;
    for (Site site : sites) {
      wanted |= site.kind() == Kind.ENTRY ? 0 : site.shape().arguments();
    }
    for (int i = 0; i < argumentLocal.length && i < Long.SIZE; i++) {
      boolean keep = (wanted >>> i & 1) != 0 && scan.isLost(argumentLocal[i]);
      if (keep && !(method.isConstructor() && i == 0)) {
        Type type = method.argumentTypes()[i];
        mv.visitVarInsn(type.getOpcode(Opcodes.ILOAD), argumentLocal[i]);
        argumentLocal[i] = own.add(OwnLocals.frameType(type), type.getSize());
        mv.visitVarInsn(type.getOpcode(Opcodes.ISTORE), argumentLocal[i]);
        writer.needStack(2);
      }
    }
  }

  @Override
  public void visitInsn(int opcode) {
    if (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN && !returns.isEmpty() && !dead) {
      enterLine();
      ranges.close();
      int result = spillResult();
      returns.forEach(site -> fire(site, isReceiverLost(), result));
      if (result >= 0) {
        mv.visitVarInsn(method.returnType().getOpcode(Opcodes.ILOAD), result);
      }
      mv.visitInsn(opcode);
      ends();
      cover();
    } else {
      super.visitInsn(opcode);
    }
  }

  @Override
  public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
    super.visitTryCatchBlock(start, end, handler, type);
    construction.handler(start, handler);
  }

  @Override
  void leadsTo(Label target) {
    construction.jump(target);
  }

  @Override
  void ends() {
    construction.end();
  }

  /** Moves the result from the stack to a local behind all that live in frames; -1 for void. */
  private int spillResult() {
    Type type = method.returnType();
    if (type == Type.VOID_TYPE) {
      return -1;
    }
    int result = own.spill(2);
    mv.visitVarInsn(type.getOpcode(Opcodes.ISTORE), result);
    return result;
  }

  /** Calls a trampoline with this method's arguments, as they were at entry. */
  private void fire(Site site, boolean noReceiver, int resultLocal) {
    Type result =
        site.kind() == Kind.EXCEPTION
            ? Type.getObjectType("java/lang/Throwable")
            : method.returnType();
    writer.call(site, method.argumentTypes(), argumentLocal, noReceiver, result, resultLocal);
  }

  /** A constructor's receiver cannot be copied at entry: once overwritten, it is not to be had. */
  private boolean isReceiverLost() {
    return method.isConstructor() && scan.isLost(0);
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    if (!exceptions.isEmpty()) {
      ranges.close();
      exceptionHandler();
    }
    super.visitMaxs(maxStack + writer.extraStack(), own.max(maxLocals));
  }

  /** The outermost handler: what comes here leaves the method, and is thrown on. */
  private void exceptionHandler() {
    if (ranges.isEmpty()) {
      return;
    }
    Label handler = new Label();
    ranges.handleBy(handler);
    mv.visitLabel(handler);
    if (framed) {
      List<Object> locals = own.in(argumentsThatStay());
      mv.visitFrame(
          Opcodes.F_NEW, locals.size(), locals.toArray(), 1, new Object[] {"java/lang/Throwable"});
    }
    int thrown = own.spill(1);
    mv.visitVarInsn(Opcodes.ASTORE, thrown);
    exceptions.forEach(site -> fire(site, isReceiverLost(), thrown));
    mv.visitVarInsn(Opcodes.ALOAD, thrown);
    mv.visitInsn(Opcodes.ATHROW);
    writer.needStack(1);
  }

  /** Returns the frame of the parameters at the handler: those that the code never overwrites. */
  private List<Object> argumentsThatStay() {
    List<Object> locals = new ArrayList<>();
    int slot = 0;
    for (Type type : method.argumentTypes()) {
      boolean stays = !scan.isLost(slot);
      locals.add(stays ? OwnLocals.frameType(type) : Opcodes.TOP);
      if (!stays && type.getSize() == 2) {
        locals.add(Opcodes.TOP);
      }
      slot += type.getSize();
    }
    return locals;
  }

  @Override
  public void visitFrame(int type, int numLocal, Object[] local, int numStack, Object[] stack) {
    List<Object> locals = own.in(new ArrayList<>(Arrays.asList(local).subList(0, numLocal)));
    mv.visitFrame(Opcodes.F_NEW, locals.size(), moved(locals.toArray()), numStack, moved(stack));
    dead = scan.isDead(frames++);
    construction.frame(local, numLocal, stack, numStack);
    cover();
  }

  // ---- places inside of the code ----------------------------------------------------------------

  @Override
  public void visitLabel(Label label) {
    super.visitLabel(label);
    labelsHere.add(label);
    construction.label(label);
    cover();
  }

  @Override
  public void visitLineNumber(int line, Label start) {
    super.visitLineNumber(line, start);
    pendingLine = inner.lines(line);
  }

  @Override
  void beforeInsn() {
    enterLine();
    ranges.touch();
  }

  /** A line's call waits until its first insn comes, behind the frame that belongs to that insn. */
  private void enterLine() {
    if (!pendingLine.isEmpty() && !dead) {
      pendingLine.forEach(site -> fire(site, construction.isPending() || isReceiverLost(), -1));
      moveLabels();
    }
    pendingLine = List.of();
    labelsHere.clear();
  }

  /** Frames name an object that is not constructed yet by the place of its {@code new}: here. */
  private void moveLabels() {
    Label here = new Label();
    mv.visitLabel(here);
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

  @Override
  public void visitMethodInsn(int op, String owner, String name, String desc, boolean itf) {
    beforeInsn();
    int access = op == Opcodes.INVOKESTATIC ? Opcodes.ACC_STATIC : 0;
    WovenMethod callee = new WovenMethod(owner, access, name, desc);
    places.beforeCall(callee, inner.calls(callee));
    boolean constructs = op == Opcodes.INVOKESPECIAL && name.equals("<init>");
    List<Site> allocations =
        constructs && !construction.isOfReceiver()
            ? inner.allocations(owner.replace('/', '.'))
            : List.of();
    if (allocations.isEmpty()) {
      mv.visitMethodInsn(op, owner, name, desc, itf);
    } else {
      places.construct(callee, itf, allocations);
    }
    if (constructs) {
      construction.constructed();
      cover();
    }
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... args) {
    beforeInsn();
    WovenMethod callee = MethodScan.linkedBy(bootstrap, descriptor);
    places.beforeCall(callee, inner.calls(callee));
    mv.visitInvokeDynamicInsn(name, descriptor, bootstrap, args);
  }

  @Override
  public void visitTypeInsn(int opcode, String type) {
    super.visitTypeInsn(opcode, type);
    if (opcode == Opcodes.NEW) {
      construction.made();
    } else if (opcode == Opcodes.ANEWARRAY) {
      newArray(ArrayTypes.arrayOfReference(type));
    }
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    super.visitIntInsn(opcode, operand);
    if (opcode == Opcodes.NEWARRAY) {
      newArray(ArrayTypes.arrayOfPrimitive(operand));
    }
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    super.visitMultiANewArrayInsn(descriptor, dimensions);
    newArray(ArrayTypes.named(descriptor));
  }

  private void newArray(String className) {
    places.afterArray(inner.allocations(className));
  }

  private static List<Site> of(List<Site> sites, Kind kind) {
    List<Site> ofKind = new ArrayList<>(0);
    for (Site site : sites) {
      if (site.kind() == kind) {
        ofKind.add(site);
      }
    }
    return ofKind;
  }
}
