package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.ThreadStop;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes what stands between a trampoline of one {@link Shape} and the program of one {@link
 * Probe}: the one method of a {@link GlueClass}. As source, for a return probe whose program reads
 * the duration and argument 1:
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
 *     if (!isClosed(WAY)) {
 *       PROBE.begin(slot, row, tag);
 *       ENTRY.invokeExact(slot, handle(slot, a1), now - entryTime);
 *       end(slot, row); // neither of these for a plain program, whose run is only counted
 *     }
 *     VarHandle.releaseFence();
 *     slot.running = false;
 *     if (slot.timedSince != 0) add System.nanoTime() - slot.timedSince to the row;
 *   } catch (any t) {
 *     slot.running = false;
 *     slot.timedSince = 0;
 *     PROBE.fail(slot);
 *     ThreadStop.passOn(t);
 *   }
 * }
 * }</pre>
 *
 * At the end of a thread's stack any call may throw, the first execution of an insn more than later
 * ones: therefore the guard is a field that is stored to, by insns that the normal path has
 * resolved, and the handler is for any class, which needs none to be found.
 */
final class Glue {
  private static final String NAME = GlueClass.NAME;
  private static final String PROBE = Type.getInternalName(Probe.class);
  private static final String SLOT = Type.getInternalName(CarrierSlot.class);
  private static final String STOP = Type.getInternalName(ThreadStop.class);
  private static final String HANDLE = GlueClass.HANDLE;
  private static final String WAY = GlueClass.WAY;
  private static final String COUNTERS = Type.getInternalName(ProbeCounters.class);
  private static final String PROGRAM = Type.getInternalName(ExecutableProgram.class);

  private final Probe probe;
  private final Shape shape;
  private final Inputs inputs;
  private final boolean plain;
  private final MethodVisitor mv;
  private final Map<Integer, Integer> words = new HashMap<>(); // context offset to local
  private final ContextWords context;
  private int slotLocal;
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

  /** Writes the method's code. */
  static void write(Probe probe, Shape shape, MethodVisitor mv) {
    new Glue(probe, shape, mv).emit();
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
    Label untimed = new Label();
    counters().endTimed(newLong(), untimed, out);
    mv.visitLabel(untimed);
    mv.visitVarInsn(Opcodes.ASTORE, thrown); // no stack left for a call: the run is not timed
    passOn(thrown);
    mv.visitJumpInsn(Opcodes.GOTO, out);
    mv.visitLabel(handler);
    mv.visitVarInsn(Opcodes.ASTORE, thrown);
    guard(false);
    counters().clearTime();
    probe("fail");
    passOn(thrown);
    mv.visitJumpInsn(Opcodes.GOTO, out);
  }

  private void passOn(int thrown) {
    mv.visitVarInsn(Opcodes.ALOAD, thrown);
    call(Opcodes.INVOKESTATIC, STOP, "passOn", "(Ljava/lang/Throwable;)V");
  }

  private void run() {
    Label closed = new Label();
    mv.visitFieldInsn(Opcodes.GETSTATIC, NAME, "WAY", "L" + WAY + ";");
    call(Opcodes.INVOKESTATIC, PROBE, "isClosed", "(L" + WAY + ";)Z");
    mv.visitJumpInsn(Opcodes.IFNE, closed);
    begin();
    if (inputs.whole()) {
      runOnMemory();
    } else {
      runOnFields();
    }
    mv.visitInsn(Opcodes.POP2); // r0: the kernel ignores it in these program types, too
    if (!plain) {
      slot();
      counters().push();
      call(Opcodes.INVOKESTATIC, PROBE, "end", "(L" + SLOT + ";J)V");
    }
    if (plain && probe.mayWait()) {
      mv.visitVarInsn(Opcodes.ILOAD, pinnedLocal);
      mv.visitJumpInsn(Opcodes.IFEQ, closed);
      slot();
      call(Opcodes.INVOKESTATIC, PROBE, "unpin", "(L" + SLOT + ";)V");
    }
    mv.visitLabel(closed);
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
      slot();
      counters().push();
      mv.visitVarInsn(Opcodes.LLOAD, 0);
      call(Opcodes.INVOKEVIRTUAL, PROBE, "begin", "(L" + SLOT + ";JJ)V");
      return;
    }
    slot(); // does not count the run, which is over before who waits for it looks a second time
    counters().push();
    if (context.hasNow()) {
      context.now();
      call(Opcodes.INVOKESTATIC, COUNTERS, "beginRun", "(L" + SLOT + ";JJ)V");
    } else {
      call(Opcodes.INVOKESTATIC, COUNTERS, "beginRun", "(L" + SLOT + ";J)V");
    }
  }

  private CounterRow counters() {
    return new CounterRow(mv, probe.counters(), slotLocal);
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
