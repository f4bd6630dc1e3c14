package dev.sonde.verifier.certify;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.facts.FactCollector;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Call;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns what the checker sees into facts, in terms of regions and ranges. */
public class Observation {
  private final ResolvedProgram program;
  private final ControlFlow flow;
  private final FactCollector collector;
  private final int[] stackDepths;
  private @Nullable State state;

  public Observation(ResolvedProgram program, ControlFlow flow) {
    this.program = program;
    this.flow = flow;
    List<Integer> firstInsns = new ArrayList<>();
    for (int i = 0; i < flow.subprograms(); i++) {
      firstInsns.add(flow.start(i));
    }
    collector = new FactCollector(program.insns(), firstInsns);
    stackDepths = new int[flow.subprograms()];
  }

  /** An insn is about to be executed. */
  protected void before(int insn, State current) {
    state = current;
    Insn code = program.insns().get(insn);
    if (collector.isLoopTest(insn)) {
      boolean register = (code.opcode() & Opcodes.X) != 0;
      collector.limit(
          insn,
          register ? scalar(current.reg(code.src())) : ScalarDomain.LINUX.constant(code.imm()));
    }
  }

  /** An execution goes from one insn to the next; {@code from} is -1 at an entry. */
  protected void edge(int from, int to, State on) {
    collector.edge(from, to, register -> scalar(on.reg(register)));
  }

  private static @Nullable Scalar scalar(Reg reg) {
    return reg.isScalar() ? reg.var() : null;
  }

  Facts facts() {
    return new FromSteps();
  }

  /** What the steps themselves report. */
  private final class FromSteps implements Facts {
    @Override
    public void reached(int insn) {
      collector.reach(insn);
    }

    @Override
    public void access(int insn, Reg pointer, int frame, int off, int size, boolean write) {
      long offset = pointer.off() + pointer.var().value() + off;
      boolean constant = pointer.var().isConstant() && offset == (int) offset;
      boolean own = pointer.kind() == RegKind.STACK && pointer.extra() == frame;
      collector.access(insn, region(pointer), constant, (int) offset, own);
      if (pointer.kind() == RegKind.STACK && !(constant && own)) {
        share(pointer, off, pointer.off() + pointer.var().smax() + off + size);
      }
      if (pointer.kind() == RegKind.CTX && !write) { // at a known place (MemoryAccess)
        collector.readContext((int) offset, size);
      }
    }

    @Override
    public void branch(int insn, boolean taken) {
      collector.branch(insn, taken);
    }

    @Override
    public void defined(int insn, Reg value) {
      collector.define(insn, scalar(value));
    }

    @Override
    public void call(int insn, HelperProto proto, Reg[] arguments, CallFacts call) {
      BpfMap map = null;
      List<@Nullable Range> ranges = new ArrayList<>();
      for (Reg argument : arguments) {
        map = argument.kind() == RegKind.MAP_PTR ? argument.knownMap() : map;
        ranges.add(
            argument.isScalar() ? new Range(argument.var().smin(), argument.var().smax()) : null);
      }
      Long key = call.key();
      collector.call(
          insn,
          new Call(
              map,
              key == null ? null : key.intValue(),
              call.nonNull(),
              Collections.unmodifiableList(ranges)));
      if (collector.isLookup(insn)) {
        Reg at = arguments[1];
        int start = at.kind() == RegKind.STACK ? start(at) : -1;
        boolean own = start >= 0 && at.extra() == Objects.requireNonNull(state).current();
        long low = at.off() + at.var().smin();
        collector.key(insn, map, start, own, low, at.off() + at.var().smax());
      }
    }

    @Override
    public void escapes(int insn, Reg pointer) {
      if (pointer.kind() == RegKind.CTX) {
        collector.escapeContext();
      } else if (pointer.kind() == RegKind.STACK && !collector.isFollowed(insn)) {
        share(pointer, 0, 0);
      }
    }

    private void share(Reg pointer, int off, long high) {
      collector.shareFrame(start(pointer), pointer.off() + pointer.var().smin() + off, high);
    }

    /** Returns the first insn of the function whose frame {@code pointer} points into. */
    private int start(Reg pointer) {
      State on = Objects.requireNonNull(state);
      return flow.start(on.frame(pointer.extra()).subprogram());
    }

    @Override
    public void stackDepth(int subprogram, int bytes) {
      stackDepths[subprogram] = Math.max(stackDepths[subprogram], bytes);
    }
  }

  private static Region region(Reg pointer) {
    if (pointer.has(Reg.UNTRUSTED)) {
      return Region.UNTRUSTED;
    }
    return switch (pointer.kind()) {
      case STACK -> Region.STACK;
      case CTX -> Region.CONTEXT;
      case MAP_VALUE -> Region.MAP_VALUE;
      case MAP_KEY -> Region.MAP_KEY;
      case PACKET, PACKET_META -> Region.PACKET;
      case MEM -> pointer.has(Reg.RINGBUF) ? Region.RINGBUF_MEM : Region.MEM;
      case BUF, TP_BUFFER -> Region.BUFFER;
      case SOCK_COMMON, SOCKET, TCP_SOCK, XDP_SOCK, BTF_ID, SCALAR -> Region.UNTRUSTED;
      case NOT_INIT, MAP_PTR, PACKET_END, FUNC, DYNPTR, ITERATOR -> Region.UNTRUSTED;
    };
  }

  /** Returns what holds in all states that were seen. */
  public ProgramFacts collected() {
    List<Subprogram> subprograms = new ArrayList<>();
    for (int i = 0; i < flow.subprograms(); i++) {
      subprograms.add(
          new Subprogram(flow.start(i), flow.end(i), name(i), new BitSet(), stackDepths[i]));
    }
    return collector.facts(subprograms);
  }

  private String name(int subprogram) {
    return program.spec().subprograms().stream()
        .filter(spec -> spec.firstInsn() == flow.start(subprogram))
        .map(SubprogramSpec::name)
        .findFirst()
        .orElse(subprogram == 0 ? program.spec().name() : "subprogram_" + subprogram);
  }
}
