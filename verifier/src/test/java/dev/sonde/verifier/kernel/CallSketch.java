package dev.sonde.verifier.kernel;

import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.ReturnKind;
import dev.sonde.vm.program.ProgramType;
import org.jspecify.annotations.Nullable;

/**
 * A program that calls one helper rightly, except that one argument is of a given kind. r6 is the
 * context, r7 any number, r8 a map value, r9 what the kind needs; the 64 bytes below r10 are zero.
 *
 * <p>Maps: 0 the helper's own, 1 an array of one 64-byte value, 2 a ring, 3 constants, 4 a hash.
 */
final class CallSketch {
  private static final int BASE_DYNPTR = -144;
  private static final int BASE_RING_DYNPTR = -160;
  private static final int KIND_DYNPTR = -192;
  private static final int KIND_RING_DYNPTR = -208;
  private static final int NEW_DYNPTR = -128;
  private static final String LEAVE = "mov %r0, 0\nexit\n";

  private final HelperProto helper;
  private final int argument; // -1: all are right
  private final Kind kind;
  private final StringBuilder text = new StringBuilder();
  private int labels;

  /** What a register may hold. */
  enum Kind {
    NOT_INIT(null),
    ZERO("mov %rN, 0"),
    EIGHT("mov %rN, 8"),
    MINUS_ONE("mov %rN, -1"),
    LARGE("mov %rN, 4096"),
    UNKNOWN("mov %rN, %r7"),
    UP_TO_7("mov %rN, %r7\nand %rN, 7"),
    ONE_TO_8("mov %rN, %r7\nand %rN, 7\nadd %rN, 1"),
    CTX("mov %rN, %r6"),
    CTX_MOVED("mov %rN, %r6\nadd %rN, 8"),
    STACK("mov %rN, %r10\nadd %rN, -64"),
    STACK_UNINIT("mov %rN, %r10\nadd %rN, -128"),
    STACK_TOP("mov %rN, %r10"),
    STACK_END("mov %rN, %r10\nadd %rN, -4"),
    STACK_BELOW("mov %rN, %r10\nadd %rN, -520"),
    MAP("lddw %rN, map 0"),
    OTHER_MAP("lddw %rN, map 1"),
    MAP_VALUE("mov %rN, %r8"),
    MAP_VALUE_END("mov %rN, %r8\nadd %rN, 60"),
    MAP_VALUE_VARIABLE("mov %rN, %r7\nand %rN, 31\nadd %rN, %r8"),
    MAP_VALUE_OR_NULL("mov %rN, %r9"),
    CONSTANTS("lddw %rN, map_value 3 0"),
    RECORD("mov %rN, %r9"),
    RECORD_MOVED("mov %rN, %r9\nadd %rN, 8"),
    RECORD_OR_NULL("mov %rN, %r9"),
    DYNPTR("mov %rN, %r10\nadd %rN, -192"),
    DYNPTR_OF_RING("mov %rN, %r10\nadd %rN, -208"),
    PACKET("mov %rN, %r9"),
    PACKET_UNCHECKED("mov %rN, %r9"),
    PACKET_META("mov %rN, %r9"),
    PACKET_END("mov %rN, %r9"),
    SOCKET("mov %rN, %r9"),
    SOCKET_OR_NULL("mov %rN, %r9"),
    TASK("mov %rN, %r9"),
    FUNCTION("lddw %rN, func callback");

    private final @Nullable String load;

    Kind(@Nullable String load) {
      this.load = load;
    }

    private boolean isRecord() {
      return this == RECORD || this == RECORD_MOVED || this == RECORD_OR_NULL;
    }
  }

  private CallSketch(HelperProto helper, int argument, Kind kind) {
    this.helper = helper;
    this.argument = argument;
    this.kind = kind;
  }

  /** Returns the text of a program, null where the type has nothing of that kind. */
  static @Nullable String of(HelperProto helper, ProgramType type, int argument, Kind kind) {
    return new CallSketch(helper, argument, kind).sketch(type);
  }

  private @Nullable String sketch(ProgramType type) {
    boolean needs = argument >= 0;
    text.append("mov %r6, %r1\ncall 7\nmov %r7, %r0\nlddw %r8, map_value 1 0\n");
    for (int slot = -64; slot < 0; slot += 8) {
      text.append("stdw [%r10").append(slot).append("], 0\n");
    }
    if (kind.isRecord()
        && takes(ArgKind.RINGBUF_MEM_RELEASE) != argument
        && takes(ArgKind.RINGBUF_MEM_RELEASE) >= 0) {
      return null; // two records are held
    }
    for (int i = 0; i < helper.args().size(); i++) {
      if (i != argument) {
        prepare(helper.arg(i));
      }
    }
    if (needs && !prepare(type)) {
      return null;
    }
    for (int i = 0; i < helper.args().size(); i++) {
      String load = i == argument ? kind.load : right(helper.arg(i));
      text.append(load == null ? "" : load.replace("%rN", "%r" + (i + 1))).append('\n');
    }
    text.append("call ").append(helper.id()).append('\n');
    clean();
    text.append(LEAVE);
    if (text.indexOf("callback") >= 0) {
      text.append("callback:\n").append(LEAVE);
    }
    return text.toString();
  }

  private int takes(ArgKind wanted) {
    return helper.args().indexOf(wanted);
  }

  // ---- right arguments
  // -----------------------------------------------------------------------------

  private static @Nullable String right(ArgKind kind) {
    return switch (kind) {
      case DONTCARE -> null;
      case CONST_MAP_PTR -> Kind.MAP.load;
      case CONST_SIZE, CONST_SIZE_OR_ZERO, CONST_ALLOC_SIZE_OR_ZERO -> Kind.EIGHT.load;
      case CTX -> Kind.CTX.load;
      case ANYTHING, STACK_OR_NULL -> Kind.ZERO.load;
      case CONST_STR -> Kind.CONSTANTS.load;
      case RINGBUF_MEM_RELEASE -> "ldxdw %rN, [%r10-72]";
      case FUNC -> Kind.FUNCTION.load;
      case DYNPTR -> "mov %rN, %r10\nadd %rN, " + BASE_DYNPTR;
      case DYNPTR_RELEASE -> "mov %rN, %r10\nadd %rN, " + BASE_RING_DYNPTR;
      case DYNPTR_UNINIT -> "mov %rN, %r10\nadd %rN, " + NEW_DYNPTR;
      case BTF_ID, BTF_ID_OR_NULL -> "ldxdw %rN, [%r10-80]";
      case SOCK_COMMON, SOCKET, SOCKET_RELEASE -> "ldxdw %rN, [%r10-88]";
      default -> Kind.STACK.load;
    };
  }

  private void prepare(ArgKind argument) {
    switch (argument) {
      case RINGBUF_MEM_RELEASE -> {
        reserve();
        text.append("stxdw [%r10-72], %r0\n");
      }
      case DYNPTR -> localDynptr(BASE_DYNPTR);
      case DYNPTR_RELEASE -> ringDynptr(BASE_RING_DYNPTR);
      case BTF_ID, BTF_ID_OR_NULL -> text.append("call 158\nstxdw [%r10-80], %r0\n");
      case SOCK_COMMON, SOCKET -> {
        text.append("ldxdw %r0, [%r6+168]\n");
        unlessNull();
        text.append("stxdw [%r10-88], %r0\n");
      }
      case SOCKET_RELEASE -> {
        text.append("mov %r1, %r6\nmov %r2, %r10\nadd %r2, -64\nmov %r3, 12\nmov %r4, -1\n");
        text.append("mov %r5, 0\ncall 84\n");
        unlessNull();
        text.append("stxdw [%r10-88], %r0\n");
      }
      case CONST_STR -> {}
      default -> {}
    }
  }

  private void unlessNull() {
    String label = "some" + labels++;
    text.append("jne %r0, 0, ").append(label).append('\n').append(LEAVE);
    text.append(label).append(":\n");
  }

  private void reserve() {
    text.append("lddw %r1, map 2\nmov %r2, 16\nmov %r3, 0\ncall 131\n");
    unlessNull();
  }

  private void localDynptr(int at) {
    text.append("mov %r1, %r8\nmov %r2, 8\nmov %r3, 0\nmov %r4, %r10\n");
    text.append("add %r4, ").append(at).append("\ncall 197\n");
  }

  private void ringDynptr(int at) {
    text.append("lddw %r1, map 2\nmov %r2, 8\nmov %r3, 0\nmov %r4, %r10\n");
    text.append("add %r4, ").append(at).append("\ncall 198\n");
  }

  private void discardDynptr(int at) {
    text.append("mov %r1, %r10\nadd %r1, ").append(at).append("\nmov %r2, 0\ncall 200\n");
  }

  // ---- the kind that is tried
  // ----------------------------------------------------------------------

  /** Makes r9 of the kind; tells whether a program of the type can. */
  private boolean prepare(ProgramType type) {
    boolean tc = type == ProgramType.SCHED_CLS || type == ProgramType.SCHED_ACT;
    boolean xdp = type == ProgramType.XDP;
    switch (kind) {
      case MAP_VALUE_OR_NULL ->
          text.append("lddw %r1, map 4\nmov %r2, %r10\nadd %r2, -64\ncall 1\nmov %r9, %r0\n");
      case RECORD, RECORD_MOVED -> {
        reserve();
        text.append("mov %r9, %r0\n");
      }
      case RECORD_OR_NULL ->
          text.append("lddw %r1, map 2\nmov %r2, 16\nmov %r3, 0\ncall 131\nmov %r9, %r0\n");
      case DYNPTR -> localDynptr(KIND_DYNPTR);
      case DYNPTR_OF_RING -> ringDynptr(KIND_RING_DYNPTR);
      case TASK -> text.append("call 158\nmov %r9, %r0\n");
      case SOCKET, SOCKET_OR_NULL -> {
        text.append("ldxdw %r0, [%r6+168]\n");
        if (kind == Kind.SOCKET) {
          unlessNull();
        }
        text.append("mov %r9, %r0\n");
        return tc;
      }
      case PACKET, PACKET_UNCHECKED, PACKET_END, PACKET_META -> {
        packet(xdp);
        return tc || xdp;
      }
      default -> {}
    }
    return true;
  }

  private void packet(boolean xdp) {
    int start = xdp ? 0 : 76;
    int end = xdp ? 4 : 80;
    int meta = xdp ? 8 : 140;
    int from = kind == Kind.PACKET_END ? end : kind == Kind.PACKET_META ? meta : start;
    text.append("ldxw %r9, [%r6+").append(from).append("]\n");
    if (kind == Kind.PACKET || kind == Kind.PACKET_META) {
      int to = kind == Kind.PACKET ? end : start;
      text.append("ldxw %r0, [%r6+").append(to).append("]\n");
      text.append("mov %r2, %r9\nadd %r2, 16\njle %r2, %r0, inside\n").append(LEAVE);
      text.append("inside:\n");
    }
  }

  /** Gives back what the call has not. */
  private void clean() {
    ArgKind tried = argument < 0 ? ArgKind.DONTCARE : helper.arg(argument);
    if (kind.isRecord() && argument >= 0 && tried != ArgKind.RINGBUF_MEM_RELEASE) {
      String label = "none" + labels++;
      if (kind == Kind.RECORD_OR_NULL) {
        text.append("jeq %r9, 0, ").append(label).append('\n');
      }
      text.append("mov %r1, %r9\nmov %r2, 0\ncall 133\n").append(label).append(":\n");
    }
    if (kind == Kind.DYNPTR_OF_RING && argument >= 0 && tried != ArgKind.DYNPTR_RELEASE) {
      discardDynptr(KIND_RING_DYNPTR);
    }
    if (helper.name().equals("bpf_ringbuf_reserve_dynptr")) {
      boolean moved = tried == ArgKind.DYNPTR_UNINIT && kind == Kind.STACK;
      discardDynptr(moved ? -64 : NEW_DYNPTR);
    }
    if (helper.name().equals("bpf_ringbuf_reserve")) {
      text.append("jeq %r0, 0, nothing\nmov %r1, %r0\nmov %r2, 0\ncall 133\nnothing:\n");
    }
    boolean acquires =
        helper.returns() == ReturnKind.SOCKET_OR_NULL
            || helper.returns() == ReturnKind.SOCK_COMMON_OR_NULL;
    if (acquires) {
      text.append("jeq %r0, 0, none\nmov %r1, %r0\ncall 86\nnone:\n");
    }
  }
}
