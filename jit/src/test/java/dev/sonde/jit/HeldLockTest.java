package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.HeldByRun;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A run that holds a bpf_spin_lock and is cut off: the lock is given back for it. */
class HeldLockTest {
  private static final int LOCK_OFFSET = 8;
  private static final long GIVEN_NANOS = 1_000_000;
  private static final List<String> KFUNCS =
      List.of("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy");

  private static final MapSpec SPEC =
      MapSpec.of("m", MapType.ARRAY, 4, 16, 1)
          .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.SPIN_LOCK, LOCK_OFFSET)));

  @Test
  void isGivenBackWhenTheRunIsCutOff() throws VerificationException {
    try (BpfMap map = Maps.create(SPEC)) {
      VerifiedProgram program = Verifier.verify(program(map, 1 << 23), VerifierOptions.DEFAULT);
      try (Interpreter interpreter = new Interpreter(program);
          CompiledProgram compiled = new JitCompiler(JitOptions.DEFAULT).compile(program)) {
        for (ExecutableProgram engine : List.of(interpreter, compiled)) {
          CarrierSlot slot = Trusted.slot();
          slot.beginRun(GIVEN_NANOS);
          engine.run(slot, slot.contextAddress());
          assertEquals(1, lock(map), () -> engine + ": ended with the lock given back");
          assertTrue(HeldByRun.endIfCutOff(slot), engine::toString);
          assertEquals(0, lock(map), engine::toString);
          assertEquals(0, slot.heldAddress());
          slot.beginRun();
        }
      }
    }
  }

  @Test
  void isForgottenWhenTheProgramGivesItBack() throws VerificationException {
    try (BpfMap map = Maps.create(SPEC)) {
      VerifiedProgram program = Verifier.verify(program(map, 3), VerifierOptions.DEFAULT);
      try (Interpreter interpreter = new Interpreter(program);
          CompiledProgram compiled = new JitCompiler(JitOptions.DEFAULT).compile(program)) {
        for (ExecutableProgram engine : List.of(interpreter, compiled)) {
          CarrierSlot slot = Trusted.slot();
          slot.beginRun(GIVEN_NANOS);
          assertEquals(7, engine.run(slot, slot.contextAddress()));
          assertEquals(0, lock(map));
          assertEquals(0, slot.heldAddress());
        }
      }
    }
  }

  private static int lock(BpfMap map) {
    return RawMemory.getInt(map.directValueAddress(LOCK_OFFSET));
  }

  /** Takes the lock, counts to {@code end}, gives the lock back and answers 7. */
  private static ResolvedProgram program(BpfMap map, int end) {
    List<Insn> insns =
        List.of(
            new Insn(Opcodes.LD_IMM64, 6, Opcodes.PSEUDO_MAP_VALUE, 0, 0),
            new Insn(0, 0, 0, 0, LOCK_OFFSET),
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            new Insn(0xb7, 2, 0, 0, 0),
            new Insn(0xb7, 3, 0, 0, end),
            call(Opcodes.PSEUDO_KFUNC_CALL, 0),
            new Insn(0xbf, 1, 6, 0, 0),
            call(0, 93), // bpf_spin_lock
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            call(Opcodes.PSEUDO_KFUNC_CALL, 1),
            new Insn(0x55, 0, 0, -4, 0),
            new Insn(0xbf, 1, 6, 0, 0),
            call(0, 94), // bpf_spin_unlock
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            call(Opcodes.PSEUDO_KFUNC_CALL, 2),
            new Insn(0xb7, 0, 0, 0, 7),
            new Insn(0x95, 0, 0, 0, 0));
    List<HelperProto> kfuncs =
        KFUNCS.stream().map(name -> Objects.requireNonNull(Kfuncs.byName(name))).toList();
    ProgramSpec spec =
        new ProgramSpec(
            "held",
            "",
            ProgramType.SCHED_CLS,
            insns,
            List.of(map.spec().name()),
            KFUNCS,
            "GPL",
            List.of(new SubprogramSpec(0, "held", 0, false)),
            List.of(),
            null);
    return new ResolvedProgram(spec, List.of(map), kfuncs);
  }

  private static Insn call(int kind, int callee) {
    return new Insn(0x85, 0, kind, 0, callee);
  }
}
