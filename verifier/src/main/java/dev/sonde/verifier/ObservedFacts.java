package dev.sonde.verifier;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Unites what every step said of its insn into what holds in all states. */
final class ObservedFacts implements Facts {
  private static final int TAKEN = 1;
  private static final int NOT_TAKEN = 2;

  private final ResolvedProgram program;
  private final BitSet reached = new BitSet();
  private final byte[] branches;
  private final ProgramFacts.@Nullable Access[] accesses;
  private final TreeSet<Integer> contextReads = new TreeSet<>(); // offset << 4 | size
  private final BitSet escapingFrames = new BitSet(); // by first insn of the function
  private boolean contextEscapes;
  private int[] depths = new int[1];

  ObservedFacts(ResolvedProgram program) {
    this.program = program;
    branches = new byte[program.insns().size()];
    accesses = new ProgramFacts.Access[program.insns().size()];
  }

  @Override
  public void reached(int insn) {
    reached.set(insn);
  }

  @Override
  public void access(int insn, Reg pointer, int frame, int off, int size, boolean write) {
    ProgramFacts.Region region = regionOf(pointer.kind());
    boolean constant = pointer.var().isConstant();
    int at = (int) (pointer.off() + off + (constant ? pointer.var().value() : 0));
    boolean own = pointer.kind() == RegKind.STACK && pointer.extra() == frame;
    ProgramFacts.Access seen = new ProgramFacts.Access(region, constant, at, own);
    ProgramFacts.Access before = accesses[insn];
    accesses[insn] = before == null ? seen : unite(before, seen);
    if (region == ProgramFacts.Region.CONTEXT && !write) {
      contextReads.add(at << 4 | size);
    }
  }

  private static ProgramFacts.Access unite(ProgramFacts.Access a, ProgramFacts.Access b) {
    boolean same = a.region() == b.region();
    boolean constant =
        same && a.constantOffset() && b.constantOffset() && a.offsetBytes() == b.offsetBytes();
    return new ProgramFacts.Access(
        same ? a.region() : ProgramFacts.Region.MIXED,
        constant,
        constant ? a.offsetBytes() : 0,
        a.ownFrame() && b.ownFrame());
  }

  private static ProgramFacts.Region regionOf(RegKind kind) {
    return switch (kind) {
      case STACK -> ProgramFacts.Region.STACK;
      case CTX -> ProgramFacts.Region.CONTEXT;
      case MAP_VALUE -> ProgramFacts.Region.MAP_VALUE;
      case MAP_KEY -> ProgramFacts.Region.MAP_KEY;
      case PACKET, PACKET_META -> ProgramFacts.Region.PACKET;
      case MEM -> ProgramFacts.Region.MEM;
      case BUF, TP_BUFFER -> ProgramFacts.Region.BUFFER;
      case NOT_INIT, SCALAR, MAP_PTR, PACKET_END, SOCK_COMMON, BTF_ID, FUNC, DYNPTR ->
          ProgramFacts.Region.UNTRUSTED;
    };
  }

  @Override
  public void branch(int insn, boolean taken) {
    branches[insn] |= (byte) (taken ? TAKEN : NOT_TAKEN);
  }

  @Override
  public void defined(int insn, Reg value) {}

  @Override
  public void call(int insn, HelperProto proto, Reg[] arguments, CallFacts call) {}

  @Override
  public void escapes(int insn, Reg pointer) {
    if (pointer.kind() == RegKind.CTX) {
      contextEscapes = true;
    } else if (pointer.kind() == RegKind.STACK) {
      escapingFrames.set(insn);
    }
  }

  @Override
  public void stackDepth(int subprogram, int bytes) {
    if (subprogram >= depths.length) {
      depths = Arrays.copyOf(depths, subprogram + 1);
    }
    depths[subprogram] = Math.max(depths[subprogram], bytes);
  }

  int[] depths() {
    return Arrays.copyOf(depths, 256);
  }

  int totalDepth() {
    return Arrays.stream(depths).sum();
  }

  String depthText() {
    StringBuilder out = new StringBuilder();
    for (int depth : depths) {
      out.append(out.isEmpty() ? "" : "+").append(depth);
    }
    return out.toString();
  }

  ProgramFacts proved(ControlFlow flow) {
    int size = program.insns().size();
    List<ProgramFacts.Branch> decided = new ArrayList<>(size);
    for (byte branch : branches) {
      decided.add(
          switch (branch) {
            case TAKEN -> ProgramFacts.Branch.ALWAYS;
            case NOT_TAKEN -> ProgramFacts.Branch.NEVER;
            default -> ProgramFacts.Branch.NONE;
          });
    }
    return new ProgramFacts(
        reached,
        decided,
        Arrays.asList(accesses),
        Arrays.asList(new ProgramFacts.@Nullable Range[size]),
        Arrays.asList(new ProgramFacts.@Nullable Call[size]),
        List.of(),
        subprograms(flow),
        contextEscapes ? null : reads());
  }

  private List<ProgramFacts.ContextRead> reads() {
    return contextReads.stream()
        .map(read -> new ProgramFacts.ContextRead(read >> 4, read & 15))
        .toList();
  }

  private List<ProgramFacts.Subprogram> subprograms(ControlFlow flow) {
    List<ProgramFacts.Subprogram> all = new ArrayList<>();
    int[] used = depths();
    boolean escapes = !escapingFrames.isEmpty();
    for (int s = 0; s < flow.subprograms(); s++) {
      all.add(
          new ProgramFacts.Subprogram(
              flow.start(s), flow.end(s), nameAt(flow.start(s), s), escapes, used[s]));
    }
    return all;
  }

  private String nameAt(int insn, int index) {
    ProgramSpec spec = program.spec();
    for (SubprogramSpec subprogram : spec.subprograms()) {
      if (subprogram.firstInsn() == insn) {
        return subprogram.name();
      }
    }
    return index == 0 ? spec.name() : "subprogram_" + index;
  }
}
