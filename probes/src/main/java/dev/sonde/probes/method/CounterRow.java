package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes what {@link Glue} does with the row of {@link ProbeCounters} of the slot that it runs on.
 * The end of a timed run is written out in insns that the JVM's compiler has insns for, none of
 * them a call of Java: no register outlives one, so that the traced method would keep its
 * parameters in memory, in each call for one in 256.
 */
final class CounterRow {
  private static final String SLOT = Type.getInternalName(CarrierSlot.class);
  private static final String SLOTS = Type.getInternalName(CarrierSlots.class);
  private static final String RAW_MEMORY = Type.getInternalName(RawMemory.class);
  private static final String UNSAFE = "jdk/internal/misc/Unsafe";
  private static final String GET = "(Ljava/lang/Object;J)J";
  private static final String PUT = "(Ljava/lang/Object;JJ)V";

  private final MethodVisitor mv;
  private final ProbeCounters counters;
  private final int slotLocal;

  CounterRow(MethodVisitor mv, ProbeCounters counters, int slotLocal) {
    this.mv = mv;
    this.counters = counters;
    this.slotLocal = slotLocal;
  }

  /**
   * Writes, into the initializer of the glue's class, what {@link #endTimed} and {@link #clearTime}
   * do: so it is linked in the thread that attaches, which may load the JDK's internal classes also
   * where a security manager forbids it to the application, and has the stack that linking takes.
   */
  static void link(MethodVisitor initializer, ProbeCounters counters) {
    beginAccess(initializer);
    initializer.visitLdcInsn(counters.spareAddress());
    beginAccess(initializer);
    initializer.visitLdcInsn(counters.spareAddress());
    initializer.visitMethodInsn(Opcodes.INVOKEVIRTUAL, UNSAFE, "getLong", GET, false);
    initializer.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/System", "nanoTime", "()J", false);
    initializer.visitInsn(Opcodes.LADD);
    initializer.visitMethodInsn(Opcodes.INVOKEVIRTUAL, UNSAFE, "putLong", PUT, false);
    Label none = new Label();
    initializer.visitMethodInsn(Opcodes.INVOKESTATIC, SLOTS, "current", "()L" + SLOT + ";", false);
    initializer.visitInsn(Opcodes.DUP);
    initializer.visitVarInsn(Opcodes.ASTORE, 0);
    initializer.visitJumpInsn(Opcodes.IFNULL, none);
    new CounterRow(initializer, counters, 0).clearTime();
    initializer.visitLabel(none);
  }

  /** Begins an access, before its address: the intrinsic's receiver, and null. */
  private static void beginAccess(MethodVisitor mv) {
    mv.visitFieldInsn(Opcodes.GETSTATIC, RAW_MEMORY, "UNSAFE", "L" + UNSAFE + ";");
    mv.visitInsn(Opcodes.ACONST_NULL);
  }

  /** Pushes the address of the row. */
  void push() {
    slot();
    call(Opcodes.INVOKEVIRTUAL, SLOT, "number", "()J");
    mv.visitIntInsn(Opcodes.BIPUSH, ProbeCounters.ROW_SHIFT);
    mv.visitInsn(Opcodes.LSHL);
    mv.visitLdcInsn(counters.address());
    mv.visitInsn(Opcodes.LADD);
  }

  /**
   * Adds up the time of a run that was timed, behind the guard; goes to {@code out}.
   *
   * @param since a local of type long for this
   * @param failed the handler of what is thrown here
   */
  void endTimed(int since, Label failed, Label out) {
    Label start = new Label();
    Label end = new Label();
    mv.visitTryCatchBlock(start, end, failed, null);
    slot();
    mv.visitFieldInsn(Opcodes.GETFIELD, SLOT, "timedSince", "J");
    mv.visitInsn(Opcodes.DUP2);
    mv.visitVarInsn(Opcodes.LSTORE, since);
    mv.visitInsn(Opcodes.LCONST_0);
    mv.visitInsn(Opcodes.LCMP);
    mv.visitJumpInsn(Opcodes.IFEQ, out);
    mv.visitLabel(start);
    clearTime(); // at once: with the guard free, the next run may be one of what is called here
    timedNanos();
    timedNanos();
    call(Opcodes.INVOKEVIRTUAL, UNSAFE, "getLong", GET);
    call(Opcodes.INVOKESTATIC, "java/lang/System", "nanoTime", "()J");
    mv.visitInsn(Opcodes.LADD);
    mv.visitVarInsn(Opcodes.LLOAD, since);
    mv.visitInsn(Opcodes.LSUB);
    call(Opcodes.INVOKEVIRTUAL, UNSAFE, "putLong", PUT);
    mv.visitLabel(end);
    mv.visitJumpInsn(Opcodes.GOTO, out);
  }

  /** Forgets when the run began: one that throws leaves no time to the next. */
  void clearTime() {
    slot();
    mv.visitInsn(Opcodes.LCONST_0);
    mv.visitFieldInsn(Opcodes.PUTFIELD, SLOT, "timedSince", "J");
  }

  /** Begins an access to the time of the timed runs. */
  private void timedNanos() {
    beginAccess(mv);
    push();
    mv.visitLdcInsn((long) ProbeCounters.TIMED_NANOS);
    mv.visitInsn(Opcodes.LADD);
  }

  private void slot() {
    mv.visitVarInsn(Opcodes.ALOAD, slotLocal);
  }

  private void call(int opcode, String owner, String name, String descriptor) {
    mv.visitMethodInsn(opcode, owner, name, descriptor, false);
  }
}
