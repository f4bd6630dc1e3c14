package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Helpers that call back, and lookups, end on the compiler as they end on the interpreter. */
class CallbackTest {
  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  private void sameAsInterpreter(long want, List<Insn> insns, BpfMap... maps) {
    Trusted proof = Trusted.of("calls", insns, maps);
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = compiler.compile(proof, null)) {
      assertEquals(want, oracle.run(Trusted.slot(), 0));
      assertEquals(want, program.run(Trusted.slot(), 0));
      assertEquals(failed, CompiledProgram.failedRuns());
    }
  }

  @Test
  void aLoopCallsUntilTheCallbackSaysOne() {
    sameAsInterpreter(5, loop(5, 0));
    sameAsInterpreter(8, loop(100, 0));
  }

  @Test
  void loopsInLoopsEndWhenTheirTimeIsUp() {
    Trusted proof = Trusted.of("years", loops(1 << 23));
    CarrierSlot slot = Trusted.slot();
    try (Interpreter oracle = new Interpreter(proof);
        CompiledProgram program = compiler.compile(proof, null)) {
      for (ExecutableProgram engine : List.of(oracle, program)) {
        slot.beginRun(20_000_000);
        long begin = System.nanoTime();
        assertEquals(0, engine.run(slot, 0));
        assertTrue(System.nanoTime() - begin >= 20_000_000);
        assertTrue(slot.takeCutOff());
        assertFalse(slot.takeCutOff());
      }
    }
    slot.beginRun();
    sameAsInterpreter(50, loops(50));
    assertFalse(slot.takeCutOff());
  }

  /** As many turns of as many turns. */
  private static List<Insn> loops(int turns) {
    return List.of(
        new Insn(0xb7, 1, 0, 0, turns),
        new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 5),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 3, 0, 0, 0),
        new Insn(0xb7, 4, 0, 0, 0),
        new Insn(0x85, 0, 0, 0, 181),
        new Insn(0x95, 0, 0, 0, 0),
        new Insn(0xb7, 1, 0, 0, turns), // the callback loops as well
        new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 6),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 3, 0, 0, 0),
        new Insn(0xb7, 4, 0, 0, 0),
        new Insn(0x85, 0, 0, 0, 181),
        new Insn(0xb7, 0, 0, 0, 0),
        new Insn(0x95, 0, 0, 0, 0),
        new Insn(0xb7, 0, 0, 0, 0), // and the callback of that does nothing
        new Insn(0x95, 0, 0, 0, 0));
  }

  @Test
  void aLoopRefusesFlags() {
    sameAsInterpreter(-22, loop(5, 1));
  }

  /** The callback stops the loop at its eighth call. */
  private static List<Insn> loop(int turns, int flags) {
    return List.of(
        new Insn(0xb7, 1, 0, 0, turns),
        new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 5),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 3, 0, 0, 0),
        new Insn(0xb7, 4, 0, 0, flags),
        new Insn(0x85, 0, 0, 0, 181),
        new Insn(0x95, 0, 0, 0, 0),
        new Insn(0xb7, 0, 0, 0, 0), // the callback: r1 is the turn
        new Insn(0x55, 1, 0, 1, 7),
        new Insn(0xb7, 0, 0, 0, 1),
        new Insn(0x95, 0, 0, 0, 0));
  }

  @Test
  void anArrayIsLookedUpByAddressArithmetic() {
    try (BpfMap map = Maps.create(MapSpec.of("values", MapType.ARRAY, 4, 8, 3))) {
      map.update(new byte[] {2, 0, 0, 0}, new byte[] {42, 0, 0, 0, 0, 0, 0, 0}, 0);
      sameAsInterpreter(42, lookup(2), map);
      sameAsInterpreter(-1, lookup(3), map);
      sameAsInterpreter(-1, lookup(-1), map);
    }
  }

  private static List<Insn> lookup(int key) {
    return List.of(
        new Insn(0x62, 10, 0, -4, key),
        new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xbf, 2, 10, 0, 0),
        new Insn(0x07, 2, 0, 0, -4),
        new Insn(0x85, 0, 0, 0, 1),
        new Insn(0x55, 0, 0, 2, 0),
        new Insn(0xb7, 0, 0, 0, -1),
        new Insn(0x95, 0, 0, 0, 0),
        new Insn(0x79, 0, 0, 0, 0),
        new Insn(0x95, 0, 0, 0, 0));
  }
}
