package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.Errno;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes the methods that call functions back: the loops of bpf_loop, and the dispatcher that calls
 * a function by its number.
 */
final class CallbackEmitter {
  private static final int ACCESS = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;

  /** Turns between two chances to stop: for a safepoint, or for good. */
  private static final int CHUNK_TURNS = 256;

  private static final String SLOT = Type.getInternalName(CarrierSlot.class);

  private final ClassVisitor writer;
  private final String owner;
  private final ProgramPlan plan;
  private final ClassData data;

  CallbackEmitter(ClassVisitor writer, String owner, ProgramPlan plan, ClassData data) {
    this.writer = writer;
    this.owner = owner;
    this.plan = plan;
    this.data = data;
  }

  void write() {
    for (int entry : data.loops()) {
      writeLoop(entry);
    }
    if (data.dispatches()) {
      writeDispatcher();
    }
  }

  /**
   * Locals: 0 slot, 1 frame, 3 turns, 5 callback, 7 context, 9 flags, 11 the counter, 12 where the
   * chunk ends. The counter is an int, so that the JVM knows the inner loop for a counted one; it
   * does not stop for a safepoint in those, and so they are short.
   */
  private void writeLoop(int entry) {
    Code code = Code.of(writer, owner, ACCESS, data.loopName(entry), ClassData.LOOP_DESCRIPTOR);
    refuse(code);
    Label chunk = new Label();
    Label head = new Label();
    Label end = new Label();
    code.push(0);
    code.store(Opcodes.ISTORE, 11);
    code.label(chunk);
    code.frame(frame(Opcodes.INTEGER));
    code.load(Opcodes.ILOAD, 11);
    code.load(Opcodes.LLOAD, 3);
    code.op(Opcodes.L2I);
    code.jump(Opcodes.IF_ICMPGE, end);
    code.load(Opcodes.LLOAD, 3);
    code.op(Opcodes.L2I);
    code.load(Opcodes.ILOAD, 11);
    code.push(CHUNK_TURNS);
    code.op(Opcodes.IADD);
    code.call(Math.class, "min", "(II)I");
    code.store(Opcodes.ISTORE, 12);
    code.load(Opcodes.ALOAD, 0);
    code.load(Opcodes.ILOAD, 12);
    code.load(Opcodes.ILOAD, 11);
    code.op(Opcodes.ISUB);
    code.callVirtual(CarrierSlot.class, "spend", "(I)V");
    code.label(head);
    code.frame(frame(Opcodes.INTEGER, Opcodes.INTEGER));
    code.load(Opcodes.ILOAD, 11);
    code.load(Opcodes.ILOAD, 12);
    code.jump(Opcodes.IF_ICMPGE, chunk);
    call(code, entry);
    code.increment(11, 1);
    code.op(Opcodes.LCONST_0, Opcodes.LCMP);
    code.jump(Opcodes.IFEQ, head);
    code.label(end);
    code.frame(frame(Opcodes.INTEGER));
    code.load(Opcodes.ILOAD, 11);
    code.op(Opcodes.I2L, Opcodes.LRETURN);
    code.end(13);
  }

  private void call(Code code, int entry) {
    code.load(Opcodes.ALOAD, 0);
    code.load(Opcodes.LLOAD, 1);
    if (entry < 0) {
      code.load(Opcodes.LLOAD, 5);
    }
    int arguments = entry < 0 ? 0x1e : plan.function(entry).arguments();
    for (int r = 1; r <= 5; r++) {
      if ((arguments & 1 << r) != 0) {
        pushLoopArgument(code, r);
      }
    }
    if (entry < 0) {
      code.callOwn(data.dispatcher(), ClassData.DISPATCH_DESCRIPTOR);
    } else {
      code.callOwn(plan.function(entry).name(), Descriptors.of(plan.function(entry)));
    }
  }

  private static void pushLoopArgument(Code code, int register) {
    switch (register) {
      case 1 -> {
        code.load(Opcodes.ILOAD, 11);
        code.op(Opcodes.I2L);
      }
      case 2 -> code.load(Opcodes.LLOAD, 7);
      default -> code.push(0L);
    }
  }

  private static void refuse(Code code) {
    Label flagged = new Label();
    Label tooMany = new Label();
    Label good = new Label();
    code.load(Opcodes.LLOAD, 9);
    code.op(Opcodes.LCONST_0, Opcodes.LCMP);
    code.jump(Opcodes.IFNE, flagged);
    code.load(Opcodes.LLOAD, 3);
    code.push((long) Callbacks.MAX_LOOPS);
    code.op(Opcodes.LCMP);
    code.jump(Opcodes.IFLE, good);
    code.label(tooMany);
    code.push((long) -Errno.E2BIG);
    code.op(Opcodes.LRETURN);
    code.label(flagged);
    code.frame(frame());
    code.push((long) -Errno.EINVAL);
    code.op(Opcodes.LRETURN);
    code.label(good);
    code.frame(frame());
  }

  private static Object[] frame(Object... more) {
    Object[] frame = new Object[6 + more.length];
    frame[0] = SLOT;
    java.util.Arrays.fill(frame, 1, 6, Opcodes.LONG);
    System.arraycopy(more, 0, frame, 6, more.length);
    return frame;
  }

  /** Locals: 0 slot, 1 frame, 3 number, 5 to 12 r1 to r4. */
  private void writeDispatcher() {
    Code code = Code.of(writer, owner, ACCESS, data.dispatcher(), ClassData.DISPATCH_DESCRIPTOR);
    Label none = new Label();
    Label[] labels = new Label[plan.callbacks().size()];
    java.util.Arrays.setAll(labels, i -> new Label());
    code.load(Opcodes.LLOAD, 3);
    code.op(Opcodes.L2I);
    code.tableSwitch(1, none, labels);
    for (int i = 0; i < labels.length; i++) {
      FunctionPlan function = plan.function(plan.callbacks().get(i));
      code.label(labels[i]);
      code.frame(frame(Opcodes.LONG));
      code.load(Opcodes.ALOAD, 0);
      code.load(Opcodes.LLOAD, 1);
      for (int r = 1; r <= 5; r++) {
        if ((function.arguments() & 1 << r) != 0) {
          pushDispatched(code, r);
        }
      }
      code.callOwn(function.name(), Descriptors.of(function));
      code.op(Opcodes.LRETURN);
    }
    code.label(none);
    code.frame(frame(Opcodes.LONG));
    code.call(Traps.class, "unreached", "()J");
    code.op(Opcodes.LRETURN);
    code.end(13);
  }

  private static void pushDispatched(Code code, int register) {
    if (register <= 4) {
      code.load(Opcodes.LLOAD, 3 + 2 * register);
    } else {
      code.push(0L);
    }
  }
}
