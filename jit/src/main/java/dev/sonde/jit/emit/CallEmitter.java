package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.BitKfuncs;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.HelperTurns;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.helper.RingHelpers;
import dev.sonde.vm.interp.SuiteHelpers;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.map.ArrayMap;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.PercpuArrayMap;
import dev.sonde.vm.map.RingMap;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/** Writes calls of subprograms, helpers and kfuncs. */
final class CallEmitter {
  private static final int FRAME = dev.sonde.vm.isa.Opcodes.FRAME_POINTER;
  private static final long FRAME_BYTES = dev.sonde.vm.isa.Opcodes.STACK_SIZE_BYTES;

  private final Code code;
  private final Registers registers;
  private final ProgramPlan plan;
  private final Knowledge known;
  private final Pointers pointers;
  private final ClassData data;

  CallEmitter(Code code, Registers registers, ProgramPlan plan, Pointers pointers, ClassData data) {
    this.code = code;
    this.registers = registers;
    this.plan = plan;
    this.known = plan.known();
    this.pointers = pointers;
    this.data = data;
  }

  void emit(int index, Op insn) {
    if (insn.isPseudoCall()) {
      callSubprogram(index);
      return;
    }
    HelperProto callee = known.callee(index);
    if (callee == null) {
      throw new InvalidInsnException(
          "insn %d: invalid func unknown#%d".formatted(index, insn.imm()));
    }
    Method body = callee.body();
    if (body == null) {
      construct(index, callee);
    } else if (insn.isHelperCall() && callee.id() == Helpers.MAP_LOOKUP_ELEM && isArray(index)) {
      lookupArray(index, insn, (ArrayMap) map(index, 1));
    } else if (insn.isHelperCall()
        && callee.id() == Helpers.MAP_LOOKUP_ELEM
        && map(index, 1) instanceof PercpuArrayMap perCpu) {
      lookupPercpuArray(index, insn, perCpu);
    } else if (insn.isHelperCall()
        && callee.id() == Helpers.RINGBUF_RESERVE
        && map(index, 1) instanceof RingMap ring) {
      reserve(index, ring);
    } else if (known.isHighestBitOfNonZero(index)) {
      registers.pushLong(1);
      code.call(BitKfuncs.class, "fls64OfNonZero", "(J)J");
      registers.storeLong(index, 0);
    } else {
      spend(index, callee);
      Method references = callee.referenceBody();
      callBody(index, references != null && takesReference(callee) ? references : body);
    }
  }

  /** A call that may take long counts for turns of a loop; most moves are known to be short. */
  private void spend(int index, HelperProto callee) {
    int fixed = HelperTurns.fixed(callee);
    int size = HelperTurns.sizeRegister(callee);
    ProgramFacts.Call facts = known.call(index);
    ProgramFacts.Range range = size < 0 || facts == null ? null : facts.arguments().get(size - 1);
    boolean moves = size > 0 && (range == null || HelperTurns.ofBytes(range.max()) > 0);
    if (known.checked() || fixed == 0 && !moves) {
      return;
    }
    code.load(Opcodes.ALOAD, 0);
    code.push(fixed);
    if (moves) {
      registers.pushLong(size);
      code.call(HelperTurns.class, "ofBytes", "(J)I");
      code.op(Opcodes.IADD);
    }
    code.callVirtual(CarrierSlot.class, "spend", "(I)V");
  }

  private boolean takesReference(HelperProto callee) {
    for (int r = 1; r <= 5; r++) {
      if (callee.arg(r - 1) == ArgKind.HANDLE && registers.isReference(r)) {
        return true;
      }
    }
    return false;
  }

  // ---- subprograms ------------------------------------------------------------------------------

  private void callSubprogram(int index) {
    FunctionPlan callee = plan.function(known.target(index));
    if (known.checked()) {
      code.load(Opcodes.ALOAD, 0);
      pushCalleeFrame();
      code.call(Traps.class, "depth", "(" + Descriptors.SLOT + "J)V");
    }
    code.load(Opcodes.ALOAD, 0);
    pushCalleeFrame();
    for (int r = 1; r <= 5; r++) {
      if ((callee.arguments() & 1 << r) != 0) {
        registers.pushLong(r);
      }
    }
    code.callOwn(callee.name(), Descriptors.of(callee));
    registers.storeLong(index, 0);
  }

  private void pushCalleeFrame() {
    registers.pushLong(FRAME);
    code.add(-FRAME_BYTES);
  }

  // ---- helpers with a body ----------------------------------------------------------------------

  private void callBody(int index, Method body) {
    int register = 1;
    for (Class<?> type : body.getParameterTypes()) {
      if (type == CarrierSlot.class) {
        code.load(Opcodes.ALOAD, 0);
      } else if (type == BpfMap.class) {
        pushMap(index, register++);
      } else if (type == Object.class) {
        registers.pushReference(register++);
      } else {
        registers.pushLong(register++);
      }
    }
    if (!Modifier.isPublic(body.getDeclaringClass().getModifiers())) {
      throw new IllegalArgumentException(body + ": the body of a helper is in a public class");
    }
    code.call(body.getDeclaringClass(), body.getName(), Type.getMethodDescriptor(body));
    if (body.getReturnType() == void.class) {
      code.push(0L);
    }
    registers.storeLong(index, 0);
  }

  private void pushMap(int index, int register) {
    BpfMap map = map(index, register);
    if (map != null) {
      data.pushMap(code, map);
    } else {
      registers.pushLong(register);
      code.call(MapTable.class, "get", "(J)" + Descriptors.MAP);
    }
  }

  /**
   * Returns the map that {@code register} points to at the call, or null when it may be several.
   */
  private @Nullable BpfMap map(int index, int register) {
    BpfMap visible = pointers.map(register);
    ProgramFacts.Call facts = known.call(index);
    return visible != null || facts == null ? visible : facts.map();
  }

  /** Calls one of the suite's functions by the number in a register; unproved programs only. */
  void callRegister(int index, Op insn) {
    registers.pushLong(insn.dst());
    for (int r = 1; r <= 5; r++) {
      registers.pushLong(r);
    }
    code.call(SuiteHelpers.class, "call", "(JJJJJJ)J");
    registers.storeLong(index, 0);
  }

  // ---- lookups ----------------------------------------------------------------------------------

  private boolean isArray(int index) {
    return map(index, 1) instanceof ArrayMap;
  }

  /** An array's values lie in a row: a lookup is a comparison and a multiplication. */
  private void lookupArray(int index, Op insn, ArrayMap map) {
    ProgramFacts.Call facts = known.call(index);
    Integer key = facts == null ? null : facts.keyConstant();
    if (key != null) {
      boolean inRange = Integer.compareUnsigned(key, map.spec().maxEntries()) < 0;
      if (inRange) {
        data.pushAddress(code, map.baseAddress(), (long) key * map.strideBytes());
      } else {
        code.push(0L);
      }
      registers.storeLong(index, 0);
      return;
    }
    pushKey(insn);
    data.pushAddress(code, map.baseAddress(), 0);
    code.push(map.strideBytes());
    code.push(map.spec().maxEntries());
    code.call(Lookups.class, "array", "(IJII)J");
    registers.storeLong(index, 0);
  }

  /** Pushes the key of an array: a slot that is kept in a local, or what r2 points to. */
  private void pushKey(Op insn) {
    if (insn.isLookupByValue()) {
      registers.pushInt(insn.off());
    } else {
      code.beginAccess();
      registers.pushLong(2);
      code.endLoad("Int", "I");
    }
  }

  /**
   * Each CPU's values lie in a row of their own, at a distance from those of the first CPU or where
   * a table says once they are made.
   */
  private void lookupPercpuArray(int index, Op insn, PercpuArrayMap map) {
    ProgramFacts.Call facts = known.call(index);
    Integer key = facts == null ? null : facts.keyConstant();
    code.load(Opcodes.ALOAD, 0);
    data.pushMap(code, map);
    if (key != null) {
      code.push(key);
    } else {
      pushKey(insn);
    }
    boolean rows = map.rowsAddress() != 0;
    data.pushAddress(code, rows ? map.rowsAddress() : map.slabTableAddress(), 0);
    if (rows) {
      code.push(map.rowBytes());
    }
    code.push(map.strideBytes());
    code.push(map.count());
    String descriptor = "(" + Descriptors.SLOT + Descriptors.MAP + (rows ? "IJIII)J" : "IJII)J");
    code.call(Lookups.class, rows ? "percpuRow" : "percpuArray", descriptor);
    registers.storeLong(index, 0);
  }

  // ---- rings ------------------------------------------------------------------------------------

  private void reserve(int index, RingMap ring) {
    code.load(Opcodes.ALOAD, 0);
    data.pushRing(code, ring);
    registers.pushLong(2);
    registers.pushLong(3);
    String descriptor = "(" + Descriptors.SLOT + Descriptors.RING + "JJ)J";
    code.call(RingHelpers.class, "reserve", descriptor);
    registers.storeLong(index, 0);
  }

  // ---- helpers that call back -------------------------------------------------------------------

  private void construct(int index, HelperProto callee) {
    switch (callee.id()) {
      case Helpers.LOOP -> loop(index);
      case Helpers.FOR_EACH_MAP_ELEM -> visitEach(index, "forEach");
      case Helpers.USER_RINGBUF_DRAIN -> visitEach(index, "drain");
      case Helpers.TIMER_SET_CALLBACK -> setTimerCallback(index);
      default ->
          throw new InvalidInsnException(
              "insn %d: %s: the compiler does not know it".formatted(index, callee.name()));
    }
  }

  /** {@code bpf_loop(turns, callback, context, flags)}: the written class has a method for it. */
  private void loop(int index) {
    code.load(Opcodes.ALOAD, 0);
    pushCalleeFrame();
    registers.pushUnsigned(1);
    registers.pushLong(2);
    registers.pushLong(3);
    registers.pushLong(4);
    code.callOwn(data.loopMethod(pointers.function(2)), ClassData.LOOP_DESCRIPTOR);
    registers.storeLong(index, 0);
  }

  /** {@code (map, callback, context, flags)}: the callback is called through the dispatcher. */
  private void visitEach(int index, String method) {
    code.load(Opcodes.ALOAD, 0);
    pushMap(index, 1);
    pushCalleeFrame();
    registers.pushLong(2);
    registers.pushLong(3);
    registers.pushLong(4);
    data.pushDispatcher(code);
    code.call(
        Callbacks.class,
        method,
        "("
            + Descriptors.SLOT
            + Descriptors.MAP
            + "JJJJ"
            + Type.getDescriptor(java.lang.invoke.MethodHandle.class)
            + ")J");
    registers.storeLong(index, 0);
  }

  /** {@code (timer, callback)}: the map's own thread calls it later, through the dispatcher. */
  private void setTimerCallback(int index) {
    registers.pushLong(1);
    registers.pushLong(2);
    data.pushDispatcher(code);
    code.constant(data.ownClass());
    code.call(
        Callbacks.class,
        "setTimerCallback",
        "(JJ" + Type.getDescriptor(java.lang.invoke.MethodHandle.class) + "Ljava/lang/Class;)J");
    registers.storeLong(index, 0);
  }

  /**
   * {@code bpf_tail_call(ctx, map, index)}: where the slot of the array holds a program, that runs
   * in place of this function; else the flow goes on at {@code missed}.
   *
   * @param main whether no caller's frame is alive
   * @param returnLong writes the end of the function, with r0 on the stack
   */
  void tailCall(int index, boolean main, Label missed, Runnable returnLong) {
    code.load(Opcodes.ALOAD, 0);
    pushMap(index, 2);
    registers.pushInt(3);
    String program = Type.getDescriptor(dev.sonde.vm.program.ExecutableProgram.class);
    code.call(TailCalls.class, "target", "(" + Descriptors.SLOT + Descriptors.MAP + "I)" + program);
    code.store(Opcodes.ASTORE, registers.scratch());
    code.load(Opcodes.ALOAD, registers.scratch());
    code.jump(Opcodes.IFNULL, missed);
    code.load(Opcodes.ALOAD, registers.scratch());
    code.load(Opcodes.ALOAD, 0);
    registers.pushLong(1);
    code.call(TailCalls.class, main ? "replace" : "nest", "(" + program + Descriptors.SLOT + "J)J");
    returnLong.run();
  }
}
