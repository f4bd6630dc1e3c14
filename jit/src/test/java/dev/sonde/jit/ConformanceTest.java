package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.interp.ConformanceCase;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConformanceTest {
  private static final Path SUITE = Path.of("../vm/src/test/resources/conformance");
  private static final Path OWN = Path.of("../vm/src/test/resources/cases");

  static Stream<Arguments> cases() throws IOException {
    return Stream.concat(
            ConformanceCase.readAll(SUITE).stream(), ConformanceCase.readAll(OWN).stream())
        .map(c -> argumentSet(c.name(), c));
  }

  /** Without r2 and callx, which a proved program does not have. */
  static Stream<Arguments> plainCases() throws IOException {
    return ConformanceCase.readAll(SUITE).stream()
        .filter(c -> !c.name().equals("mem-len"))
        .filter(c -> c.insns().stream().noneMatch(i -> i.opcode() == Opcodes.CALLX))
        .map(c -> argumentSet(c.name(), c));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void r0IsTheStatedResult(ConformanceCase c) {
    UnprovedJitProgram program = new UnprovedJitProgram(c.name(), c.insns());
    long r0 = program.run(Trusted.slot(), c.memory().clone());
    assertEquals(c.result(), r0, () -> "r0 = 0x%x, want 0x%x".formatted(r0, c.result()));
  }

  @ParameterizedTest
  @MethodSource("plainCases")
  void r0IsTheSameWithoutChecks(ConformanceCase c) {
    long memory = RawMemory.allocateZeroed(Math.max(8, c.memory().length));
    RawMemory.write(memory, c.memory());
    long failed = CompiledProgram.failedRuns();
    JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
    try (CompiledProgram program = compiler.compile(Trusted.of(c.name(), c.insns()), null)) {
      assertEquals(c.result(), program.run(Trusted.slot(), memory));
      assertEquals(failed, CompiledProgram.failedRuns());
    } finally {
      RawMemory.free(memory);
    }
  }
}
