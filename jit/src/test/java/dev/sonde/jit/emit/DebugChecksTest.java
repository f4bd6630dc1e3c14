package dev.sonde.jit.emit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code jit: debug}: proved code looks whether memory is there before it touches it. */
class DebugChecksTest {
  private static final String CHECK = "Traps.mapped";

  /** Adds 1 to the value of key 0 of a hash, and returns what it was. */
  private static final List<Insn> COUNT =
      List.of(
          new Insn(0x62, 10, 0, -4, 0),
          new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
          new Insn(0, 0, 0, 0, 0),
          new Insn(0xbf, 2, 10, 0, 0),
          new Insn(0x07, 2, 0, 0, -4),
          new Insn(0x85, 0, 0, 0, 1),
          new Insn(0x15, 0, 0, 4, 0),
          new Insn(0x79, 6, 0, 0, 0),
          new Insn(0xb7, 1, 0, 0, 1),
          new Insn(0xdb, 0, 1, 0, 0),
          new Insn(0xbf, 0, 6, 0, 0),
          new Insn(0x95, 0, 0, 0, 0));

  @Test
  void areInFrontOfStoreLoadAndAtomicAndChangeNoResult() throws VerificationException {
    try (BpfMap map = Maps.create(MapSpec.of("hash", MapType.HASH, 4, 8, 4))) {
      CarrierSlot slot = CarrierSlots.current();
      slot.beginRun();
      long scratch = slot.contextAddress();
      RawMemory.putLong(scratch, 0);
      RawMemory.putLong(scratch + 8, 41);
      assertEquals(0, map.update(0, scratch, scratch + 8, 0));
      ProgramSpec spec =
          new ProgramSpec(
              "count",
              "",
              ProgramType.KPROBE,
              COUNT,
              List.of("hash"),
              List.of(),
              "GPL",
              List.of(new SubprogramSpec(0, "count", 0, false)),
              List.of(),
              null);
      VerifiedProgram program =
          Verifier.verify(
              new ResolvedProgram(spec, List.of(map), List.of()), VerifierOptions.DEFAULT);
      JitCompiler debug = new JitCompiler(JitOptions.DEBUG);
      JitCompiler plain = new JitCompiler(JitOptions.DEFAULT);
      assertEquals(3, debug.listing(program, program.facts()).split(CHECK, -1).length - 1);
      assertFalse(plain.listing(program, program.facts()).contains(CHECK));
      try (CompiledProgram checked = debug.compile(program);
          CompiledProgram unchecked = plain.compile(program)) {
        assertEquals(41, checked.run(slot, scratch));
        assertEquals(42, unchecked.run(slot, scratch));
        assertEquals(43, checked.run(slot, scratch));
      }
    }
  }

  @Test
  void findMemoryThatIsNotThere() {
    CarrierSlot slot = CarrierSlots.current();
    assertDoesNotThrow(() -> Traps.mapped(slot, slot.contextAddress(), 8));
    Throwable trapped = assertThrows(Traps.Trapped.class, () -> Traps.mapped(slot, 16, 8));
    assertTrue(trapped.getMessage().startsWith("access of 8 B at 0x10"), trapped.getMessage());
  }
}
