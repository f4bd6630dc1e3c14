package dev.sonde.verifier.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Replays what the verifier of Linux 6.18 printed after each insn of random straight-line programs
 * ({@code linux-6.18.txt}: program, then one state per insn) and wants the same numbers.
 */
class LinuxParityTest {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;
  private static final Pattern REGISTER = Pattern.compile("R(\\d+)=(-?\\w+)(?:\\(([^R]*)\\))?");
  private static final Pattern BOUNDS = Pattern.compile("((?:[su](?:min|max)(?:32)?=)+)(-?\\w+)");
  private static final Pattern VAR_OFF = Pattern.compile("var_off=\\((\\w+); (\\w+)\\)");

  @Test
  void everyStateOfTheKernelIsReproducedOrCloser() throws IOException {
    int steps = 0;
    Comparison comparison = new Comparison();
    for (String row : rows()) {
      String[] columns = row.split("\\|", -1);
      steps += replay(program(columns[0]), columns, comparison);
    }
    assertTrue(steps > 1000, "only " + steps + " steps");
    assertEquals(List.of(), comparison.differences.stream().limit(20).toList());
    assertTrue(comparison.closer * 50 < steps, comparison.closer + " of " + steps + " are closer");
  }

  /** Linux stops deducing after three rounds; a fixpoint may be closer, never wider. */
  private static final class Comparison {
    private final List<String> differences = new ArrayList<>();
    private int closer;

    void compare(String where, Scalar got, Scalar want) {
      if (!want.includes(got)) {
        differences.add("%s:%n got %s%nwant %s".formatted(where, got, want));
      } else if (!got.equals(want)) {
        closer++;
      }
    }
  }

  private static List<String> rows() throws IOException {
    try (var in = LinuxParityTest.class.getResourceAsStream("/domain/linux-6.18.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (NullPointerException e) {
      throw new UncheckedIOException(new IOException("domain/linux-6.18.txt is missing", e));
    }
  }

  private static List<Insn> program(String hex) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    List<Insn> insns = new ArrayList<>();
    while (bytes.hasRemaining()) {
      insns.add(Insn.of(bytes.getLong()));
    }
    return insns;
  }

  /** Returns how many insns were compared; stops where a jump is always taken. */
  private static int replay(List<Insn> program, String[] columns, Comparison comparison) {
    Scalar[] registers = new Scalar[Opcodes.REGISTERS];
    int step = 0;
    while (step < program.size() && step + 1 < columns.length) {
      Insn insn = program.get(step);
      if (insn.opcode() == Opcodes.EXIT || !step(insn, registers)) {
        return step;
      }
      int at = step;
      printed(columns[step + 1])
          .forEach(
              (register, want) -> {
                Scalar got = registers[register];
                if (got != null) {
                  String where = "%s insn %d %s R%d".formatted(columns[0], at, insn, register);
                  comparison.compare(where, got, want);
                  registers[register] = want;
                }
              });
      step++;
    }
    return step;
  }

  /** Returns whether the path falls through. */
  private static boolean step(Insn insn, Scalar[] registers) {
    int operation = insn.opcode() & 0xf0;
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    switch (insn.opcode() & 7) {
      case Opcodes.LDX -> registers[insn.dst()] = load(insn.opcode());
      case Opcodes.ALU, Opcodes.ALU64 -> {
        boolean wide = (insn.opcode() & 7) == Opcodes.ALU64;
        Scalar src = register ? registers[insn.src()] : DOMAIN.constant(insn.imm());
        registers[insn.dst()] = alu(insn, operation, wide, registers[insn.dst()], src);
      }
      default -> {
        boolean wide = (insn.opcode() & 7) == Opcodes.JMP;
        Scalar dst = registers[insn.dst()];
        Scalar src = register ? registers[insn.src()] : DOMAIN.constant(insn.imm());
        Decision decision = DOMAIN.decide(operation, wide, dst, src);
        if (decision == Decision.ALWAYS) {
          return false;
        }
        if (decision == Decision.UNKNOWN) {
          Refined refined = DOMAIN.refine(operation, wide, dst, src, false);
          if (refined == null) {
            return false; // a dead path, which the kernel walks on with unknown bounds
          }
          registers[insn.dst()] = refined.dst();
          if (register) {
            registers[insn.src()] = refined.src();
          }
        }
      }
    }
    return true;
  }

  private static Scalar load(int opcode) {
    int bits =
        switch (opcode & 0x18) {
          case Opcodes.B -> 8;
          case Opcodes.H -> 16;
          case Opcodes.W -> 32;
          default -> 64;
        };
    return (opcode & 0xe0) == Opcodes.MEMSX
        ? DOMAIN.signExtend(DOMAIN.unknown(), bits)
        : DOMAIN.zeroExtend(DOMAIN.unknown(), bits);
  }

  private static Scalar alu(Insn insn, int operation, boolean wide, Scalar dst, Scalar src) {
    if (operation == Opcodes.END) {
      return DOMAIN.swap(dst, insn.imm(), insn.opcode() != (Opcodes.ALU | Opcodes.END));
    }
    if (operation != Opcodes.MOV) {
      return DOMAIN.alu(operation, wide, dst, src);
    }
    if (insn.off() != 0) {
      return wide ? DOMAIN.signExtend(src, insn.off()) : DOMAIN.signExtendHalf(src, insn.off());
    }
    return wide ? src : DOMAIN.zeroExtendHalf(src);
  }

  private static Map<Integer, Scalar> printed(String state) {
    Map<Integer, Scalar> registers = new HashMap<>();
    Matcher matcher = REGISTER.matcher(state);
    while (matcher.find()) {
      if (matcher.group(2).equals("scalar")) {
        registers.put(Integer.valueOf(matcher.group(1)), scalar(matcher.group(3)));
      } else if (!matcher.group(2).equals("ctx")) {
        registers.put(Integer.valueOf(matcher.group(1)), DOMAIN.constant(number(matcher.group(2))));
      }
    }
    return registers;
  }

  private static long number(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
  }

  /** Bounds that the kernel leaves out are the widest. */
  private static Scalar scalar(String text) {
    Map<String, Long> bounds = new HashMap<>();
    Matcher matcher = BOUNDS.matcher(text);
    while (matcher.find()) {
      for (String name : matcher.group(1).split("=")) {
        bounds.put(name, number(matcher.group(2)));
      }
    }
    Matcher varOff = VAR_OFF.matcher(text);
    Tnum bits =
        varOff.find() ? new Tnum(number(varOff.group(1)), number(varOff.group(2))) : Tnum.UNKNOWN;
    return new Scalar(
        bits,
        new Range(
            bounds.getOrDefault("umin", 0L),
            bounds.getOrDefault("umax", -1L),
            bounds.getOrDefault("smin", Long.MIN_VALUE),
            bounds.getOrDefault("smax", Long.MAX_VALUE)),
        new Range(
            bounds.getOrDefault("umin32", 0L) & 0xffffffffL,
            bounds.getOrDefault("umax32", -1L) & 0xffffffffL,
            bounds.getOrDefault("smin32", (long) Integer.MIN_VALUE).intValue(),
            bounds.getOrDefault("smax32", (long) Integer.MAX_VALUE).intValue()));
  }
}
