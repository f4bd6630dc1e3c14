package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.map.BpfException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs conformance cases on an engine, in the three forms of {@code sonde conformance}: a directory
 * of cases, one program in hex (the suite's plugin contract), and many programs in one process.
 */
public final class ConformanceRunner {
  /** Runs unproved insns on memory, which it may change, and returns r0. */
  @FunctionalInterface
  public interface Engine {
    long run(String name, List<Insn> insns, byte[] memory);
  }

  /** The interpreter with its checks. */
  public static final Engine INTERPRETER = ConformanceRunner::interpret;

  private final Engine engine;

  public ConformanceRunner(Engine engine) {
    this.engine = engine;
  }

  /**
   * Runs every case of {@code directory}: prints a line for each failure, then how many passed.
   *
   * @return how many failed
   */
  public int runDirectory(Path directory, PrintStream out) throws IOException {
    int failed = 0;
    List<ConformanceCase> cases = ConformanceCase.readAll(directory);
    for (ConformanceCase c : cases) {
      String failure = failure(c);
      if (!failure.isEmpty()) {
        out.println(c.name() + ": " + failure);
        failed++;
      }
    }
    out.printf(Locale.ROOT, "%d passed, %d failed%n", cases.size() - failed, failed);
    return failed;
  }

  private String failure(ConformanceCase c) {
    try {
      long r0 = engine.run(c.name(), c.insns(), c.memory().clone());
      return r0 == c.result() ? "" : "r0 = 0x%x, want 0x%x".formatted(r0, c.result());
    } catch (InvalidInsnException | MemoryFaultException | BpfException refused) {
      return refused.getMessage();
    }
  }

  /**
   * Runs one program as the suite's plugins do.
   *
   * @param programHex the bytes of the insns, blanks allowed
   * @param memoryHex what r1 points to, "" or "-" for none
   * @return r0 in hex, without 0x
   */
  public String runHex(String name, String programHex, String memoryHex) {
    byte[] memory = memoryHex.equals("-") ? new byte[0] : bytes("memory", memoryHex);
    return Long.toHexString(engine.run(name, insns(programHex), memory));
  }

  /** Answers lines {@code NAME MEMHEX|- PROGHEX} with {@code NAME R0HEX|error: WHY}, in order. */
  public void runBatch(Stream<String> lines, PrintStream out) {
    lines.filter(line -> !line.isBlank()).forEach(line -> out.println(answer(line.trim())));
  }

  private String answer(String line) {
    String[] parts = line.split("\\s+", 3);
    if (parts.length != 3) {
      return parts[0]
          + " error: line: got %d words, want NAME MEMHEX|- PROGHEX".formatted(parts.length);
    }
    try {
      return parts[0] + " " + runHex(parts[0], parts[2], parts[1]);
    } catch (RuntimeException refused) {
      return parts[0] + " error: " + refused.getMessage();
    }
  }

  private static List<Insn> insns(String hex) {
    byte[] bytes = bytes("program", hex);
    if (bytes.length == 0 || bytes.length % Insn.SIZE_BYTES != 0) {
      throw new InvalidInsnException(
          "program: %d B, want a multiple of %d".formatted(bytes.length, Insn.SIZE_BYTES));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Insn> insns = new ArrayList<>();
    while (buffer.hasRemaining()) {
      insns.add(Insn.of(buffer.getLong()));
    }
    return insns;
  }

  private static byte[] bytes(String what, String hex) {
    try {
      return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    } catch (IllegalArgumentException wrong) {
      throw new InvalidInsnException(what + ": " + wrong.getMessage());
    }
  }

  private static long interpret(String name, List<Insn> insns, byte[] memory) {
    CarrierSlot slot = CarrierSlots.current();
    if (slot == null || !slot.tryEnter()) {
      throw new IllegalStateException("conformance: no carrier slot is free for this thread");
    }
    try (UnprovedProgram program = new UnprovedProgram(name, insns)) {
      return program.run(slot, memory);
    } finally {
      slot.exit();
    }
  }
}
