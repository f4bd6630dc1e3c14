package dev.sonde.verifier.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a walk remembers, and what it may take. */
class ExplorerTest {
  private static final List<String> KFUNCS =
      List.of("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy");
  private static final BpfMap TIMERS = timers("timers");
  private static final BpfMap MORE_TIMERS = timers("more_timers");

  private static BpfMap timers(String name) {
    return Maps.create(
        MapSpec.of(name, MapType.ARRAY, 4, 64, 1)
            .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.TIMER, 0))));
  }

  private static ResolvedProgram program(String code) {
    List<Insn> insns = Assembler.assemble(code);
    List<HelperProto> rows = new ArrayList<>();
    KFUNCS.forEach(name -> rows.add(Objects.requireNonNull(Kfuncs.byName(name))));
    ProgramSpec bare = ProgramSpec.of("explored", ProgramType.SCHED_CLS, insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            List.of("timers", "more_timers"),
            KFUNCS,
            "GPL",
            List.of(),
            List.of(),
            null);
    return new ResolvedProgram(spec, List.of(TIMERS, MORE_TIMERS), rows);
  }

  private static Explorer explorer(ResolvedProgram program, int maxInsns, Trail trail) {
    return new Explorer(
        program, ControlFlow.of(program), false, maxInsns, 1L << 26, Facts.NONE, trail);
  }

  private static Explorer explored(String code) {
    ResolvedProgram program = program(code);
    Explorer explorer = explorer(program, 100_000, new Trail(program.spec(), 0));
    explorer.run();
    return explorer;
  }

  private static final String LOOKUP =
      """
      stw [%r10-4], 0
      mov %r2, %r10
      add %r2, -4
      lddw %r1, map 0
      call 1
      jne %r0, 0, found
      mov %r0, 0
      exit
      found:
      """;

  private static final String SET =
      """
      mov %r1, %r6
      lddw %r2, func f
      call 170
      """;

  private static final String CALLED_BACK = "f:\nmov %r0, 0\nexit\n";

  @Test
  void aTimersFunctionIsOneThatNobodyElseCalls() {
    BitSet first = new BitSet();
    first.set(1);
    String timer = LOOKUP + "mov %r6, %r0\n" + SET;
    assertEquals(first, explored(timer + "mov %r0, 0\nexit\n" + CALLED_BACK).timers());
    String loops = "mov %r1, 3\nlddw %r2, func f\nmov %r3, 0\nmov %r4, 0\ncall 181\n";
    String both = timer + loops + "mov %r0, 0\nexit\n" + CALLED_BACK;
    assertEquals(new BitSet(), explored(both).timers());
    assertEquals(new BitSet(), explored(loops + "mov %r0, 0\nexit\n" + CALLED_BACK).timers());
    String branches = timer + "jeq %r0, 0, +0\nmov %r0, 0\nexit\n" + CALLED_BACK;
    assertEquals(first, explored(branches).timers());
    String branching = "f:\ncall 7\njeq %r0, 0, +0\nmov %r0, 0\nexit\n";
    assertEquals(first, explored(timer + "mov %r0, 0\nexit\n" + branching).timers());
  }

  /** It is entered with the same map each time. */
  @Test
  void aTimersFunctionIsWalkedOnce() {
    String once = LOOKUP + "mov %r6, %r0\n" + SET + "mov %r0, 0\nexit\n" + CALLED_BACK;
    String twice = LOOKUP + "mov %r6, %r0\n" + SET + SET + "mov %r0, 0\nexit\n" + CALLED_BACK;
    assertEquals(explored(once).processed() + 3, explored(twice).processed());
    String other = LOOKUP.replace("map 0", "map 1").replace("found", "more");
    String both = LOOKUP + "mov %r6, %r0\n" + SET + other + "mov %r6, %r0\n" + SET;
    int more = explored(both + "mov %r0, 0\nexit\n" + CALLED_BACK).processed();
    int same =
        explored(both.replace("map 1", "map 0") + "mov %r0, 0\nexit\n" + CALLED_BACK).processed();
    assertEquals(same + CALLED_BACK.lines().count() - 1, more);
  }

  private static String branches(int count) {
    return "call 7\nmov %r6, %r0\ncall 7\nmov %r7, %r0\n"
        + "jsgt %r6, %r7, +0\n".repeat(count)
        + "mov %r0, 0\nexit\n";
  }

  @Test
  void eightThousandBranchesMayBeOpen() {
    assertTrue(explored(branches(8192)).processed() > 8192);
    Rejection rejection = assertThrows(Rejection.class, () -> explored(branches(8193)));
    assertEquals(Errno.E2BIG, rejection.errno());
    assertEquals("The sequence of 8193 jumps is too complex.", rejection.getMessage());
  }

  @Test
  void asManyInsnsAreProcessedAsAreAllowed() {
    ResolvedProgram program = program("mov %r0, 0\nmov %r1, 0\nexit\n");
    Explorer just = explorer(program, 3, new Trail(program.spec(), 0));
    just.run();
    assertEquals(3, just.processed());
    Explorer tooMany = explorer(program, 2, new Trail(program.spec(), 0));
    Rejection rejection = assertThrows(Rejection.class, tooMany::run);
    assertEquals("BPF program is too large. Processed 3 insn", rejection.getMessage());
  }

  private static final String COUNTS = "mov %r0, 0\nl:\nadd %r0, 1\njlt %r0, 300, l\nexit\n";

  @Test
  void ofALogThatIsTooLongTheEndIsKept() {
    ResolvedProgram program = program(COUNTS);
    Trail whole = new Trail(program.spec(), 2);
    explorer(program, 10_000, whole).run();
    assertEquals(0, whole.dropped());
    for (int most : new int[] {1000, 1001, 1500, 3000}) {
      Trail cut = new Trail(program.spec(), 2, most);
      explorer(program, 10_000, cut).run();
      assertTrue(cut.text().length() <= most + 100, cut.text().length() + " characters");
      assertTrue(cut.text().length() >= most / 2 - 100, cut.text().length() + " characters");
      assertTrue(whole.text().endsWith("\n" + cut.text()), cut.text());
      long lines = whole.text().lines().count();
      assertEquals(lines, cut.dropped() + cut.text().lines().count());
    }
    String text = whole.text();
    int length = text.length();
    Trail enough = new Trail(program.spec(), 2, length);
    explorer(program, 10_000, enough).run();
    assertEquals(text, enough.text());
    long share = Runtime.getRuntime().maxMemory() / 48;
    assertEquals(Math.min(16 << 20, share), Trail.MAX_CHARS);
  }

  @Test
  void aLogOfJustTheLengthIsKept() {
    ResolvedProgram program = program("exit\n");
    Trail whole = new Trail(program.spec(), 2);
    assertThrows(Rejection.class, () -> explorer(program, 10, whole).run());
    for (int less = 0; less <= 1; less++) {
      Trail cut = new Trail(program.spec(), 2, whole.text().length() - less);
      assertThrows(Rejection.class, () -> explorer(program, 10, cut).run());
      assertEquals(less > 0, cut.dropped() > 0);
    }
  }

  @Test
  void withoutALevelThereIsNoLog() {
    ResolvedProgram program = program(LOOKUP + "mov %r0, 0\nexit\n");
    for (int level : new int[] {0, 4}) {
      Trail none = new Trail(program.spec(), level);
      explorer(program, 1000, none).run();
      assertEquals("", none.text());
    }
  }

  /**
   * The least memory that a walk comes out with, about: states that are dropped give theirs back.
   */
  private static long leastBytes(String code) {
    ResolvedProgram program = program(code);
    long refused = 0;
    long enough = 1 << 24;
    while (enough - refused > 1) {
      long middle = (enough + refused) / 2;
      try {
        Verifier.verify(program, new VerifierOptions(0, false, 100_000, middle));
        enough = middle;
      } catch (VerificationException e) {
        refused = middle;
      }
    }
    return enough;
  }

  @Test
  void statesThatAreDroppedGiveTheirMemoryBack() {
    String branchy =
        """
        call 7
        mov %r6, %r0
        mov %r7, 0
        l:
        jset %r6, 1, +1
        add %r7, 3
        jset %r6, 2, +1
        add %r7, 5
        stdw [%r10-8], 0
        add %r8, 1
        jlt %r8, 12, l
        mov %r0, 0
        exit
        """;
    String loops = "mov %r8, 0\n" + branchy;
    assertEquals(
        List.of(LEAST_BRANCHY, LEAST_COUNTS), List.of(leastBytes(loops), leastBytes(COUNTS)));
  }

  private static final long LEAST_BRANCHY = 10_464;
  private static final long LEAST_COUNTS = 10_240;

  private static final String NEXT = "mov %r1, %r10\nadd %r1, -8\ncall kfunc 1\n";

  private static String iterates(String more) {
    return "mov %r1, %r10\nadd %r1, -8\nmov %r2, 0\nmov %r3, 9\ncall kfunc 0\nmov %r6, 0\nl:\n"
        + NEXT
        + "jne %r0, 0, l\n"
        + more
        + "mov %r1, %r10\nadd %r1, -8\ncall kfunc 2\nmov %r0, 0\nexit\n";
  }

  @Test
  void anIteratorThatIsDrainedEndsNoLoop() {
    int plain = explored(iterates("")).processed();
    String again = "add %r6, 1\njlt %r6, 3, l\n";
    assertTrue(explored(iterates(again)).processed() > plain);
    ResolvedProgram endless = program(iterates("call 7\njne %r0, 77, l\n"));
    Explorer explorer = explorer(endless, 1000, new Trail(endless.spec(), 0));
    String message = assertThrows(Rejection.class, explorer::run).getMessage();
    assertTrue(message.startsWith("infinite loop detected at insn 6\n"), message);
  }
}
