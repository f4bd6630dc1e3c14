package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is too much is refused with a word, and what is reserved is not taken. */
class LimitsTest {
  private static final int BRANCHES = 24;
  private static final Path ENDLESS =
      Path.of("src/test/resources/constructs/callbacks.clang16.v3.o");

  /** Each branch leaves a number of its own that is used at the end: no two paths are alike. */
  private static List<Insn> manyPaths() {
    StringBuilder text = new StringBuilder("call 7\nmov %r7, %r0\nmov %r6, 0\n");
    for (int i = 0; i < BRANCHES; i++) {
      text.append("jset %r7, ").append(1 << i).append(", b").append(i).append('\n');
      text.append("add %r6, ").append(1 << i).append("\nb").append(i).append(":\n");
    }
    text.append("mov %r2, %r10\nsub %r6, ").append(1 << BRANCHES + 1).append('\n');
    text.append("jgt %r6, 5, exit\nstb [%r10-1], 0\nadd %r2, %r6\nldxb %r0, [%r2+0]\nexit\n");
    return Assembler.assemble(text.toString());
  }

  private static VerificationException refused(List<Insn> insns, VerifierOptions options) {
    ProgramSpec spec = ProgramSpec.of("limits", ProgramType.KPROBE, insns);
    return assertThrows(
        VerificationException.class,
        () -> Verifier.verify(new ResolvedProgram(spec, List.of(), List.of()), options));
  }

  /** The program fills a map value at an index that a callback counts: no two states are alike. */
  @Test
  void statesThatTakeTooMuchMemoryAreRefusedWithBothNumbers() throws IOException {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(ENDLESS), Map.of(), pinned, Kfuncs::byName)) {
      ResolvedProgram endless =
          collection.programs().stream()
              .filter(program -> program.spec().name().equals("fe_idx"))
              .findFirst()
              .orElseThrow();
      VerifierOptions little = new VerifierOptions(1, false, 1_000_000, 4 << 20);
      VerificationException refusal =
          assertThrows(VerificationException.class, () -> Verifier.verify(endless, little));
      assertEquals(Errno.ENOMEM, refusal.errno());
      assertTrue(refusal.log().contains("take 4 MB, want 4 MB at most"), refusal.log());
    }
  }

  @Test
  void tooManyInsnsAreRefusedAsByTheKernel() {
    VerificationException refusal = refused(manyPaths(), new VerifierOptions(1, false, 20_000));
    assertEquals(Errno.E2BIG, refusal.errno());
    assertTrue(refusal.log().contains("BPF program is too large. Processed 20001 insn"));
  }

  @Test
  void aMayGotoHasNoOtherField() {
    List<Insn> wrong =
        List.of(
            new Insn(Opcodes.MAY_GOTO, 1, 0, 0, 0),
            new Insn(Opcodes.MAY_GOTO, 0, 1, 0, 0),
            new Insn(Opcodes.MAY_GOTO, 0, 0, 0, 1));
    for (Insn insn : wrong) {
      List<Insn> insns =
          new ArrayList<>(Assembler.assemble("mov %r0, 0\nmay_goto out\nout:\nexit"));
      insns.set(1, insn);
      assertEquals(Errno.EINVAL, refused(insns, VerifierOptions.DEFAULT).errno());
    }
  }

  /** The texts are those of Linux 6.18. */
  @Test
  void boundsThatAreEqualAreWrittenTogether() {
    assertEquals(
        " R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))", text(0xff));
    assertEquals(" R0=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))", text(-1));
  }

  private static String text(int umax) {
    State state = State.entry(0, CallbackKind.NONE);
    state.setReg(0, Reg.scalar(ScalarDomain.LINUX.unsigned(0, umax & 0xffffffffL)));
    return state.text(0, 1, 0);
  }
}
