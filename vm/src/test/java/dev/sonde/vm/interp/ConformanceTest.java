package dev.sonde.vm.interp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConformanceTest {
  private static final Path SUITE = Path.of("src/test/resources/conformance");
  private static final Path OWN = Path.of("src/test/resources/cases");

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

  @Test
  void theSuiteHas313Cases() throws IOException {
    assertEquals(313, ConformanceCase.readAll(SUITE).size());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void r0IsTheStatedResult(ConformanceCase c) {
    try (UnprovedProgram program = new UnprovedProgram(c.name(), c.insns())) {
      long r0 = program.run(slot(), c.memory().clone());
      assertEquals(c.result(), r0, () -> "r0 = 0x%x, want 0x%x".formatted(r0, c.result()));
    }
  }

  @ParameterizedTest
  @MethodSource("plainCases")
  void r0IsTheSameWithoutChecks(ConformanceCase c) {
    long memory = RawMemory.allocateZeroed(Math.max(8, c.memory().length));
    RawMemory.write(memory, c.memory());
    try (Interpreter program = new Interpreter(new Trusted(c))) {
      assertEquals(c.result(), program.run(slot(), memory));
      assertEquals(0, program.failedRuns());
    } finally {
      RawMemory.free(memory);
    }
  }

  private static CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    return slot;
  }

  /** The suite's programs are known to be safe. */
  private record Trusted(ResolvedProgram program) implements Proof {
    Trusted(ConformanceCase c) {
      this(
          new ResolvedProgram(
              ProgramSpec.of(c.name(), ProgramType.KPROBE, c.insns()), List.of(), List.of()));
    }

    @Override
    public boolean isReached(int insn) {
      return true;
    }

    @Override
    public Memory memory(int insn) {
      return Memory.PLAIN;
    }
  }
}
