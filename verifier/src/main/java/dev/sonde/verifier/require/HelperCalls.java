package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.helper.ReturnKind;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Helper and kfunc calls ({@code check_helper_call}, Linux 6.18): V-53, V-100 to V-110. */
final class HelperCalls {
  /** Helpers that change what the traced thread does: no program here may. */
  private static final Map<Integer, String> ACTING =
      Map.of(
          36, "bpf_probe_write_user",
          58, "bpf_override_return");

  private static final String WHILE_LOCKED = "function calls are not allowed while holding a lock";

  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;
  private static final int MAX_ERRNO = 4095;
  private static final int SPIN_UNLOCK = 94;
  private static final int GET_SMP_PROCESSOR_ID = 8;
  private static final int TASK_PT_REGS = 175;
  private static final int DYNPTR_WRITE = 202;

  /** Those whose result is a length no larger than the buffer they were given, or an error. */
  private static final Set<Integer> RETURNS_LENGTH = Set.of(45, 67, 114, 115, 141);

  private static final Set<String> GPL =
      Set.of(
          "GPL",
          "GPL v2",
          "GPL and additional rights",
          "Dual BSD/GPL",
          "Dual MIT/GPL",
          "Dual MPL/GPL");

  private final Step step;
  private final Calls calls;

  HelperCalls(Step step, Calls calls) {
    this.step = step;
    this.calls = calls;
  }

  void run(Insn insn) {
    boolean free = step.state().lockId() == 0;
    if (!free && insn.isHelperCall() && insn.imm() != SPIN_UNLOCK) {
      throw invalid(WHILE_LOCKED);
    }
    HelperProto helper = insn.isKfuncCall() ? kfunc(insn) : helper(insn);
    if (!free && insn.isKfuncCall() && !helper.name().startsWith("bpf_iter_num_")) {
      throw invalid(WHILE_LOCKED);
    }
    ProgramSpec program = step.program().spec();
    if (helper.gplOnly() && !GPL.contains(program.license())) {
      throw invalid("cannot call GPL-restricted function from non-GPL compatible program");
    }
    if (helper.name().equals("bpf_dynptr_from_mem")) {
      requireMapValue(step.reg(1));
    }
    Arguments arguments = new Arguments(step, helper, new StackMemory(step));
    Reg[] before = new Reg[5];
    for (int i = 0; i < 5; i++) {
      before[i] = step.reg(i + 1);
    }
    arguments.check();
    arguments.memory().writeRaw();
    finish(helper, arguments, before);
  }

  /** A dynptr may outlive a frame, so that it is of nothing that ends before the program does. */
  private static void requireMapValue(Reg memory) {
    if (memory.isPointer() && (memory.kind() != RegKind.MAP_VALUE || memory.flags() != 0)) {
      throw invalid(
          "Unsupported reg type %s for bpf_dynptr_from_mem data".formatted(memory.typeText()));
    }
  }

  private HelperProto helper(Insn insn) {
    HelperProto helper = Helpers.byId(insn.imm());
    if (helper == null) {
      String acting = ACTING.get(insn.imm());
      throw invalid(
          acting == null
              ? "invalid func unknown#%d".formatted(insn.imm())
              : "program of this type cannot use helper %s#%d".formatted(acting, insn.imm()));
    }
    return allowed(helper);
  }

  private HelperProto kfunc(Insn insn) {
    if (insn.imm() < 0 || insn.imm() >= step.program().kfuncs().size()) {
      throw invalid("invalid kfunc call #%d".formatted(insn.imm()));
    }
    return allowed(step.program().kfuncs().get(insn.imm()));
  }

  private HelperProto allowed(HelperProto helper) {
    if (!step.program().spec().type().allows(helper)) {
      throw invalid(
          "program of this type cannot use helper %s#%d".formatted(helper.name(), helper.id()));
    }
    return helper;
  }

  private void finish(HelperProto helper, Arguments arguments, Reg[] before) {
    State state = step.state();
    if (arguments.released() != 0) {
      References.release(state, arguments.released());
    }
    Reg map = arguments.map();
    boolean isHelper = !step.insn().isKfuncCall();
    if (isHelper) {
      beforeReturn(helper, arguments, before);
    }
    useObjects(helper, arguments);
    Reg result = result(helper, arguments, before);
    boolean nonNull = result.kind() == RegKind.MAP_VALUE && !result.maybeNull();
    step.facts()
        .call(step.at(), helper, before, new Facts.CallFacts(arguments.constantKey(), nonNull));
    step.forgetArguments(state.own(state.current()));
    step.setReg(0, result);
    step.facts().defined(step.at(), result);
    if (map != null) { // no kfunc takes one
      MapRules.check(helper, map.spec(), step.program().spec().type());
    }
    boolean writesPacket = // of a socket buffer, which may move; other frames stay where they are
        helper.id() == DYNPTR_WRITE
            && isHelper
            && step.program().spec().type() != ProgramType.XDP
            && arguments.object() != null
            && StackObjects.PACKET.equals(arguments.object().of());
    if (helper.changesPacket() || writesPacket) {
      losePackets(state);
    }
    Reg iterator = arguments.object();
    if (iterator != null && helper.returns() == ReturnKind.ITERATOR_INT_OR_NULL) {
      Iterators.next(step, before[0], iterator);
    }
  }

  private static String typeOf(HelperProto makes) {
    return switch (makes.name()) {
      case "bpf_ringbuf_reserve_dynptr" -> StackObjects.RINGBUF;
      case "bpf_dynptr_from_skb", "bpf_dynptr_from_xdp" -> StackObjects.PACKET;
      default -> StackObjects.LOCAL;
    };
  }

  static void losePackets(State state) {
    state.replaceAll(
        reg ->
            reg.kind().isPacket()
                    || reg.kind() == RegKind.PACKET_END
                    || StackObjects.PACKET.equals(reg.of()) && reg.kind() == RegKind.MEM
                ? Reg.UNKNOWN
                : reg);
  }

  /** Dynptrs and iterators begin and end. */
  private void useObjects(HelperProto helper, Arguments arguments) {
    StackObjects objects = new StackObjects(step);
    Reg object = arguments.object();
    Reg created = arguments.created();
    boolean ends =
        helper.args().contains(ArgKind.DYNPTR_RELEASE)
            || helper.args().contains(ArgKind.ITERATOR_DESTROY);
    if (object != null && ends) {
      objects.lose(object);
    }
    if (created != null && helper.args().contains(ArgKind.ITERATOR_NEW)) {
      Iterators.create(objects, created, helper);
    } else if (created != null) {
      objects.createDynptr(created, typeOf(helper), object);
    }
  }

  private void beforeReturn(HelperProto helper, Arguments arguments, Reg[] before) {
    Reg map = arguments.map();
    if (helper.id() == Helpers.TAIL_CALL) {
      References.requireNone(step.state(), "tail_call");
    } else if (helper.id() == Helpers.FOR_EACH_MAP_ELEM && map != null) {
      MapRules.check(helper, map.spec(), step.program().spec().type());
      calls.callback(
          arguments.function(),
          map,
          Reg.pointer(RegKind.MAP_KEY, 0, map.of()),
          Reg.pointer(RegKind.MAP_VALUE, map.extra(), map.of()),
          before[2]);
    } else if (helper.id() == Helpers.USER_RINGBUF_DRAIN && map != null) {
      MapRules.check(helper, map.spec(), step.program().spec().type());
      calls.callback(arguments.function(), StackObjects.passed(), before[2]);
    } else if (helper.id() == Helpers.TIMER_SET_CALLBACK) {
      int function = arguments.function();
      step.path().begins(SpecialFields.fired(function, before[0]), step.flow().start(function));
    } else if (helper.id() == Helpers.LOOP) {
      if (!before[0].isScalar()) { // its bits are a number of turns, of which nothing is known
        throw invalid("R1 type=%s expected=scalar".formatted(before[0].typeText()));
      }
      step.path().precise(1);
      Frame frame = step.state().frame();
      if (Long.compareUnsigned(frame.callbackDepth(), before[0].var().umax()) < 0) {
        calls.callback(arguments.function(), Reg.UNKNOWN, before[2]);
      } else {
        step.state().own(step.state().current()).setCallbackDepth(0);
      }
    }
  }

  // ---- results
  // -------------------------------------------------------------------------------------

  private Reg result(HelperProto helper, Arguments arguments, Reg[] before) {
    ReturnKind kind = helper.returns();
    return switch (kind) {
      case VOID -> Reg.NOT_INIT;
      case INTEGER -> integer(helper, arguments);
      case MAP_VALUE, MAP_VALUE_OR_NULL -> mapValue(kind, arguments);
      case RINGBUF_MEM_OR_NULL -> ringbufMemory(arguments);
      case SOCK_COMMON_OR_NULL -> acquired(RegKind.SOCK_COMMON);
      case SOCKET_OR_NULL -> acquired(RegKind.SOCKET);
      case LISTENER_OR_NULL -> socket(RegKind.SOCKET);
      case SOCKET_OF_OR_NULL -> socket(RegKind.SOCKET).withRefId(before[0].refId());
      case TCP_SOCK_OF_OR_NULL -> socket(RegKind.TCP_SOCK).withRefId(before[0].refId());
      case SOCKET_STRUCT_OF_OR_NULL ->
          socket(RegKind.BTF_ID, structOf(helper)).withRefId(before[0].refId());
      case BTF_ID ->
          Reg.pointer(RegKind.BTF_ID, 0, helper.id() == TASK_PT_REGS ? "pt_regs" : Arguments.TASK);
      case DYNPTR_MEM_OR_NULL -> slice(helper, arguments);
      case ITERATOR_INT_OR_NULL -> element(arguments);
      case BTF_ID_OR_NULL ->
          throw invalid(
              "%s#%d: what it returns is not supported here".formatted(helper.name(), helper.id()));
    };
  }

  private Reg integer(HelperProto helper, Arguments arguments) {
    if (step.insn().isKfuncCall()) {
      return Reg.UNKNOWN;
    }
    if (helper.id() == GET_SMP_PROCESSOR_ID) {
      return Reg.scalar(DOMAIN.unsigned(0, CarrierSlots.capacity() - 1));
    }
    if (RETURNS_LENGTH.contains(helper.id())) {
      Scalar length = DOMAIN.signed(-MAX_ERRNO, arguments.sizeMax());
      return Reg.scalar(length);
    }
    return Reg.UNKNOWN;
  }

  private Reg mapValue(ReturnKind kind, Arguments arguments) {
    Reg map = arguments.map();
    if (map == null) {
      throw invalid("a map value without a map");
    }
    MapSpec spec = map.spec();
    if (NullChecks.holdsMaps(spec) && spec.inner() == null) {
      throw invalid("map \"%s\": the shape of its inner maps is not known".formatted(spec.name()));
    }
    Reg value = Reg.pointer(RegKind.MAP_VALUE, map.extra(), map.of());
    if (NullChecks.holdsSockets(spec)) {
      int id = acquire();
      return value.withFlags(Reg.MAYBE_NULL).withId(id).withRefId(id);
    }
    if (kind == ReturnKind.MAP_VALUE || isInside(map, arguments.constantKey())) {
      return SpecialFields.holdsLock(value) ? value.withId(step.newId()) : value;
    }
    return value.withFlags(Reg.MAYBE_NULL).withId(step.newId());
  }

  /** The size of an inner map may differ from the one that stands for it. */
  private boolean isInside(Reg map, @Nullable Long key) {
    MapSpec spec = map.spec();
    boolean lookup = step.insn().imm() == 1 && step.insn().isHelperCall();
    boolean array = spec.type() == MapType.ARRAY || spec.type() == MapType.PERCPU_ARRAY;
    return lookup
        && array
        && map.knownMap() != null
        && key != null
        && key >= 0
        && key < spec.maxEntries();
  }

  private Reg element(Arguments arguments) {
    Reg iterator = arguments.object();
    if (iterator == null) {
      throw invalid("an element without an iterator");
    }
    return Iterators.element(step, iterator);
  }

  /** A piece of a dynptr's memory, lost when the dynptr is. */
  private Reg slice(HelperProto helper, Arguments arguments) {
    Reg dynptr = arguments.object();
    long size = arguments.allocated();
    if (dynptr == null || size < 0 || size > Integer.MAX_VALUE) {
      throw invalid("slice of %d bytes".formatted(size));
    }
    boolean writable = helper.name().equals("bpf_dynptr_slice_rdwr");
    if (writable && !writesPackets(step.program().spec().type())) {
      throw invalid("the prog does not allow writes to packet data");
    }
    int readOnly = helper.name().equals("bpf_dynptr_slice") ? Reg.RDONLY : 0;
    Object of = StackObjects.PACKET.equals(dynptr.of()) ? StackObjects.PACKET : null;
    return Reg.pointer(RegKind.MEM, (int) size, of)
        .withFlags(readOnly | Reg.MAYBE_NULL)
        .withId(step.newId())
        .withRefId(dynptr.id());
  }

  private static boolean writesPackets(ProgramType type) {
    return switch (type) {
      case SCHED_CLS, SCHED_ACT, XDP -> true;
      case SOCKET_FILTER, KPROBE, TRACEPOINT, PERF_EVENT -> false;
      case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE, SYSCALL -> false;
    };
  }

  private Reg socket(RegKind kind) {
    return socket(kind, null);
  }

  private Reg socket(RegKind kind, @Nullable String struct) {
    return Reg.pointer(kind, 0, struct).withFlags(Reg.MAYBE_NULL).withId(step.newId());
  }

  /** Returns the struct that bpf_skc_to_STRUCT gives. */
  private static String structOf(HelperProto helper) {
    return helper.name().substring("bpf_skc_to_".length());
  }

  private Reg acquired(RegKind kind) {
    int id = acquire();
    return Reg.pointer(kind).withFlags(Reg.MAYBE_NULL).withId(id).withRefId(id);
  }

  private int acquire() {
    step.newId(); // the kernel numbers the null check first and then reuses the reference's id
    int id = step.newId();
    References.acquire(step.state(), id, step.at());
    return id;
  }

  private Reg ringbufMemory(Arguments arguments) {
    int id = acquire();
    long size = arguments.allocated();
    if (size < 0 || size > Integer.MAX_VALUE) {
      throw invalid("ringbuf record of %d bytes".formatted(size));
    }
    return Reg.pointer(RegKind.MEM, (int) size, null)
        .withFlags(Reg.RINGBUF | Reg.MAYBE_NULL)
        .withId(id)
        .withRefId(id);
  }
}
