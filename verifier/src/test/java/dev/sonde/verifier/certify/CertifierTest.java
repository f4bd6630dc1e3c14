package dev.sonde.verifier.certify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Claims that are right save work, wrong ones cost some and prove nothing. A unit of work is an
 * insn that is executed.
 */
class CertifierTest {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;

  /** Counts to 100; one claim says that any number from 0 to 99 may be at the head. */
  private static final String LOOP =
      "mov %r6, 0\nl:\nadd %r6, 1\njlt %r6, 100, l\nmov %r0, 0\nexit";

  private static Certifier certifier(String code, long maxSteps) {
    ProgramSpec spec =
        ProgramSpec.of("certified", ProgramType.SOCKET_FILTER, Assembler.assemble(code));
    ResolvedProgram program = new ResolvedProgram(spec, List.of(), List.of());
    ControlFlow flow = ControlFlow.of(program);
    Certifier certifier =
        new Certifier(
            (path, facts) -> new Step(program, flow, false, path, facts),
            () -> new Observation(program, flow),
            flow::isPrunePoint,
            maxSteps);
    certifier.enter(0, entry());
    return certifier;
  }

  private static State entry() {
    State state = State.entry(0, CallbackKind.NONE);
    state.setReg(1, Reg.pointer(RegKind.CTX));
    return state;
  }

  private static State with(int register, Reg reg) {
    State state = entry();
    state.setReg(register, reg);
    return state;
  }

  private static Reg range(long min, long max) {
    return Reg.scalar(DOMAIN.unsigned(min, max));
  }

  @Test
  void aClaimStandsForAllThatItIncludes() {
    Certifier none = certifier(LOOP, 10_000);
    assertNotNull(none.certify(new Certificate()));
    assertEquals(1 + 2 * 100 + 2, none.executed());
    Certifier one = certifier(LOOP, 10_000);
    Certificate certificate = new Certificate();
    certificate.add(1, with(6, range(0, 99)));
    one.certify(certificate);
    // The claim is executed once: the test has two ends then, of which one leads back to it.
    assertEquals(1 + 2 + 2, one.executed());
  }

  @Test
  void aClaimThatIsTooNarrowOrOfAnotherInsnIsNotUsed() {
    for (int insn : new int[] {0, 1}) {
      Certifier certifier = certifier(LOOP, 10_000);
      Certificate certificate = new Certificate();
      certificate.add(insn, with(6, range(200, 300)));
      certifier.certify(certificate);
      assertEquals(203, certifier.executed());
    }
  }

  @Test
  void theClaimThatIncludesIsFoundAmongOthers() {
    Certifier certifier = certifier(LOOP, 10_000);
    Certificate certificate = new Certificate();
    certificate.add(1, with(6, range(0, 9)));
    certificate.add(1, with(6, range(200, 209)));
    certificate.add(1, with(6, range(10, 98)));
    certificate.add(1, with(6, range(10, 99)));
    certifier.certify(certificate);
    // From 0 to 9 one is 1 to 10, which no claim includes: those are executed one after another.
    assertEquals(certifier.executed(), executedAgain(certificate));
  }

  private static long executedAgain(Certificate certificate) {
    Certifier certifier = certifier(LOOP, 10_000);
    certifier.certify(certificate);
    return certifier.executed();
  }

  /** r6 is an index into the stack: with a claim that it may be anything the program is unsafe. */
  private static final String INDEX =
      """
      mov %r6, 0
      stdw [%r10-8], 0
      l:
      add %r6, 1
      jlt %r6, 5, l
      mov %r2, %r10
      neg %r6
      add %r2, %r6
      ldxb %r0, [%r2+0]
      mov %r0, 0
      exit
      """;

  @Test
  void aClaimThatIsTooVagueIsStruckOut() {
    Certifier right = certifier(INDEX, 10_000);
    right.certify(new Certificate());
    long alone = right.executed();
    assertEquals(2 + 2 * 5 + 6, alone);
    Certifier certifier = certifier(INDEX, 10_000);
    Certificate certificate = new Certificate();
    State vague = with(6, Reg.UNKNOWN);
    certificate.add(2, vague);
    certifier.certify(certificate);
    // To the head, over the claim's loop and then to the unsafe insn; and the proof without it.
    assertEquals(2 + 2 + 3 + alone, certifier.executed());
  }

  /** One claim is struck out in each attempt; before the last one all are. */
  @Test
  void thereAreSixAttemptsAtMost() {
    Certifier right = certifier(INDEX, 10_000);
    right.certify(new Certificate());
    long[] executed = new long[8];
    for (int claims = 1; claims < executed.length; claims++) {
      Certifier certifier = certifier(INDEX, 10_000);
      Certificate certificate = new Certificate();
      for (int i = 0; i < claims; i++) {
        certificate.add(2, with(6, range(0, 1000 + i)));
      }
      certifier.certify(certificate);
      executed[claims] = certifier.executed() - right.executed();
    }
    long each = executed[1];
    assertEquals(2 * each, executed[2]);
    assertEquals(5 * each, executed[5]);
    assertEquals(5 * each, executed[6]);
    assertEquals(5 * each, executed[7]);
  }

  @Test
  void anUnsafeProgramIsRefusedWhateverIsClaimed() {
    String unsafe = INDEX.replace("jlt %r6, 5", "jlt %r6, 520");
    for (State claim : List.of(with(6, Reg.UNKNOWN), with(6, range(0, 5)))) {
      Certificate certificate = new Certificate();
      certificate.add(2, claim);
      Rejection rejection =
          assertThrows(Rejection.class, () -> certifier(unsafe, 10_000).certify(certificate));
      assertEquals("invalid read from stack R2 off=-520 size=1", rejection.getMessage());
    }
  }

  /** Its 256 states come again and again: more than are remembered at first. */
  private static final String ROUND =
      """
      mov %r6, 0
      l:
      add %r6, 1
      and %r6, 255
      call 7
      jne %r0, 0, l
      exit
      """;

  @Test
  void whatComesAgainIsFoundInTheEnd() {
    Certifier certifier = certifier(ROUND, 4_000);
    certifier.certify(new Certificate());
    assertEquals(4_000 + 1 + round(256), certifier.executed());
    String few = ROUND.replace("255", "63");
    Certifier remembered = certifier(few, 4_000);
    remembered.certify(new Certificate());
    assertEquals(round(64), remembered.executed());
  }

  /** Four insns a turn and its exit; the head is met once more than there are numbers. */
  private static long round(int numbers) {
    return 1 + 5L * numbers + 3;
  }

  @Test
  void aProofThatDoesNotEndIsGivenUp() {
    Rejection rejection =
        assertThrows(Rejection.class, () -> certifier(ROUND, 100).certify(new Certificate()));
    assertEquals(Errno.E2BIG, rejection.errno());
    assertEquals("certificate: 100 insns executed without an end", rejection.getMessage());
    Certifier just = certifier(LOOP, 203);
    assertNotNull(just.certify(new Certificate()));
    Certifier tooFew = certifier(LOOP, 202);
    assertThrows(Rejection.class, () -> tooFew.certify(new Certificate()));
    assertEquals(2 * 203, tooFew.executed());
  }

  @Test
  void newIdsAreGreaterThanAnyOfTheClaims() {
    assertEquals(0, new Certificate().greatestId());
    State lock = entry();
    lock.setLockId(9);
    assertGreatest(9, lock);
    State reference = entry();
    reference.setReferences(List.of(new Reference(3, 0), new Reference(8, 0), new Reference(2, 0)));
    assertGreatest(8, reference);
    assertGreatest(7, with(0, Reg.UNKNOWN.withId(7 | Reg.ADD_CONST)));
    assertGreatest(7, with(0, Reg.UNKNOWN.withId(7 | Reg.ADD_CONST32)));
    assertGreatest(7, with(9, Reg.UNKNOWN.withRefId(7)));
    assertGreatest(7, with(9, Reg.UNKNOWN.withRefId(6).withId(7)));
    assertGreatest(6, with(2, Reg.pointer(RegKind.MAP_PTR, 6, "m")));
    assertGreatest(6, with(2, Reg.pointer(RegKind.MAP_VALUE, 6, "m")));
    assertGreatest(0, with(2, Reg.pointer(RegKind.MEM, 6, null)));
    State spilled = entry();
    spilled.own(0).setSpill(0, Reg.UNKNOWN.withId(5));
    assertGreatest(5, spilled);
    State deep = entry();
    deep.push(Frame.enter(1, 1, 0, CallbackKind.NONE));
    deep.own(1).setSpill(3, Reg.UNKNOWN.withId(5));
    assertGreatest(5, deep);
    deep.pop();
    assertGreatest(0, deep);
    Certificate two = new Certificate();
    two.add(1, lock);
    two.add(1, reference);
    assertEquals(9, two.greatestId());
    assertEquals(2, two.at(1).size());
    two.clear();
    assertEquals(0, two.at(1).size());
  }

  private static void assertGreatest(int id, State state) {
    Certificate certificate = new Certificate();
    certificate.add(4, state);
    assertEquals(id, certificate.greatestId());
  }
}
