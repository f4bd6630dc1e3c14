package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Programs of one object are methods of one class, and yet programs of their own. */
class SharedClassTest {
  private static final VerifierOptions OPTIONS = VerifierOptions.DEFAULT;

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final CarrierSlot slot = Trusted.slot();
  private final long context = RawMemory.allocateZeroed(CarrierSlot.CONTEXT_BYTES);

  private static VerifiedProgram verified(
      String name, String file, List<Insn> insns, List<SubprogramSpec> subprograms, BpfMap... maps)
      throws VerificationException {
    ProgramSpec spec =
        new ProgramSpec(
            name,
            "",
            ProgramType.KPROBE,
            insns,
            List.of(maps).stream().map(map -> map.spec().name()).toList(),
            List.of(),
            "GPL",
            subprograms,
            List.of(new LineInfo(0, file, "", 1, 1)),
            null);
    return Verifier.verify(new ResolvedProgram(spec, List.of(maps), List.of()), OPTIONS);
  }

  /** Returns a field of the context plus {@code number}, which a subprogram of one name adds. */
  private static VerifiedProgram adding(String name, String file, int field, int number)
      throws VerificationException {
    List<Insn> insns =
        List.of(
            new Insn(0x79, 1, 1, field, 0),
            new Insn(0x85, 0, Opcodes.PSEUDO_CALL, 0, 1),
            new Insn(0x95, 0, 0, 0, 0),
            new Insn(0xbf, 0, 1, 0, 0),
            new Insn(0x07, 0, 0, 0, number),
            new Insn(0x95, 0, 0, 0, 0));
    return verified(
        name,
        file,
        insns,
        List.of(new SubprogramSpec(0, name, 0, false), new SubprogramSpec(3, "add", 0, false)));
  }

  /** Adds {@code by} to the first value of an array; returns the sum. */
  private static VerifiedProgram counting(String name, int by, BpfMap map)
      throws VerificationException {
    List<Insn> insns =
        List.of(
            new Insn(0x62, 10, 0, -4, 0),
            new Insn(0xbf, 2, 10, 0, 0),
            new Insn(0x07, 2, 0, 0, -4),
            new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
            new Insn(0, 0, 0, 0, 0),
            new Insn(0x85, 0, 0, 0, 1),
            new Insn(0x15, 0, 0, 4, 0),
            new Insn(0x79, 1, 0, 0, 0),
            new Insn(0x07, 1, 0, 0, by),
            new Insn(0x7b, 0, 1, 0, 0),
            new Insn(0xbf, 0, 1, 0, 0),
            new Insn(0x95, 0, 0, 0, 0));
    return verified(name, "a.bpf.c", insns, List.of(new SubprogramSpec(0, name, 0, false)), map);
  }

  @Test
  void eachProgramOfAClassIsItself() throws Throwable {
    try (BpfMap map = Maps.create(MapSpec.of("counts", MapType.ARRAY, 4, 8, 1))) {
      List<CompiledProgram> programs =
          compiler.compile(
              List.of(
                  adding("first", "a.bpf.c", 104, 5),
                  counting("second", 3, map),
                  adding("third", "a.bpf.c", 112, 1000),
                  counting("fourth", 40, map)));
      RawMemory.putLong(context + 112, 7);
      long failed = CompiledProgram.failedRuns();
      for (CompiledProgram program : programs) {
        assertSame(programs.get(0).writtenClass(), program.writtenClass());
      }
      assertEquals("second", programs.get(1).program().spec().name());
      assertEquals(3, programs.get(1).run(slot, context));
      assertEquals(43, programs.get(3).run(slot, context));
      assertEquals(46, programs.get(1).run(slot, context));
      assertEquals(1007, programs.get(2).run(slot, context));
      assertEquals(
          1042L, (long) programs.get(2).scalarEntry().orElseThrow().invokeExact(slot, 42L));
      assertEquals(47L, (long) programs.get(0).scalarEntry().orElseThrow().invokeExact(slot, 42L));
      programs.get(1).close();
      assertEquals(86, programs.get(3).run(slot, context), "its neighbour was closed");
      assertEquals(failed, CompiledProgram.failedRuns());
    }
  }

  @Test
  void aClassHasOneSourceFile() throws VerificationException {
    List<CompiledProgram> programs =
        compiler.compile(
            List.of(
                adding("first", "a.bpf.c", 112, 1),
                adding("second", "b.bpf.c", 112, 2),
                adding("third", "a.bpf.c", 112, 3)));
    assertSame(programs.get(0).writtenClass(), programs.get(2).writtenClass());
    assertNotSame(programs.get(0).writtenClass(), programs.get(1).writtenClass());
    RawMemory.putLong(context + 112, 7);
    assertEquals(9, programs.get(1).run(slot, context));
    assertEquals(10, programs.get(2).run(slot, context));
  }

  @Test
  void aClassGoesWithTheLastOfItsPrograms() throws Exception {
    List<CompiledProgram> programs =
        new ArrayList<>(
            compiler.compile(
                List.of(adding("first", "a.bpf.c", 112, 1), adding("second", "a.bpf.c", 112, 2))));
    WeakReference<Class<?>> written = new WeakReference<>(programs.get(0).writtenClass());
    programs.remove(0).close();
    System.gc();
    assertEquals(2, programs.get(0).run(slot, context));
    programs.remove(0).close();
    long begin = System.nanoTime();
    while (written.get() != null && System.nanoTime() - begin < 60_000_000_000L) {
      System.gc();
      Thread.sleep(10);
    }
    assertTrue(written.get() == null, "the class of closed programs is still loaded");
  }
}
