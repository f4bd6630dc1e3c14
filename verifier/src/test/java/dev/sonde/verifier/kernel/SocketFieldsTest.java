package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Every field of every kernel socket, read in every size: Linux 6.18 was asked once about each. A
 * row is a socket, a size, and a letter for each offset from -4 on: a and r are what the kernel
 * accepts and rejects.
 *
 * <p>{@code -Dsonde.record=true} asks the running kernel anew; look at what changed.
 */
class SocketFieldsTest {
  private static final Path FILE = Path.of("src/test/resources/tables/socket-fields.txt");
  private static final int FIRST = -4;
  private static final int END = 124;

  /** Each leaves a socket in r0. */
  private enum Socket {
    SOCK_COMMON(ProgramType.SCHED_CLS, "mov %r0, %r6"),
    SOCKET(ProgramType.SCHED_CLS, "mov %r1, %r6\ncall 95\njeq %r0, 0, exit"),
    TCP_SOCK(ProgramType.SCHED_CLS, "mov %r1, %r6\ncall 96\njeq %r0, 0, exit"),
    XDP_SOCK(
        ProgramType.XDP,
        "stw [%r10-4], 0\nmov %r2, %r10\nadd %r2, -4\nlddw %r1, map 0\ncall 1\njeq %r0, 0, exit");

    private final ProgramType type;
    private final String code;

    Socket(ProgramType type, String code) {
      this.type = type;
      this.code = code;
    }

    String program(String size, int offset) {
      String begin =
          type == ProgramType.XDP ? "" : "ldxdw %r6, [%r1+168]\nmov %r0, 0\njeq %r6, 0, exit\n";
      String read = "\nldx%s %%r1, [%%r0%+d]\nmov %%r0, 0\nexit\n".formatted(size, offset);
      return begin + code + read;
    }
  }

  @Test
  void everyFieldIsReadAsByTheKernel() throws IOException {
    try (BpfMap xsk = Maps.create(MapSpec.of("xsk", MapType.XSKMAP, 4, 4, 1))) {
      if (Boolean.getBoolean("sonde.record")) {
        try (KernelOracle kernel = new KernelOracle()) {
          assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
          Files.write(FILE, rows(program -> accepts(kernel, program), xsk));
        }
      }
      List<String> rows = rows(SocketFieldsTest::accepts, xsk);
      assertEquals(String.join("\n", Files.readAllLines(FILE)), String.join("\n", rows));
      assertTrue(rows.size() == Socket.values().length * 4);
    }
  }

  private static List<String> rows(Predicate<ResolvedProgram> judge, BpfMap xsk) {
    List<String> rows = new ArrayList<>();
    for (Socket socket : Socket.values()) {
      for (String size : List.of("b", "h", "w", "dw")) {
        StringBuilder letters = new StringBuilder();
        for (int offset = FIRST; offset < END; offset++) {
          List<Insn> insns = Assembler.assemble(socket.program(size, offset));
          ProgramSpec spec = ProgramSpec.of("field", socket.type, insns);
          ResolvedProgram program = new ResolvedProgram(named(spec), List.of(xsk), List.of());
          letters.append(judge.test(program) ? 'a' : 'r');
        }
        rows.add(socket + " " + size + " " + letters);
      }
    }
    return rows;
  }

  private static ProgramSpec named(ProgramSpec bare) {
    return new ProgramSpec(
        bare.name(),
        bare.section(),
        bare.type(),
        bare.insns(),
        List.of("xsk"),
        List.of(),
        "GPL",
        List.of(),
        List.of(),
        null);
  }

  private static boolean accepts(KernelOracle kernel, ResolvedProgram program) {
    KernelOracle.Verdict verdict = kernel.ask(program, program.insns());
    return verdict != null && verdict.accepted(); // null: it fails where it rewrites the insn
  }

  private static boolean accepts(ResolvedProgram program) {
    try {
      Verifier.verify(program, VerifierOptions.DEFAULT);
      return true;
    } catch (VerificationException e) {
      return false;
    }
  }
}
