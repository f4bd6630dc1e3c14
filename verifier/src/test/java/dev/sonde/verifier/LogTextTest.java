package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof.Memory;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What stands around the states of a log, and what a verified program says of itself. */
class LogTextTest {
  private static final VerifierOptions ALL = new VerifierOptions(7, false, 100_000);

  private static ResolvedProgram program(String code, List<LineInfo> lines) {
    List<Insn> insns = Assembler.assemble(code);
    ProgramSpec bare = ProgramSpec.of("log", ProgramType.KPROBE, insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            List.of(),
            List.of(),
            "GPL",
            List.of(),
            lines,
            null);
    return new ResolvedProgram(spec, List.of(), List.of());
  }

  private static VerificationException refused(ResolvedProgram program) {
    return assertThrows(VerificationException.class, () -> Verifier.verify(program, ALL));
  }

  @Test
  void theLinesOfTheSourceStandOnceBeforeTheirInsns() throws VerificationException {
    List<LineInfo> lines =
        List.of(
            new LineInfo(0, "dir/a.c", "  int x = 1;  ", 4, 3),
            new LineInfo(1, "dir/a.c", "  int x = 1;  ", 4, 7),
            new LineInfo(2, "dir/a.c", "", 5, 1),
            new LineInfo(3, "b.c", "return x;", 5, 1),
            new LineInfo(4, "b.c", "}", 5, 1));
    String log =
        Verifier.verify(
                program("mov %r0, 1\nmov %r1, 1\nmov %r2, 2\nmov %r3, 3\nexit", lines),
                new VerifierOptions(2, false, 1000))
            .log();
    assertEquals(
        """
        0: R1=ctx() R10=fp0
        ; int x = 1; @ a.c:4
        0: (b7) r0 = 1                         ; R0=1
        1: (b7) r1 = 1                         ; R1=1
        2: (b7) r2 = 2                         ; R2=2
        ; return x; @ b.c:5
        3: (b7) r3 = 3                         ; R3=3
        ; } @ b.c:5
        4: (95) exit                           ; R0=1
        processed 5 insns (limit 1000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        """,
        log);
  }

  @Test
  void aRefusalNamesTheLineAndTheRegisters() {
    List<LineInfo> lines = List.of(new LineInfo(1, "dir/a.c", "  *p = 1;", 7, 3));
    VerificationException refusal =
        refused(program("mov %r1, 0\nstxdw [%r1+0], %r10\nexit", lines));
    assertEquals(
        """
        program "log": insn 1: R1 invalid mem access 'scalar'
          insn: *(u64 *)(r1 +0) = r10
          line: dir/a.c:7: *p = 1;
          R1: 0
          R10: fp0\
        """,
        refusal.getMessage().replaceFirst("\n  hint: .*", ""));
    assertEquals(1, refusal.insn());
    VerificationException first = refused(program("mov %r0, %r9\nexit", lines));
    assertEquals(
        "program \"log\": insn 0: R9 !read_ok\n  insn: r0 = r9",
        first.getMessage().replaceFirst("\n  hint: .*", ""));
    VerificationException whole = refused(program("exit\nexit", lines));
    assertEquals(-1, whole.insn());
    assertEquals("unreachable insn 1", whole.log());
    VerificationException call =
        refused(program("mov %r1, 1\nmov %r2, 2\nmov %r6, 6\ncall 1\nexit", List.of()));
    assertTrue(call.getMessage().contains("\n  R1: 1\n  R2: 2"), call.getMessage());
    assertTrue(!call.getMessage().contains("R6") && !call.getMessage().contains("R10"));
  }

  @Test
  void statisticsAreWrittenWhereTheyAreAskedFor() throws VerificationException {
    ResolvedProgram program =
        program("call local f\nexit\nf:\nstdw [%r10-24], 0\nmov %r0, 0\nexit", List.of());
    String log = Verifier.verify(program, new VerifierOptions(4, false, 1000)).log();
    assertTrue(
        log.matches("verification time \\d+ usec\nstack depth 0\\+24\nprocessed 5 insns [^\n]*\n"),
        log);
    assertEquals("", Verifier.verify(program, new VerifierOptions(0, false, 1000)).log());
    VerifierStats stats = Verifier.verify(program, VerifierOptions.DEFAULT).stats();
    assertEquals(24, stats.stackDepthBytes());
    assertEquals(5, stats.processedInsns());
    assertTrue(stats.explorerNanos() > 0 && stats.timeNanos() >= stats.explorerNanos());
    String refused = refused(program("mov %r0, %r9\nexit", List.of())).log();
    assertTrue(
        refused.matches(
            "(?s)0: R1=ctx\\(\\) R10=fp0\n0: \\(bf\\) r0 = r9\nR9 !read_ok\n"
                + "verification time \\d+ usec\nstack depth 0\nprocessed 1 insns .*"),
        refused);
  }

  @Test
  void anEngineIsToldWhatEachInsnTouches() throws VerificationException {
    VerifiedProgram proved =
        Verifier.verify(
            program(
                "ldxdw %r6, [%r1+8]\nstdw [%r10-8], 0\nldxdw %r0, [%r10-8]\njeq %r0, 0, out\n"
                    + "mov %r0, 1\nout:\nexit",
                List.of()),
            VerifierOptions.DEFAULT);
    assertEquals(Memory.CONTEXT, proved.memory(0));
    assertEquals(Memory.PLAIN, proved.memory(1));
    assertEquals(Memory.PLAIN, proved.memory(3));
    assertTrue(proved.isReached(3) && !proved.isReached(4));
  }

  /** The checker may execute as many insns as the explorer did, and more. */
  @Test
  void aLongLoopIsProved() throws VerificationException {
    ResolvedProgram program =
        program("mov %r0, 0\nl:\nadd %r0, 1\njlt %r0, 9000, l\nexit", List.of());
    VerifiedProgram proved = Verifier.verify(program, ALL);
    assertEquals(18_002, proved.stats().processedInsns());
    assertEquals(9000, proved.facts().loops().get(0).trips());
  }

  @Test
  void statesTakeNoMoreThanAQuarterOfTheHeap() {
    long bytes = VerifierOptions.DEFAULT.maxStateBytes();
    long heap = Runtime.getRuntime().maxMemory();
    assertEquals(Math.min(VerifierOptions.MOST_STATE_BYTES, heap / 4), bytes);
  }

  // ---- stack depth

  private static String depth(ProgramType type, String code, BitSet timers, int... bytes) {
    List<Insn> insns = Assembler.assemble(code);
    ResolvedProgram program =
        new ResolvedProgram(ProgramSpec.of("depth", type, insns), List.of(), List.of());
    try {
      StackDepth.check(program, ControlFlow.of(program), bytes, timers);
      return "fits";
    } catch (Rejection rejection) {
      assertTrue(rejection.errno() == Errno.E2BIG || rejection.errno() == Errno.EACCES);
      return String.valueOf(rejection.getMessage());
    }
  }

  private static String chain(int functions) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < functions; i++) {
      text.append("call local f").append(i).append("\nexit\nf").append(i).append(":\n");
    }
    return text.append("mov %r0, 0\nexit\n").toString();
  }

  @Test
  void eightFramesAreTheMost() {
    BitSet none = new BitSet();
    ProgramType filter = ProgramType.SOCKET_FILTER;
    assertEquals("fits", depth(filter, chain(8), none, new int[8]));
    String tooDeep = "the call stack of 8 frames is too deep !";
    assertEquals(tooDeep, depth(filter, chain(9), none, new int[9]));
    assertEquals(tooDeep, depth(filter, chain(20), none, new int[20]));
    String recursive = "call local f\nexit\nf:\ncall local f\nexit";
    assertEquals(tooDeep, depth(filter, recursive, none, 0, 0));
    assertEquals(tooDeep, depth(ProgramType.KPROBE, recursive, none, 0, 0));
    String twice = "call local f\ncall local f\nexit\nf:\nmov %r0, 0\nexit";
    assertEquals("fits", depth(filter, twice, none, 0, 0));
  }

  @Test
  void framesBelowEachOtherShareTheStack() {
    BitSet none = new BitSet();
    ProgramType filter = ProgramType.SOCKET_FILTER;
    assertEquals("fits", depth(filter, chain(2), none, 256, 256));
    assertEquals("fits", depth(filter, chain(2), none, 250, 241));
    String tooLarge = "combined stack size of %d calls is %d. Too large";
    assertEquals(tooLarge.formatted(2, 528), depth(filter, chain(2), none, 257, 256));
    assertEquals(tooLarge.formatted(3, 544), depth(filter, chain(3), none, 8, 512, 16));
    assertEquals("fits", depth(ProgramType.KPROBE, chain(3), none, 8, 512, 16));
    String beside = "call local f\ncall local g\nexit\nf:\nmov %r0, 0\nexit\ng:\nmov %r0, 0\nexit";
    assertEquals("fits", depth(filter, beside, none, 112, 400, 400));
    assertEquals(tooLarge.formatted(2, 528), depth(filter, beside, none, 112, 400, 416));
    assertEquals(tooLarge.formatted(2, 528), depth(filter, beside, none, 112, 416, 400));
  }

  /** A timer's function runs on a stack of its own; a callback on that of who hands it over. */
  @Test
  void aTimersFunctionIsARootOfItsOwn() {
    String code = "lddw %r2, func f\nexit\nf:\ncall local g\nexit\ng:\nmov %r0, 0\nexit";
    ProgramType filter = ProgramType.SOCKET_FILTER;
    BitSet timers = new BitSet();
    String tooLarge = "combined stack size of %d calls is %d. Too large";
    assertEquals(tooLarge.formatted(3, 544), depth(filter, code, timers, 32, 256, 256));
    timers.set(1);
    assertEquals("fits", depth(filter, code, timers, 32, 256, 256));
    assertEquals(tooLarge.formatted(2, 528), depth(filter, code, timers, 32, 256, 272));
  }

  @Test
  void everyFunctionsStackIsRemembered() {
    StackUse use = new StackUse();
    use.stackDepth(0, 8);
    use.stackDepth(2, 40);
    use.stackDepth(2, 16);
    use.stackDepth(1, 24);
    assertEquals("8+24+40", use.depthText());
    assertEquals(72, use.totalDepth());
    assertEquals(40, use.depths()[2]);
    assertEquals(0, use.depths()[255]);
  }

  @Test
  void aHintIsTheFirstThatFits() {
    assertEquals("", Hints.of("no such thing"));
    assertTrue(Hints.of("unreachable insn 4").startsWith("remove the code"));
    List<String> acting = new ArrayList<>();
    for (String name : List.of("probe_write_user", "override_return", "send_signal")) {
      acting.add(Hints.of("program of this type cannot use helper bpf_" + name + "#1"));
    }
    assertTrue(acting.stream().allMatch(hint -> hint.startsWith("it would act")), "" + acting);
    assertTrue(Hints.of("cannot use helper bpf_other#1").contains("sonde feature"));
  }
}
