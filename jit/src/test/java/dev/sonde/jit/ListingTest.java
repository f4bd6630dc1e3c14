package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What people see of a compiled program: its text, and its frames. */
class ListingTest {
  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final ProgArrayMap programs =
      (ProgArrayMap) Maps.create(MapSpec.of("next", MapType.PROG_ARRAY, 4, 4, 1));

  /** A subprogram calls another program, so that both are on the stack. */
  private Trusted twoFunctions() {
    List<Insn> insns =
        List.of(
            new Insn(0x85, 0, Opcodes.PSEUDO_CALL, 0, 2),
            new Insn(0x07, 0, 0, 0, 1),
            new Insn(0x95, 0, 0, 0, 0),
            new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_MAP_FD, 0, 0),
            new Insn(0, 0, 0, 0, 0),
            new Insn(0xb7, 3, 0, 0, 0),
            new Insn(0x85, 0, 0, 0, 12),
            new Insn(0xb7, 0, 0, 0, 0),
            new Insn(0x95, 0, 0, 0, 0));
    ProgramSpec spec =
        new ProgramSpec(
            "on_query",
            "",
            ProgramType.KPROBE,
            insns,
            List.of("next"),
            List.of(),
            "GPL",
            List.of(
                new SubprogramSpec(0, "on_query", 0, false),
                new SubprogramSpec(3, "hop", 0, false)),
            List.of(
                new LineInfo(0, "src/query.bpf.c", "return hop(ctx) + 1;", 12, 1),
                new LineInfo(3, "src/query.bpf.c", "bpf_tail_call(ctx, &next, 0);", 7, 1)),
            null);
    return new Trusted(new ResolvedProgram(spec, List.of(programs), List.of()));
  }

  @Test
  void eachInsnAndLineStandsBesideItsBytecode() {
    String text = compiler.listing(twoFunctions(), null);
    int line = text.indexOf("; return hop(ctx) + 1; @ src/query.bpf.c:12");
    int call = text.indexOf("0: (85) call");
    int bytecode = text.indexOf("invokestatic", call);
    int next = text.indexOf("1: (07) r0 += 1");
    assertTrue(line >= 0 && line < call && call < bytecode && bytecode < next, text);
    assertTrue(text.substring(next).contains("lstore r0"), text);
  }

  /** Remembers the frames it is run under. */
  private static final class Frames implements ExecutableProgram {
    private final ResolvedProgram program;
    private List<String> seen = List.of();

    Frames(ResolvedProgram program) {
      this.program = program;
    }

    @Override
    public ResolvedProgram program() {
      return program;
    }

    @Override
    public long run(CarrierSlot slot, long contextAddress) {
      seen =
          StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES)
              .walk(frames -> frames.map(f -> f.toStackTraceElement().toString()).toList());
      return 41;
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

  @Test
  void framesCarryTheProgramsNameAndTheLineOfC() {
    Trusted proof = twoFunctions();
    Frames frames = new Frames(proof.program());
    programs.set(0, frames, 1);
    try (CompiledProgram program = compiler.compile(proof, null)) {
      assertEquals(42, program.run(Trusted.slot(), 0));
    }
    assertTrue(
        frames.seen.stream().anyMatch(f -> f.contains(".hop(query.bpf.c:7)")),
        () -> frames.seen.toString());
    assertTrue(
        frames.seen.stream().anyMatch(f -> f.contains(".on_query(query.bpf.c:12)")),
        () -> frames.seen.toString());
  }
}
