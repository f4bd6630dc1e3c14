package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.RegText;
import dev.sonde.vm.context.ContextAccess;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;

/** Loads and stores ({@code check_mem_access}, Linux 6.18): V-70 to V-81. */
final class MemoryAccess {
  /** A store whose value is an immediate, or is not known as a register. */
  static final int IMMEDIATE = -1;

  static final int NOTHING = -2;
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;

  private final Step step;
  private final StackMemory stack;

  MemoryAccess(Step step) {
    this.step = step;
    stack = new StackMemory(step);
  }

  StackMemory stack() {
    return stack;
  }

  /**
   * {@code dst = *(size *)(regno + off)}.
   *
   * @param dst {@link #NOTHING} where only the permission is asked for
   */
  void load(int regno, int off, int size, int dst, boolean signed, boolean strictAlignment) {
    Reg pointer = step.reg(regno);
    Region.requireAligned(pointer, off, size, strictAlignment);
    int total = off + pointer.off();
    Reg loaded = loaded(regno, pointer, total, size, dst, signed);
    step.facts().access(step.at(), pointer, step.state().current(), off, size, false);
    if (dst >= 0) {
      step.setReg(dst, extended(loaded, size, signed));
    }
  }

  /** What was spilled and comes back as another number is nobody's copy any more (V-43). */
  private static Reg extended(Reg loaded, int size, boolean signed) {
    if (size == Long.BYTES) {
      return loaded;
    }
    int bits = size * 8;
    if (signed && loaded.widthBits() >= bits) {
      return loaded.unlinked().withVar(DOMAIN.signExtend(loaded.var(), bits));
    }
    Scalar value =
        signed ? DOMAIN.signExtend(loaded.var(), bits) : DOMAIN.zeroExtend(loaded.var(), bits);
    return loaded.withVar(value);
  }

  private Reg loaded(int regno, Reg pointer, int total, int size, int dst, boolean signed) {
    switch (accessible(pointer)) {
      case MAP_VALUE -> {
        Region.requireMapPermits(pointer, total, size, false);
        requireInMapValue(regno, pointer, total, size, false);
        return constantOf(pointer, total, size);
      }
      case MAP_KEY ->
          Region.requireInside(regno, pointer, total, size, pointer.spec().keySizeBytes(), false);
      case MEM -> Region.requireInside(regno, pointer, total, size, pointer.extra(), false);
      case CTX -> {
        return contextLoad(regno, pointer, total, size);
      }
      case STACK -> {
        return stack.load(regno, pointer, total, size, dst);
      }
      case PACKET, PACKET_META -> Region.requireInPacket(regno, pointer, total, size, false);
      case BTF_ID -> {
        return typedLoad(regno, pointer, total, size);
      }
      case SOCK_COMMON, SOCKET, TCP_SOCK, XDP_SOCK ->
          SocketFields.requireReadable(regno, pointer, total, size);
      default -> throw noMemory(regno, pointer);
    }
    return Reg.UNKNOWN;
  }

  /**
   * A field of a kernel struct (V-76): an engine reads it fault-tolerantly, so that any address is
   * safe. What comes out may be a pointer to another struct; it can be followed in the same way.
   */
  private Reg typedLoad(int regno, Reg pointer, int total, int size) {
    if (pointer.kind() == RegKind.BTF_ID) {
      if (total < 0) {
        throw denied(
            "R%d is ptr_%s invalid negative access: off=%d".formatted(regno, pointer.of(), total));
      }
      if (pointer.var().umax() != 0) {
        throw denied(
            "R%d is ptr_%s invalid variable offset: off=%d, var_off=%s"
                .formatted(regno, pointer.of(), total, RegText.tnum(pointer.var().bits())));
      }
    }
    return size == Long.BYTES ? Reg.UNKNOWN.withFlags(Reg.UNTRUSTED) : Reg.UNKNOWN;
  }

  /** A list of what may be touched: any flag that is not known here makes it untouchable. */
  private static RegKind accessible(Reg pointer) {
    boolean memory =
        pointer.kind() == RegKind.MEM && (pointer.flags() & ~(Reg.RDONLY | Reg.RINGBUF)) == 0;
    if (pointer.isScalar()) {
      return pointer.has(Reg.UNTRUSTED) ? RegKind.BTF_ID : RegKind.NOT_INIT;
    }
    return pointer.flags() == 0 || memory ? pointer.kind() : RegKind.NOT_INIT;
  }

  private static RuntimeException noMemory(int regno, Reg pointer) {
    return denied("R%d invalid mem access '%s'".formatted(regno, pointer.typeText()));
  }

  static void requireInMapValue(int regno, Reg pointer, int total, long size, boolean zeroOk) {
    Region.requireInside(regno, pointer, total, size, pointer.spec().valueSizeBytes(), zeroOk);
    if (!pointer.spec().specialFields().isEmpty()) {
      SpecialFields.requireUntouched(pointer, total, size);
    }
  }

  /** What nobody can write any more is a constant (V-72): the configuration of a program. */
  private static Reg constantOf(Reg pointer, int total, int size) {
    BpfMap map = pointer.knownMap();
    boolean constant =
        map != null
            && pointer.var().isConstant()
            && map.isFrozen()
            && (map.spec().flags() & MapFlags.RDONLY_PROG) != 0
            && map.spec().type() == MapType.ARRAY;
    if (map == null || !constant) {
      return Reg.UNKNOWN;
    }
    long address = map.directValueAddress(total);
    return address == 0 ? Reg.UNKNOWN : Reg.constant(read(address, size));
  }

  private static long read(long address, int size) {
    return switch (size) {
      case 1 -> RawMemory.getByte(address) & 0xffL;
      case 2 -> RawMemory.getShort(address) & 0xffffL;
      case 4 -> RawMemory.getInt(address) & 0xffffffffL;
      default -> RawMemory.getLong(address);
    };
  }

  private Reg contextLoad(int regno, Reg pointer, int total, int size) {
    requireContextOffset(regno, pointer);
    ContextAccess access = contextAccess(total, size, false);
    return switch (access.value()) {
      case SCALAR -> Reg.UNKNOWN;
      case PACKET -> Reg.pointer(RegKind.PACKET);
      case PACKET_META -> Reg.pointer(RegKind.PACKET_META);
      case PACKET_END -> Reg.pointer(RegKind.PACKET_END);
      case SOCK_COMMON_OR_NULL ->
          Reg.pointer(RegKind.SOCK_COMMON).withFlags(Reg.MAYBE_NULL).withId(step.newId());
      case TP_BUFFER -> Reg.pointer(RegKind.TP_BUFFER);
    };
  }

  private void requireContextOffset(int regno, Reg pointer) {
    if (step.program().spec().type() == ProgramType.SYSCALL && pointer.var().isConstant()) {
      return; // its context is plain bytes: a moved pointer is as good as an offset
    }
    Region.requireUnmoved(regno, pointer);
  }

  private ContextAccess contextAccess(int total, int size, boolean write) {
    ContextAccess access = step.program().contextLayout().access(total, size, write);
    if (access == null) {
      throw denied("invalid bpf_context access off=%d size=%d".formatted(total, size));
    }
    return access;
  }

  /**
   * {@code *(size *)(regno + off) = value}.
   *
   * @param source the register stored; {@link #IMMEDIATE}: {@code immediate} is; {@link #NOTHING}:
   *     an unknown number is
   */
  void store(int regno, int off, int size, int source, int immediate) {
    Reg pointer = step.reg(regno);
    store(regno, pointer, off, size, source, immediate, false);
  }

  void store(int regno, Reg pointer, int off, int size, int source, int immediate, boolean strict) {
    Region.requireAligned(pointer, off, size, strict);
    int total = off + pointer.off();
    switch (accessible(pointer)) {
      case MAP_VALUE -> {
        requireNoLeak(source, "map");
        Region.requireMapPermits(pointer, total, size, true);
        requireInMapValue(regno, pointer, total, size, false);
      }
      case MAP_KEY -> throw denied("write to change key R%d not allowed".formatted(regno));
      case MEM -> {
        if (pointer.has(Reg.RDONLY)) {
          throw denied("R%d cannot write into rdonly_mem".formatted(regno));
        }
        requireNoLeak(source, "mem");
        Region.requireInside(regno, pointer, total, size, pointer.extra(), false);
      }
      case CTX -> {
        requireNoLeak(source, "ctx");
        requireContextOffset(regno, pointer);
        contextAccess(total, size, true);
      }
      case STACK -> stack.store(regno, pointer, total, size, source, immediate);
      case PACKET, PACKET_META -> {
        if (step.program().spec().type() == ProgramType.SOCKET_FILTER) {
          throw denied("cannot write into packet");
        }
        requireNoLeak(source, "packet");
        Region.requireInPacket(regno, pointer, total, size, false);
      }
      case BTF_ID -> throw denied("only read is supported");
      case SOCK_COMMON, SOCKET, TCP_SOCK, XDP_SOCK ->
          throw denied("R%d cannot write into %s".formatted(regno, pointer.typeText()));
      default -> throw noMemory(regno, pointer);
    }
    step.facts().access(step.at(), pointer, step.state().current(), off, size, true);
    if (source >= 0) {
      step.facts().escapes(step.at(), step.reg(source));
    }
  }

  private void requireNoLeak(int source, String where) {
    if (source >= 0 && step.leaks(source)) {
      throw denied("R%d leaks addr into %s".formatted(source, where));
    }
  }

  /** LD_ABS and LD_IND: packet bytes in the manner of classic BPF (V-160). */
  void packetLoad(Insn insn) {
    ProgramType type = step.program().spec().type();
    boolean allowed =
        type == ProgramType.SOCKET_FILTER
            || type == ProgramType.SCHED_CLS
            || type == ProgramType.SCHED_ACT;
    if (!allowed) {
      throw invalid("BPF_LD_[ABS|IND] instructions not allowed for this program type");
    }
    boolean indirect = (insn.opcode() & 0xe0) == Opcodes.IND;
    if (insn.dst() != 0 || insn.off() != 0 || !indirect && insn.src() != 0) {
      throw invalid("BPF_LD_[ABS|IND] uses reserved fields");
    }
    step.requireReadable(6);
    References.requireNone(step.state(), "BPF_LD_[ABS|IND]");
    SpecialFields.requireUnlocked(step.state(), "BPF_LD_[ABS|IND]");
    if (step.reg(6).kind() != RegKind.CTX) {
      throw invalid("at the time of BPF_LD_ABS|IND R6 != pointer to skb");
    }
    if (indirect) {
      step.requireReadable(insn.src());
    }
    Region.requireUnmoved(6, step.reg(6));
    step.forgetArguments(step.state().own(step.state().current()));
    step.setReg(0, Reg.UNKNOWN);
  }
}
