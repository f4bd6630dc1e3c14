package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.ThreadStop;
import dev.sonde.vm.memory.HiddenClasses;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Makes what stands between a trampoline of one {@link Shape} and the program of one {@link Probe}:
 * a hidden class with one method, compiled so that the JIT can inline woven method, glue and
 * program into one another and drop what the program does not read. As source, for a return probe
 * whose program reads the duration and argument 1:
 *
 * <pre>{@code
 * static void fire(long tag, long entryTime, Object slotAtEntry, Object a1) {
 *   if (epoch of tag is not PROBE's) return;
 *   long now = System.nanoTime();
 *   CarrierSlot slot = PROBE.slot(slotAtEntry);
 *   if (slot == null) return; // then, where events are sampled: if (!PROBE.admit(slot)) return;
 *   if (slot.running) { PROBE.miss(slot); return; }
 *   slot.running = true;
 *   try {
 *     if (!PROBE.isClosed()) {
 *       long start = PROBE.begin(slot, COUNTERS, tag);
 *       ENTRY.invokeExact(slot, handle(slot, a1), now - entryTime);
 *       end(slot, COUNTERS, start); // of a plain program after the guard, and only if start != 0
 *     }
 *     VarHandle.releaseFence();
 *     slot.running = false;
 *   } catch (any t) { slot.running = false; PROBE.fail(slot); ThreadStop.passOn(t); }
 * }
 * }</pre>
 *
 * At the end of a thread's stack any call may throw, the first execution of an insn more than later
 * ones: therefore the guard is a field that is stored to, by insns that the normal path has
 * resolved, and the handler is for any class, which needs none to be found.
 */
final class Glue {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String NAME = "dev/sonde/probes/method/Glue$Fire";
  private static final String PROBE = Type.getInternalName(Probe.class);
  private static final String SLOT = Type.getInternalName(CarrierSlot.class);
  private static final String STOP = Type.getInternalName(ThreadStop.class);
  private static final String HANDLE = "java/lang/invoke/MethodHandle";
  private static final String HANDLES = "java/lang/invoke/MethodHandles";
  private static final String LOOKUPS = "java/lang/invoke/MethodHandles$Lookup";
  private static final String CLASS_DATA_AT =
      "(L" + LOOKUPS + ";Ljava/lang/String;Ljava/lang/Class;I)Ljava/lang/Object;";
  private static final String PROGRAM = Type.getInternalName(ExecutableProgram.class);

  private final Probe probe;
  private final Shape shape;
  private final Inputs inputs;
  private final boolean plain;
  private final MethodVisitor mv;
  private final Map<Integer, Integer> words = new HashMap<>(); // context offset to local
  private final ContextWords context;
  private int slotLocal;
  private int startLocal;
  private int pinnedLocal;
  private int locals;

  private Glue(Probe probe, Shape shape, MethodVisitor mv) {
    this.probe = probe;
    this.shape = shape;
    this.inputs = probe.inputs();
    this.plain = probe.isPlain(shape);
    this.mv = mv;
    this.context = new ContextWords(probe, shape, mv);
    this.locals = context.end();
  }

  /** Returns a handle of the shape's type that runs the probe's program once a call. */
  static MethodHandle make(Probe probe, Shape shape) {
    return define(bytes(probe, shape), probe, shape);
  }

  /** Returns the class as it is defined. */
  static byte[] bytes(Probe probe, Shape shape) {
    ClassWriter writer =
        new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
          @Override
          protected String getCommonSuperClass(String a, String b) {
            return "java/lang/Object"; // no two classes meet in a local that is read
          }
        };
    writer.visit(
        Opcodes.V17, Opcodes.ACC_FINAL | Opcodes.ACC_SUPER, NAME, null, "java/lang/Object", null);
    String entryType = probe.inputs().whole() ? PROGRAM : HANDLE;
    constants(writer, "PROBE", PROBE, "ENTRY", entryType);
    MethodVisitor mv =
        writer.visitMethod(Opcodes.ACC_STATIC, "fire", shape.descriptor(), null, null);
    mv.visitAnnotation(HiddenClasses.FORCE_INLINE, true).visitEnd();
    new Glue(probe, shape, mv).emit();
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static MethodHandle define(byte[] bytes, Probe probe, Shape shape) {
    Object entry =
        probe.inputs().whole() ? probe.program() : probe.program().scalarEntry().orElseThrow();
    try {
      MethodHandles.Lookup hidden =
          HiddenClasses.define(LOOKUP, NAME, bytes, List.of(probe, entry));
      MethodType type =
          MethodType.fromMethodDescriptorString(shape.descriptor(), Glue.class.getClassLoader());
      return hidden.findStatic(hidden.lookupClass(), "fire", type);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("glue of " + shape.descriptor() + ": " + e, e);
    }
  }

  /** Two {@code static final} fields, set from the class data: constants to the JIT. */
  private static void constants(ClassWriter writer, String... namesAndTypes) {
    MethodVisitor init = writer.visitMethod(Opcodes.ACC_STATIC, "<clinit>", "()V", null, null);
    init.visitCode();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      String type = namesAndTypes[i + 1];
      int access = Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
      writer.visitField(access, namesAndTypes[i], "L" + type + ";", null, null).visitEnd();
      init.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "lookup", "()L" + LOOKUPS + ";", false);
      init.visitLdcInsn("_");
      init.visitLdcInsn(Type.getObjectType(type));
      init.visitLdcInsn(i / 2);
      init.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "classDataAt", CLASS_DATA_AT, false);
      init.visitTypeInsn(Opcodes.CHECKCAST, type);
      init.visitFieldInsn(Opcodes.PUTSTATIC, NAME, namesAndTypes[i], "L" + type + ";");
    }
    init.visitInsn(Opcodes.RETURN);
    init.visitMaxs(0, 0);
    init.visitEnd();
  }

  private void emit() {
    mv.visitCode();
    Label out = new Label();
    dropIfStale(out);
    if (probe.decidesAtEntry()) {
      context.entryTime();
      mv.visitInsn(Opcodes.LCONST_0);
      mv.visitInsn(Opcodes.LCMP);
      mv.visitJumpInsn(Opcodes.IFEQ, out); // the entry was not to be seen
    }
    if (inputs.now() && !probe.decidesAtEvent()) {
      readClock();
    }
    if (isExit() && probe.target().limits().minDurationNanos() > 0) {
      dropIfTooShort(out);
    }
    slotLocal = locals++;
    context.slot(slotLocal);
    probe();
    if (shape.slotted()) {
      mv.visitVarInsn(Opcodes.ALOAD, context.slotAtEntryLocal());
      call(Opcodes.INVOKEVIRTUAL, PROBE, "slot", "(Ljava/lang/Object;)L" + SLOT + ";");
    } else {
      call(Opcodes.INVOKEVIRTUAL, PROBE, "slot", "()L" + SLOT + ";");
    }
    mv.visitInsn(Opcodes.DUP);
    mv.visitVarInsn(Opcodes.ASTORE, slotLocal);
    mv.visitJumpInsn(Opcodes.IFNULL, out);
    if (probe.decidesAtEvent()) {
      probe();
      slot();
      call(Opcodes.INVOKEVIRTUAL, PROBE, "admit", "(L" + SLOT + ";)Z");
      mv.visitJumpInsn(Opcodes.IFEQ, out);
      if (inputs.now()) {
        readClock();
      }
    }
    runGuarded(out);
    mv.visitLabel(out);
    mv.visitInsn(Opcodes.RETURN);
    mv.visitMaxs(0, 0);
    mv.visitEnd();
  }

  /** Both epochs are constants where this is inlined, so that the check costs nothing there. */
  private void dropIfStale(Label out) {
    mv.visitVarInsn(Opcodes.LLOAD, 0); // the tag
    mv.visitIntInsn(Opcodes.BIPUSH, 32);
    mv.visitInsn(Opcodes.LUSHR);
    mv.visitInsn(Opcodes.L2I);
    mv.visitLdcInsn(probe.epoch());
    mv.visitJumpInsn(Opcodes.IF_ICMPNE, out);
  }

  private void dropIfTooShort(Label out) {
    probe();
    context.duration();
    call(Opcodes.INVOKEVIRTUAL, PROBE, "isTooShort", "(J)Z");
    mv.visitJumpInsn(Opcodes.IFNE, out);
  }

  private void runGuarded(Label out) {
    Label free = new Label();
    slot();
    mv.visitFieldInsn(Opcodes.GETFIELD, SLOT, "running", "Z");
    mv.visitJumpInsn(Opcodes.IFEQ, free);
    probe("miss");
    mv.visitJumpInsn(Opcodes.GOTO, out);
    mv.visitLabel(free);
    guard(true);
    startLocal = newLong();
    mv.visitInsn(Opcodes.LCONST_0);
    mv.visitVarInsn(Opcodes.LSTORE, startLocal);
    Label start = new Label();
    Label end = new Label();
    Label handler = new Label();
    int thrown = locals++;
    mv.visitTryCatchBlock(start, end, handler, null);
    mv.visitLabel(start);
    run();
    // Who sees the guard free may free the memory of maps: no store of the program comes after
    // that.
    call(Opcodes.INVOKESTATIC, "java/lang/invoke/VarHandle", "releaseFence", "()V");
    mv.visitLabel(end);
    guard(false);
    if (plain) {
      endPlain(out);
    } else {
      mv.visitJumpInsn(Opcodes.GOTO, out);
    }
    mv.visitLabel(handler);
    mv.visitVarInsn(Opcodes.ASTORE, thrown);
    guard(false);
    probe("fail");
    passOn(thrown);
    mv.visitJumpInsn(Opcodes.GOTO, out);
  }

  /**
   * Adds up the time of a run that was timed. Behind the guard, because around a call of Java the
   * JVM's compiler keeps in memory what is needed afterwards, and all that needs the slot would
   * wait for it, in each run for one in 256.
   */
  private void endPlain(Label out) {
    Label start = new Label();
    Label end = new Label();
    Label handler = new Label();
    mv.visitTryCatchBlock(start, end, handler, null);
    mv.visitVarInsn(Opcodes.LLOAD, startLocal);
    mv.visitInsn(Opcodes.LCONST_0);
    mv.visitInsn(Opcodes.LCMP);
    mv.visitJumpInsn(Opcodes.IFEQ, out);
    int thrown = locals++;
    mv.visitLabel(start);
    end("endPlain");
    mv.visitLabel(end);
    mv.visitJumpInsn(Opcodes.GOTO, out);
    mv.visitLabel(handler);
    mv.visitVarInsn(Opcodes.ASTORE, thrown); // no stack left for the call: the run is not timed
    passOn(thrown);
    mv.visitJumpInsn(Opcodes.GOTO, out);
  }

  private void passOn(int thrown) {
    mv.visitVarInsn(Opcodes.ALOAD, thrown);
    call(Opcodes.INVOKESTATIC, STOP, "passOn", "(Ljava/lang/Throwable;)V");
  }

  private void run() {
    Label closed = new Label();
    probe();
    call(Opcodes.INVOKEVIRTUAL, PROBE, "isClosed", "()Z");
    mv.visitJumpInsn(Opcodes.IFNE, closed);
    begin();
    if (inputs.whole()) {
      runOnMemory();
    } else {
      runOnFields();
    }
    mv.visitInsn(Opcodes.POP2); // r0: the kernel ignores it in these program types, too
    if (!plain) {
      end("end");
    }
    if (plain && probe.mayWait()) {
      mv.visitVarInsn(Opcodes.ILOAD, pinnedLocal);
      mv.visitJumpInsn(Opcodes.IFEQ, closed);
      slot();
      call(Opcodes.INVOKESTATIC, PROBE, "unpin", "(L" + SLOT + ";)V");
    }
    mv.visitLabel(closed);
  }

  private void end(String method) {
    slot();
    mv.visitLdcInsn(probe.counters().address());
    mv.visitVarInsn(Opcodes.LLOAD, startLocal);
    call(Opcodes.INVOKESTATIC, PROBE, method, "(L" + SLOT + ";JJ)V");
  }

  private void begin() {
    if (plain && probe.mayWait()) {
      pinnedLocal = locals++;
      slot();
      call(Opcodes.INVOKESTATIC, PROBE, "prepare", "(L" + SLOT + ";)Z");
      mv.visitVarInsn(Opcodes.ISTORE, pinnedLocal);
    }
    if (!plain) {
      probe();
    }
    slot();
    mv.visitLdcInsn(probe.counters().address());
    if (plain && context.hasNow()) {
      context.now();
      call(Opcodes.INVOKESTATIC, PROBE, "beginPlain", "(L" + SLOT + ";JJ)J");
    } else if (plain) {
      call(Opcodes.INVOKESTATIC, PROBE, "beginPlain", "(L" + SLOT + ";J)J");
    } else {
      mv.visitVarInsn(Opcodes.LLOAD, 0);
      call(Opcodes.INVOKEVIRTUAL, PROBE, "begin", "(L" + SLOT + ";JJ)J");
    }
    mv.visitVarInsn(Opcodes.LSTORE, startLocal);
  }

  private void guard(boolean taken) {
    slot();
    mv.visitInsn(taken ? Opcodes.ICONST_1 : Opcodes.ICONST_0);
    mv.visitFieldInsn(Opcodes.PUTFIELD, SLOT, "running", "Z");
  }

  /** Calls a method of the probe that takes the slot. */
  private void probe(String method) {
    probe();
    slot();
    call(Opcodes.INVOKEVIRTUAL, PROBE, method, "(L" + SLOT + ";)V");
  }

  private void runOnFields() {
    List<ContextField> fields = probe.program().scalarFields();
    for (ContextField field : fields) {
      int word = field.offsetBytes() & ~7;
      if (!field.isReference() && !words.containsKey(word)) {
        int local = newLong();
        context.word(word);
        mv.visitVarInsn(Opcodes.LSTORE, local);
        words.put(word, local);
      }
    }
    entry(HANDLE);
    slot();
    StringBuilder descriptor = new StringBuilder("(L" + SLOT + ";");
    for (ContextField field : fields) {
      if (field.isReference()) {
        context.reference(field.offsetBytes());
        descriptor.append("Ljava/lang/Object;");
      } else {
        mv.visitVarInsn(Opcodes.LLOAD, words.get(field.offsetBytes() & ~7));
        narrow((field.offsetBytes() & 7) * 8, field.sizeBytes());
        descriptor.append('J');
      }
    }
    call(Opcodes.INVOKEVIRTUAL, HANDLE, "invokeExact", descriptor.append(")J").toString());
  }

  /**
   * Leaves the {@code sizeBytes} bytes that start at bit {@code shift} of the long on the stack.
   */
  private void narrow(int shift, int sizeBytes) {
    if (shift != 0) {
      mv.visitIntInsn(Opcodes.BIPUSH, shift);
      mv.visitInsn(Opcodes.LUSHR);
    }
    if (sizeBytes < 8) {
      mv.visitLdcInsn((1L << sizeBytes * 8) - 1);
      mv.visitInsn(Opcodes.LAND);
    }
  }

  private void runOnMemory() {
    int memory = newLong();
    slot();
    call(Opcodes.INVOKESTATIC, PROBE, "context", "(L" + SLOT + ";)J");
    mv.visitVarInsn(Opcodes.LSTORE, memory);
    for (int offset = 0; offset < MethodContext.SIZE_BYTES; offset += 8) {
      if (context.isKnown(offset)) {
        mv.visitVarInsn(Opcodes.LLOAD, memory);
        mv.visitLdcInsn(offset);
        context.word(offset);
        call(Opcodes.INVOKESTATIC, PROBE, "store", "(JIJ)V");
      }
    }
    entry(PROGRAM);
    slot();
    mv.visitVarInsn(Opcodes.LLOAD, memory);
    call(Opcodes.INVOKEINTERFACE, PROGRAM, "run", "(L" + SLOT + ";J)J");
  }

  private void readClock() {
    int now = newLong();
    call(Opcodes.INVOKESTATIC, "java/lang/System", "nanoTime", "()J");
    mv.visitVarInsn(Opcodes.LSTORE, now);
    context.now(now);
  }

  private void probe() {
    mv.visitFieldInsn(Opcodes.GETSTATIC, NAME, "PROBE", "L" + PROBE + ";");
  }

  private void entry(String type) {
    mv.visitFieldInsn(Opcodes.GETSTATIC, NAME, "ENTRY", "L" + type + ";");
  }

  private void slot() {
    mv.visitVarInsn(Opcodes.ALOAD, slotLocal);
  }

  private void call(int opcode, String owner, String name, String descriptor) {
    mv.visitMethodInsn(opcode, owner, name, descriptor, opcode == Opcodes.INVOKEINTERFACE);
  }

  private int newLong() {
    int local = locals;
    locals += 2;
    return local;
  }

  private boolean isExit() {
    MethodTarget.Kind kind = probe.target().kind();
    return kind == MethodTarget.Kind.RETURN || kind == MethodTarget.Kind.EXCEPTION;
  }
}
