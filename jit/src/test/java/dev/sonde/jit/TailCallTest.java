package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A tail call takes the place of its caller: nothing is left of that, on no stack. */
class TailCallTest {
  private static final int CHAIN = 33;

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final ProgArrayMap programs =
      (ProgArrayMap) Maps.create(MapSpec.of("next", MapType.PROG_ARRAY, 4, 4, CHAIN + 1));

  /** {@code r6 = r1; call next[index]; r0 = missed}. */
  private static List<Insn> call(int index, int missed) {
    return List.of(
        new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_MAP_FD, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 3, 0, 0, index),
        new Insn(0x85, 0, 0, 0, 12),
        new Insn(0xb7, 0, 0, 0, missed),
        new Insn(0x95, 0, 0, 0, 0));
  }

  /** A subprogram makes the call; what it returns is added to 1000. */
  private static List<Insn> callFromSubprogram(int index, int missed) {
    List<Insn> insns =
        new ArrayList<>(
            List.of(
                new Insn(0x85, 0, Opcodes.PSEUDO_CALL, 0, 2),
                new Insn(0x07, 0, 0, 0, 1000),
                new Insn(0x95, 0, 0, 0, 0)));
    insns.addAll(call(index, missed));
    return insns;
  }

  private CompiledProgram compiled(List<Insn> insns) {
    return compiler.compile(Trusted.of("tail", insns, programs), null);
  }

  /** Says how deep the Java stack is that it is run on. */
  private record Probe(ResolvedProgram program) implements ExecutableProgram {
    @Override
    public long run(CarrierSlot slot, long contextAddress) {
      return StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES)
          .walk(frames -> frames.count());
    }

    @Override
    public long runTail(CarrierSlot slot, long contextAddress) {
      return run(slot, contextAddress);
    }

    @Override
    public Optional<MethodHandle> scalarEntry() {
      return Optional.empty();
    }

    @Override
    public List<ContextField> scalarFields() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  /** Returns the depth of the Java stack behind {@code length} tail calls. */
  private long depthBehind(int length, List<Insn> first) {
    for (int i = 1; i < length; i++) {
      programs.set(i, compiled(call(i + 1, -1)), i);
    }
    programs.set(length, new Probe(Trusted.of("probe", call(0, 0), programs).program()), length);
    return compiled(first).run(Trusted.slot(), 0);
  }

  @Test
  void aChainOfThirtyThreeIsAsDeepAsOne() {
    assertEquals(depthBehind(1, call(1, -1)), depthBehind(CHAIN, call(1, -1)));
  }

  @Test
  void aChainOutOfASubprogramIsAsDeepAsTwo() {
    long two = depthBehind(2, callFromSubprogram(1, -1));
    assertEquals(two, depthBehind(CHAIN, callFromSubprogram(1, -1)));
  }

  @Test
  void thirtyThreeTailCallsAreTheLimitOnBothEngines() {
    for (List<Insn> insns : List.of(call(0, 7), callFromSubprogram(0, 7))) {
      programs.set(0, compiled(insns), 1);
      long got = compiled(insns).run(Trusted.slot(), 0);
      Interpreter oracle = new Interpreter(Trusted.of("tail", insns, programs));
      programs.set(0, oracle, 1);
      assertEquals(oracle.run(Trusted.slot(), 0), got);
    }
  }

  @Test
  void enginesCallEachOther() {
    programs.set(1, new Interpreter(Trusted.of("tail", call(2, -1), programs)), 1);
    programs.set(2, compiled(call(3, 42)), 2);
    assertEquals(42, compiled(call(1, -1)).run(Trusted.slot(), 0));
    assertEquals(1042, compiled(callFromSubprogram(1, -1)).run(Trusted.slot(), 0));
  }
}
