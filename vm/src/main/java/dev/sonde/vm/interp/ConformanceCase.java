package dev.sonde.vm.interp;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.InvalidInsnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One case of the public conformance suite: a program, the memory that it is given, and the r0 that
 * it ends with.
 *
 * <p>A file has sections that begin with {@code -- asm}, {@code -- raw} (insns as 64-bit numbers),
 * {@code -- mem} (hex bytes), {@code -- result}; others are for other tools and skipped. The
 * program is given the address of the memory in r1 and its size in r2.
 *
 * @param name the file's name without its suffix
 * @param insns the program
 * @param memory what r1 points to; empty if the case has none
 * @param result r0
 */
public record ConformanceCase(String name, List<Insn> insns, byte[] memory, long result) {
  public ConformanceCase {
    insns = List.copyOf(insns);
  }

  /** Returns the cases of every {@code *.data} file of {@code directory}, by name. */
  public static List<ConformanceCase> readAll(Path directory) throws IOException {
    List<ConformanceCase> cases = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".data")).sorted().toList()) {
        cases.add(read(file));
      }
    }
    return cases;
  }

  /**
   * Reads one file.
   *
   * @throws InvalidInsnException naming the file if it is no case
   */
  public static ConformanceCase read(Path file) throws IOException {
    String name = file.getFileName().toString().replaceFirst("\\.data$", "");
    try {
      return parse(name, Files.readString(file));
    } catch (InvalidInsnException | IllegalArgumentException wrong) {
      throw new InvalidInsnException("%s: %s".formatted(file, wrong.getMessage()));
    }
  }

  static ConformanceCase parse(String name, String text) {
    Map<String, String> sections = sections(text);
    String result = sections.get("result");
    if (result == null) {
      throw new InvalidInsnException("no section \"-- result\"");
    }
    String asm = sections.get("asm");
    List<Insn> insns =
        asm != null ? Assembler.assemble(asm) : raw(sections.getOrDefault("raw", ""));
    String memory = sections.getOrDefault("mem", "").replaceAll("\\s", "");
    return new ConformanceCase(name, insns, HexFormat.of().parseHex(memory), number(result.trim()));
  }

  private static Map<String, String> sections(String text) {
    Map<String, String> sections = new HashMap<>();
    String current = "";
    for (String line : text.split("\n")) {
      if (line.startsWith("-- ")) {
        current = line.substring(3).trim();
        sections.put(current, "");
      } else {
        // The lines of the assembler keep their comments, so that its errors name the right line.
        String kept = current.equals("asm") ? line : line.replaceFirst("#.*", "");
        sections.merge(current, kept + "\n", String::concat);
      }
    }
    return sections;
  }

  private static List<Insn> raw(String text) {
    return text.lines()
        .map(String::trim)
        .filter(line -> !line.isEmpty())
        .map(line -> Insn.of(number(line)))
        .toList();
  }

  private static long number(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseLong(text);
  }
}
