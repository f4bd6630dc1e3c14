package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.PtRegs;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Pushes the words of a method program's context in the glue of one shape: from the parameters, in
 * whose locals they come, and from the event's time.
 */
final class ContextWords {
  private static final String PROBE = Type.getInternalName(Probe.class);
  private static final String SLOT = Type.getInternalName(CarrierSlot.class);

  private final Probe probe;
  private final Shape shape;
  private final MethodVisitor mv;
  private final int[] argumentLocal = new int[Long.SIZE];
  private final int entryTimeLocal;
  private final int slotAtEntryLocal;
  private final int resultLocal;
  private final int end;
  private int nowLocal = -1;
  private int slotLocal;

  ContextWords(Probe probe, Shape shape, MethodVisitor mv) {
    this.probe = probe;
    this.shape = shape;
    this.mv = mv;
    int local = 2; // behind the tag
    entryTimeLocal = shape.timed() ? local : -1;
    local += shape.timed() ? 2 : 0;
    slotAtEntryLocal = shape.slotted() ? local++ : -1;
    for (int i = 0; i < Long.SIZE; i++) {
      if (shape.has(i)) {
        argumentLocal[i] = local;
        local += shape.isReference(i) ? 1 : 2;
      }
    }
    resultLocal = shape.result() == 'V' ? -1 : local;
    end = local + (shape.result() == 'V' ? 0 : shape.result() == 'L' ? 1 : 2);
  }

  /** Returns the first local behind the parameters. */
  int end() {
    return end;
  }

  int slotAtEntryLocal() {
    return slotAtEntryLocal;
  }

  /** Says which local has the event's time. */
  void now(int local) {
    nowLocal = local;
  }

  /** Tells whether the clock has been read for the event. */
  boolean hasNow() {
    return nowLocal >= 0;
  }

  /** Pushes the event's time. */
  void now() {
    load(nowLocal);
  }

  /** Says which local has the carrier's slot. */
  void slot(int local) {
    slotLocal = local;
  }

  /** Pushes the time of the entry, 0 where it does not travel. */
  void entryTime() {
    load(entryTimeLocal);
  }

  /** Pushes the object of which the context would have the handle at {@code offset}. */
  void reference(int offset) {
    int local = referenceLocal(offset);
    if (local >= 0) {
      mv.visitVarInsn(Opcodes.ALOAD, local);
    } else {
      word(offset);
      call(Opcodes.INVOKESTATIC, PROBE, "noReference", "(J)Ljava/lang/Object;");
    }
  }

  /** Returns the parameter that is the reference of the word at {@code offset}, -1 if none is. */
  private int referenceLocal(int offset) {
    int argument = argumentAt(offset);
    if (argument >= 0) {
      boolean reference = shape.has(argument) && shape.isReference(argument);
      return reference ? argumentLocal[argument] : -1;
    }
    boolean thrown = probe.target().kind() == MethodTarget.Kind.EXCEPTION;
    boolean here = offset == (thrown ? MethodContext.EXCEPTION : MethodContext.resultOffset());
    return here && shape.result() == 'L' ? resultLocal : -1;
  }

  /** Tells whether the 8 bytes at {@code offset} can be other than zero here. */
  boolean isKnown(int offset) {
    int argument = argumentAt(offset);
    if (argument >= 0) {
      return shape.has(argument);
    }
    return offset == PtRegs.IP.offsetBytes()
        || offset == MethodContext.resultOffset()
        || offset >= MethodContext.METHOD_ID && offset < MethodContext.MORE_ARGUMENTS;
  }

  /** Pushes the 8 bytes of the context at {@code offset}. */
  void word(int offset) {
    int argument = argumentAt(offset);
    if (argument >= 0) {
      argument(argument);
    } else if (offset == PtRegs.IP.offsetBytes() || offset == MethodContext.METHOD_ID) {
      load(0);
      call(Opcodes.INVOKESTATIC, PROBE, "methodId", "(J)J");
    } else if (offset == MethodContext.resultOffset()) {
      result(probe.target().kind() != MethodTarget.Kind.EXCEPTION);
    } else if (offset == MethodContext.EXCEPTION) {
      result(probe.target().kind() == MethodTarget.Kind.EXCEPTION);
    } else if (offset == MethodContext.TIME_NANOS) {
      load(nowLocal);
    } else if (offset == MethodContext.ENTRY_TIME_NANOS) {
      load(entryTimeLocal);
    } else if (offset == MethodContext.DURATION_NANOS) {
      duration();
    } else if (offset == MethodContext.KIND) {
      load(0);
      mv.visitLdcInsn(contextKind());
      call(Opcodes.INVOKESTATIC, PROBE, "kindAndCount", "(JI)J");
    } else {
      mv.visitInsn(Opcodes.LCONST_0);
    }
  }

  private void argument(int argument) {
    if (!shape.has(argument)) {
      mv.visitInsn(Opcodes.LCONST_0);
    } else if (shape.isReference(argument)) {
      handle(argumentLocal[argument]);
    } else {
      load(argumentLocal[argument]);
    }
  }

  private void result(boolean here) {
    if (!here || resultLocal < 0) {
      mv.visitInsn(Opcodes.LCONST_0);
    } else if (shape.result() == 'L') {
      handle(resultLocal);
    } else {
      load(resultLocal);
    }
  }

  private void handle(int local) {
    slot();
    mv.visitVarInsn(Opcodes.ALOAD, local);
    call(Opcodes.INVOKESTATIC, PROBE, "handle", "(L" + SLOT + ";Ljava/lang/Object;)J");
  }

  void duration() {
    if (entryTimeLocal < 0) {
      mv.visitInsn(Opcodes.LCONST_0);
      return;
    }
    load(nowLocal);
    load(entryTimeLocal);
    mv.visitInsn(Opcodes.LSUB);
  }

  private void load(int longLocal) {
    if (longLocal < 0) {
      mv.visitInsn(Opcodes.LCONST_0);
    } else {
      mv.visitVarInsn(Opcodes.LLOAD, longLocal);
    }
  }

  private void slot() {
    mv.visitVarInsn(Opcodes.ALOAD, slotLocal);
  }

  private void call(int opcode, String owner, String name, String descriptor) {
    mv.visitMethodInsn(opcode, owner, name, descriptor, false);
  }

  private int contextKind() {
    return switch (probe.target().kind()) {
      case ENTRY -> MethodContext.KIND_ENTRY;
      case RETURN -> MethodContext.KIND_RETURN;
      case EXCEPTION -> MethodContext.KIND_EXCEPTION;
      case CALL -> MethodContext.KIND_CALL;
      case LINE -> MethodContext.KIND_LINE;
      case ALLOC -> MethodContext.KIND_ALLOCATION;
    };
  }

  /** Returns which argument is at {@code offset}, -1 when none is. */
  static int argumentAt(int offset) {
    for (int i = 0; i < MethodContext.MAX_ARGUMENTS; i++) {
      if (MethodContext.argumentOffset(i) == offset) {
        return i;
      }
    }
    return -1;
  }
}
