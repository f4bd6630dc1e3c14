package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A pointer beyond the packet's end that is moved back need not be beyond it any more. Linux 6.18
 * goes on believing it, decides the next comparison by it, and never looks at the load behind that.
 */
class PacketEndTest {
  private static final String BEFORE =
      """
      ldxw %r2, [%r1+0]
      ldxw %r3, [%r1+4]
      ldxw %r5, [%r1+12]
      and %r5, 15
      mov %r4, %r2
      add %r4, 8
      jgt %r4, %r3, +2
      mov %r0, 1
      exit
      """;

  private static final String AFTER =
      """
      jgt %r4, %r3, +1
      ldxdw %r5, [%r2+100]
      mov %r0, 0
      exit
      """;

  @Test
  void aPointerThatIsMovedBackMayLieInThePacket() {
    assertRejected("sub %r4, 8\n");
    assertRejected("add %r4, -8\n");
    assertRejected("sub %r4, %r5\n");
  }

  @Test
  void aPointerThatStaysIsBeyondTheEnd() throws VerificationException {
    Verifier.verify(program(""), VerifierOptions.DEFAULT);
  }

  private static void assertRejected(String move) {
    VerificationException rejection =
        assertThrows(
            VerificationException.class,
            () -> Verifier.verify(program(move), new VerifierOptions(1, false, 1_000)),
            move);
    assertEquals(9 + 2, rejection.insn(), rejection.log()); // the load
  }

  private static ResolvedProgram program(String move) {
    return new ResolvedProgram(
        ProgramSpec.of("end", ProgramType.XDP, Assembler.assemble(BEFORE + move + AFTER)),
        List.of(),
        List.of());
  }
}
