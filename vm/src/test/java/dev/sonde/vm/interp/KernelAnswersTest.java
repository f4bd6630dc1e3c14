package dev.sonde.vm.interp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.CallNames;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

class KernelAnswersTest {
  private static final Path KERNEL = Path.of("src/test/resources/kernel");

  @Test
  void randomProgramsEndAsInTheKernel() throws IOException {
    int compared = 0;
    for (String line : Files.readAllLines(KERNEL.resolve("linux-6.18-programs.txt"))) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] parts = line.split(" ");
      List<Insn> insns = insns(parts[0]);
      ResolvedProgram program =
          new ResolvedProgram(
              ProgramSpec.of("random", ProgramType.SOCKET_FILTER, insns), List.of(), List.of());
      try (Interpreter interpreter = new Interpreter(new TestProof(program, Set.of()))) {
        int r0 = TestRun.run(interpreter, TestRun.Input.standard()).retval();
        assertEquals(parts[1], Integer.toHexString(r0), () -> text(insns));
        assertEquals(0, interpreter.failedRuns());
      }
      compared++;
    }
    assertTrue(compared > 500, "compared only " + compared);
  }

  @Test
  void helpersOfPacketsAndTextAnswerAsInTheKernel() throws IOException {
    int compared = 0;
    for (String line : Files.readAllLines(KERNEL.resolve("linux-6.18-helpers.txt"))) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] parts = line.split(" ");
      List<Insn> insns = insns(parts[2]);
      ProgramType type = ProgramType.valueOf(parts[0].toUpperCase(Locale.ROOT));
      ResolvedProgram program =
          new ResolvedProgram(ProgramSpec.of("helper", type, insns), List.of(), List.of());
      try (Interpreter interpreter = new Interpreter(new TestProof(program, Set.of()))) {
        byte[] packet = HexFormat.of().parseHex(parts[1]);
        TestRun.Result result = TestRun.run(interpreter, TestRun.Input.packet(packet));
        assertEquals(parts[3], Integer.toHexString(result.retval()), () -> text(insns));
        assertEquals(parts[4], HexFormat.of().formatHex(result.data()), () -> text(insns));
      }
      compared++;
    }
    assertTrue(compared > 400, "compared only " + compared);
  }

  private static List<Insn> insns(String hex) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    List<Insn> insns = new ArrayList<>();
    while (bytes.hasRemaining()) {
      insns.add(Insn.of(bytes.getLong()));
    }
    return insns;
  }

  private static String text(List<Insn> insns) {
    StringJoiner lines = new StringJoiner("\n");
    for (int i = 0; i < insns.size(); i++) {
      lines.add(i + ": " + Disassembler.text(insns, i, CallNames.UNKNOWN));
      i += insns.get(i).isLdImm64() ? 1 : 0;
    }
    return lines.toString();
  }
}
