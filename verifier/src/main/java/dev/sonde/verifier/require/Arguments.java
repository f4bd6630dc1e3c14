package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperFamily;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.ReturnKind;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the arguments of one helper call, first to last, and remembers what later ones and the
 * result depend on ({@code check_func_arg}, Linux 6.18): V-101 to V-103.
 */
final class Arguments {
  /** Helpers that may be given packet memory (pkt_access). */
  private static final Set<Integer> READS_PACKETS =
      Set.of(1, 2, 3, 28, 84, 85, 87, 99, 100, 110, 195, 204, 205, 206, 207);

  /** The struct that a task is. */
  static final String TASK = "task_struct";

  private static final int MAP_UPDATE_ELEM = 2;
  private static final int GET_CGROUP_CLASSID = 17;
  private static final int SPIN_LOCK = 93;
  private static final int GET_NETNS_COOKIE = 122; // of no socket: of the initial namespace
  private static final long MAX_VAR_SIZE = 1 << 29;
  private static final String MEMORY_TYPES =
      "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_";

  private final Step step;
  private final HelperProto helper;
  private final int helperId; // -1: a kfunc, whose id is another matter
  private final HelperMemory memory;
  private final StackObjects objects;
  private final SpecialFields special;
  private @Nullable Reg map;
  private @Nullable Reg object;
  private @Nullable Reg created;
  private @Nullable Long constantKey;
  private long allocated;
  private int released;
  private long sizeMax;
  private int function = -1;

  Arguments(Step step, HelperProto helper, StackMemory stack) {
    this.step = step;
    this.helper = helper;
    helperId = step.insn().isKfuncCall() ? -1 : helper.id();
    memory = new HelperMemory(step, stack);
    objects = new StackObjects(step);
    special = new SpecialFields(step);
  }

  void check() {
    for (int i = 0; i < helper.args().size(); i++) {
      check(i, i + 1, kind(i));
    }
  }

  /**
   * Where there is no socket buffer, the class is the task's: whatever is passed is no matter. What
   * is put into a map of sockets is a socket, not memory.
   */
  private ArgKind kind(int index) {
    boolean ofTask =
        helperId == GET_CGROUP_CLASSID
            && !step.program().spec().type().families().contains(HelperFamily.SCHED_CLS);
    boolean ofSocket =
        helperId == MAP_UPDATE_ELEM
            && index == 2
            && map != null
            && NullChecks.holdsSockets(map.spec());
    return ofTask ? ArgKind.ANYTHING : ofSocket ? ArgKind.SOCKET : helper.arg(index);
  }

  /** Returns the map argument, null if the helper takes none. */
  @Nullable Reg map() {
    return map;
  }

  /** Returns the key where it is a known constant of an array's size (V-53), else null. */
  @Nullable Long constantKey() {
    return constantKey;
  }

  long allocated() {
    return allocated;
  }

  /** Returns the reference that the call releases, 0: none. */
  int released() {
    return released;
  }

  long sizeMax() {
    return sizeMax;
  }

  int function() {
    return function;
  }

  /** Returns the dynptr or iterator that the call uses, steps or ends, null if none. */
  @Nullable Reg object() {
    return object;
  }

  /** Returns where the call makes a dynptr or an iterator, null if it does not. */
  @Nullable Reg created() {
    return created;
  }

  HelperMemory memory() {
    return memory;
  }

  private void check(int index, int regno, ArgKind kind) {
    if (kind == ArgKind.DONTCARE) {
      return;
    }
    step.requireReadable(regno);
    Reg reg = step.reg(regno);
    if (kind == ArgKind.ANYTHING) {
      if (step.leaks(regno)) {
        throw denied("R%d leaks addr into helper function".formatted(regno));
      }
      step.facts().escapes(step.at(), reg);
      return;
    }
    if (kind == ArgKind.NUMBER) {
      if (reg.isPointer()) {
        throw invalid("R%d is not a scalar".formatted(regno));
      }
      return;
    }
    if (reg.kind().isPacket() && !READS_PACKETS.contains(helperId)) {
      throw denied("helper access to the packet is not allowed");
    }
    boolean nullable = isNullable(kind) || helperId == GET_NETNS_COOKIE;
    boolean skipsType = reg.isConstant(0) && nullable;
    if (!skipsType) {
      requireType(regno, reg, kind);
      requireOffset(regno, reg, kind);
    }
    if (kind != ArgKind.CTX || !helper.leavesContext()) {
      step.facts().escapes(step.at(), reg);
    }
    apply(index, regno, reg, kind);
  }

  private static boolean isNullable(ArgKind kind) {
    return switch (kind) {
      case MAP_VALUE_OR_NULL,
          MEM_RDONLY_OR_NULL,
          MEM_OR_NULL,
          MEM_UNINIT_OR_NULL,
          STACK_OR_NULL,
          BTF_ID_OR_NULL ->
          true;
      default -> false;
    };
  }

  // ---- types
  // ---------------------------------------------------------------------------------------

  private void requireType(int regno, Reg reg, ArgKind kind) {
    if (matches(reg, kind)) {
      boolean ofTask = kind == ArgKind.BTF_ID || kind == ArgKind.BTF_ID_OR_NULL;
      boolean fits = ofTask ? TASK.equals(reg.of()) : isSocket(reg);
      if (reg.kind() == RegKind.BTF_ID && !fits) {
        throw denied(
            "R%d is of type %s but %s is expected"
                .formatted(regno, reg.of(), ofTask ? TASK : "sock_common"));
      }
      return;
    }
    String object = step.insn().isKfuncCall() ? objectOfKfunc(kind) : "";
    throw object.isEmpty()
        ? denied("R%d type=%s expected=%s".formatted(regno, reg.typeText(), expected(kind)))
        : invalid("arg#%d expected pointer to %s".formatted(regno - 1, object));
  }

  private static String objectOfKfunc(ArgKind kind) {
    return switch (kind) {
      case DYNPTR, DYNPTR_UNINIT -> "stack or const struct bpf_dynptr";
      case ITERATOR_NEW, ITERATOR_NEXT, ITERATOR_DESTROY -> "an iterator on stack";
      default -> "";
    };
  }

  private static String expected(ArgKind kind) {
    return switch (kind) {
      case CONST_MAP_PTR -> "map_ptr";
      case CTX -> "ctx";
      case FUNC -> "func";
      case STACK_OR_NULL -> "fp";
      case RINGBUF_MEM_RELEASE -> "ringbuf_mem";
      case CONST_STR, TIMER -> "map_value";
      case SPIN_LOCK -> "map_value, ptr_";
      case DYNPTR, DYNPTR_UNINIT, DYNPTR_RELEASE -> "fp, dynptr_ptr";
      case ITERATOR_NEW, ITERATOR_NEXT, ITERATOR_DESTROY -> "fp";
      case SOCK_COMMON -> "sock_common, sock, tcp_sock, xdp_sock";
      case SOCKET, SOCKET_RELEASE -> "sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_";
      case BTF_ID, BTF_ID_OR_NULL -> "ptr_, trusted_ptr_, rcu_ptr_";
      case CONST_SIZE, CONST_SIZE_OR_ZERO, CONST_ALLOC_SIZE_OR_ZERO, CONST, HANDLE -> "scalar";
      default -> MEMORY_TYPES;
    };
  }

  private static boolean matches(Reg reg, ArgKind kind) {
    int flags = reg.flags();
    return switch (kind) {
      case CONST_MAP_PTR -> reg.kind() == RegKind.MAP_PTR && flags == 0;
      case CTX -> reg.kind() == RegKind.CTX && flags == 0;
      case FUNC -> reg.kind() == RegKind.FUNC && flags == 0;
      case STACK_OR_NULL -> reg.kind() == RegKind.STACK && flags == 0;
      case RINGBUF_MEM_RELEASE -> reg.kind() == RegKind.MEM && flags == Reg.RINGBUF;
      case DYNPTR, DYNPTR_UNINIT, DYNPTR_RELEASE ->
          (reg.kind() == RegKind.STACK || reg.kind() == RegKind.DYNPTR) && flags == 0;
      case ITERATOR_NEW, ITERATOR_NEXT, ITERATOR_DESTROY ->
          reg.kind() == RegKind.STACK && flags == 0;
      case CONST_STR -> reg.kind() == RegKind.MAP_VALUE && flags == 0;
      case SOCK_COMMON -> reg.kind().isSocket() && flags == 0;
      case SOCKET, SOCKET_RELEASE ->
          (reg.kind().isSocket() || reg.kind() == RegKind.BTF_ID) && flags == 0;
      case BTF_ID, BTF_ID_OR_NULL -> reg.kind() == RegKind.BTF_ID && !isSocket(reg) && flags == 0;
      case CONST_SIZE, CONST_SIZE_OR_ZERO, CONST_ALLOC_SIZE_OR_ZERO, CONST, HANDLE ->
          reg.isScalar();
      case SPIN_LOCK, TIMER -> reg.kind() == RegKind.MAP_VALUE && flags == 0;
      case DONTCARE, ANYTHING, NUMBER -> false;
      case MEM_RDONLY, MEM_RDONLY_OR_NULL, FIXED_MEM20, FIXED_MEM40 ->
          isMemory(reg, flags & ~Reg.RDONLY, kind);
      case MAP_KEY,
          MAP_VALUE,
          MAP_VALUE_OR_NULL,
          MAP_VALUE_UNINIT,
          MEM,
          MEM_OR_NULL,
          MEM_UNINIT,
          MEM_UNINIT_OR_NULL,
          FIXED_MEM8_UNINIT,
          FIXED_MEM4 ->
          isMemory(reg, flags, kind);
    };
  }

  /** What is no task here is a socket by another name. */
  private static boolean isSocket(Reg typed) {
    return typed.of() instanceof String struct && struct.endsWith("_sock");
  }

  private static boolean isMemory(Reg reg, int flags, ArgKind kind) {
    int rest = isNullable(kind) ? flags & ~Reg.MAYBE_NULL : flags;
    return switch (reg.kind()) {
      case STACK, PACKET, PACKET_META, MAP_KEY, MAP_VALUE, BUF -> rest == 0;
      case MEM -> (rest & ~Reg.RINGBUF) == 0;
      default -> false;
    };
  }

  private static boolean releases(ArgKind kind) {
    return kind == ArgKind.RINGBUF_MEM_RELEASE || kind == ArgKind.SOCKET_RELEASE;
  }

  private static void requireOffset(int regno, Reg reg, ArgKind kind) {
    if (releases(kind)) {
      if (reg.off() != 0) {
        throw invalid(
            "R%d must have zero offset when passed to release func or trusted arg to kfunc"
                .formatted(regno));
      }
      Region.requireUnmoved(regno, reg);
    }
    switch (reg.kind()) {
      case STACK, PACKET, PACKET_META, MAP_KEY, MAP_VALUE, MEM, BUF, SCALAR -> {}
      default -> Region.requireUnmoved(regno, reg);
    }
  }

  // ---- meaning
  // -------------------------------------------------------------------------------------

  private void apply(int index, int regno, Reg reg, ArgKind kind) {
    switch (kind) {
      case CONST_MAP_PTR -> {
        if (helper.arg(0) == ArgKind.TIMER) {
          special.requireSameMap(step.reg(1), reg);
        }
        map = reg;
      }
      case SPIN_LOCK -> {
        if (helperId == SPIN_LOCK) {
          special.lock(regno);
        } else {
          special.unlock(regno);
        }
      }
      case TIMER -> special.timer(regno);
      case MAP_KEY -> key(regno, reg);
      case MAP_VALUE, MAP_VALUE_OR_NULL -> value(regno, reg, false);
      case MAP_VALUE_UNINIT -> value(regno, reg, true);
      case FIXED_MEM8_UNINIT -> fixed(regno, reg, 8, true);
      case FIXED_MEM4 -> fixed(regno, reg, 4, false);
      case CONST_SIZE -> size(index, regno, reg, false);
      case CONST_SIZE_OR_ZERO -> size(index, regno, reg, true);
      case CONST_ALLOC_SIZE_OR_ZERO, CONST -> constant(regno, reg);
      case FUNC -> function = reg.extra();
      case FIXED_MEM20 -> memory.require(regno, 20, false, false, false);
      case FIXED_MEM40 -> memory.require(regno, 40, false, false, false);
      case RINGBUF_MEM_RELEASE, SOCKET_RELEASE -> {
        if (reg.refId() == 0) {
          throw invalid("R%d must be referenced when passed to release function".formatted(regno));
        }
        released = reg.refId();
      }
      case CONST_STR -> ConstantText.require(regno, reg);
      case DYNPTR -> object = objects.requireDynptr(regno, index);
      case DYNPTR_RELEASE -> object = objects.requireOwner(regno, index);
      case DYNPTR_UNINIT -> {
        objects.requireRoom(regno);
        created = reg;
      }
      case ITERATOR_NEW -> {
        Iterators.requireRoom(objects, regno, index, helper);
        created = reg;
      }
      case ITERATOR_NEXT, ITERATOR_DESTROY ->
          object = Iterators.require(objects, regno, index, helper);
      default -> {}
    }
  }

  private MapSpec requireMap(String what) {
    if (map == null) {
      throw denied("invalid map_ptr to access map->" + what);
    }
    return map.spec();
  }

  private void key(int regno, Reg reg) {
    MapSpec spec = requireMap("key");
    memory.require(regno, spec.keySizeBytes(), false, false, false);
    boolean array = spec.type() == MapType.ARRAY || spec.type() == MapType.PERCPU_ARRAY;
    if (array && reg.kind() == RegKind.STACK && reg.var().isConstant()) {
      constantKey = constantKey(reg, spec.keySizeBytes());
    }
  }

  /** V-53: an index that is a known constant decides whether the lookup can fail. */
  private @Nullable Long constantKey(Reg reg, int keySize) {
    int off = reg.off();
    Frame frame = step.state().frame(reg.extra());
    int first = -off - 1;
    int slot = first / Frame.SLOT_BYTES;
    if (run(frame, first, Frame.ZERO) >= keySize) {
      return 0L;
    }
    // Linux 6.18 takes the lower half of an 8-byte spill for a key in its upper half.
    boolean whole = off % Frame.SLOT_BYTES == 0;
    boolean spilled = frame.isSpill(slot) && frame.spill(slot).isConstant();
    if (!whole || !spilled || run(frame, first, Frame.SPILL) != keySize) {
      return null;
    }
    step.path().preciseSlot(frame.number(), slot);
    return frame.spill(slot).var().value();
  }

  /** Returns how many bytes of {@code type} follow upwards inside the slot. */
  private static int run(Frame frame, int first, byte type) {
    int count = 0;
    int last = first / Frame.SLOT_BYTES * Frame.SLOT_BYTES;
    for (int i = first; i >= last && frame.type(i) == type; i--) {
      count++;
    }
    return count;
  }

  private void value(int regno, Reg reg, boolean uninit) {
    int size = requireMap("value").valueSizeBytes();
    if (!reg.isConstant(0)) {
      memory.require(regno, size, uninit, false, uninit);
    }
  }

  private void fixed(int regno, Reg reg, int size, boolean uninit) {
    memory.require(regno, size, true, false, uninit);
    Region.requireAligned(reg, 0, size, true);
  }

  private void constant(int regno, Reg reg) {
    if (!reg.var().isConstant()) {
      throw step.insn().isKfuncCall()
          ? invalid("R%d must be a known constant".formatted(regno))
          : denied("R%d is not a known constant'".formatted(regno));
    }
    allocated = reg.var().value();
    step.path().precise(regno);
  }

  private void size(int index, int regno, Reg reg, boolean zeroOk) {
    ArgKind of = helper.arg(index - 1);
    boolean uninit = of == ArgKind.MEM_UNINIT || of == ArgKind.MEM_UNINIT_OR_NULL;
    boolean writes = uninit || of == ArgKind.MEM || of == ArgKind.MEM_OR_NULL;
    Scalar size = reg.var();
    sizeMax = size.umax();
    if (size.smin() < 0) {
      throw denied(
          "R%d min value is negative, either use unsigned or 'var &= const'".formatted(regno));
    }
    if (size.umin() == 0 && !zeroOk) {
      throw denied(
          "R%d invalid zero-sized read: u64=[%d,%d]".formatted(regno, size.umin(), size.umax()));
    }
    if (size.umax() >= MAX_VAR_SIZE) {
      throw denied(
          "R%d unbounded memory access, use 'var &= const' or 'if (var < const)'".formatted(regno));
    }
    boolean slices = helper.returns() == ReturnKind.DYNPTR_MEM_OR_NULL;
    if (slices) {
      constant(regno, reg); // a slice is as long as its buffer would be
    }
    if (slices && step.reg(regno - 1).isConstant(0)) {
      return; // without a buffer
    }
    boolean raw = uninit && size.isConstant();
    memory.require(regno - 1, (int) size.umax(), writes, zeroOk, raw);
    step.path().precise(regno);
  }
}
