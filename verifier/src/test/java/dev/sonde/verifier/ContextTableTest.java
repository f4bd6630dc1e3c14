package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Every offset, size and direction of every context: the verdict is the kernel's table's. */
class ContextTableTest {
  private static final Path TABLE = Path.of("src/test/resources/tables/contexts.txt");
  private static final int LIMIT = 264; // as far as the table was taken
  private static final int REGISTERS = 168; // Sonde's own fields follow the kernel's

  @Test
  void everyAccessIsGrantedAsInTheTable() throws IOException {
    List<String> differences = new ArrayList<>();
    int checked = 0;
    ProgramType type = null;
    boolean[][] seen = new boolean[ProgramType.values().length][16];
    for (String line : Files.readAllLines(TABLE)) {
      if (line.startsWith("## ")) {
        type = ProgramType.valueOf(line.substring(3).strip().toUpperCase(Locale.ROOT));
      } else if (type != null && line.contains(":")) {
        boolean write = line.startsWith("write");
        int size = line.charAt(write ? 5 : 4) - '0';
        seen[type.ordinal()][size - 1 + (write ? 8 : 0)] = true;
        checked += compare(type, size, write, offsets(line), differences);
      }
    }
    for (ProgramType each : ProgramType.values()) {
      for (int k = 0; k < 16 && each != ProgramType.SYSCALL; k++) {
        int size = k % 8 + 1;
        if (Integer.bitCount(size) == 1 && !seen[each.ordinal()][k]) {
          checked += compare(each, size, k >= 8, new BitSet(), differences);
        }
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(checked > 8_000, "checked " + checked);
  }

  private static BitSet offsets(String line) {
    BitSet offsets = new BitSet();
    for (String part : line.substring(line.indexOf(':') + 1).strip().split(" ")) {
      String[] ends = part.split("\\.\\.");
      int last = Integer.parseInt(ends[ends.length - 1]);
      offsets.set(Integer.parseInt(ends[0]), last + 1);
    }
    return offsets;
  }

  private static int compare(
      ProgramType type, int size, boolean write, BitSet granted, List<String> differences) {
    boolean extended = type == ProgramType.KPROBE;
    int end = extended ? REGISTERS : LIMIT;
    int checked = 0;
    for (int offset = 0; offset + size <= end; offset += size) {
      checked++;
      String reason = reason(type, offset, size, write);
      if (reason.isEmpty() != granted.get(offset)) {
        differences.add(
            "%s %s%d at %d: %s".formatted(type, write ? "write" : "read", size, offset, reason));
      }
    }
    return checked;
  }

  private static String reason(ProgramType type, int offset, int size, boolean write) {
    int width =
        switch (size) {
          case 1 -> Opcodes.B;
          case 2 -> Opcodes.H;
          case 4 -> Opcodes.W;
          default -> Opcodes.DW;
        };
    Insn zero = new Insn(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, 0);
    Insn access =
        write
            ? new Insn(Opcodes.STX | Opcodes.MEM | width, 1, 0, offset, 0)
            : new Insn(Opcodes.LDX | Opcodes.MEM | width, 0, 1, offset, 0);
    List<Insn> insns = List.of(zero, access, zero, new Insn(Opcodes.EXIT, 0, 0, 0, 0));
    try {
      Verifier.verify(
          new ResolvedProgram(ProgramSpec.of("access", type, insns), List.of(), List.of()),
          VerifierOptions.DEFAULT);
      return "";
    } catch (VerificationException e) {
      return e.log();
    }
  }
}
