package dev.sonde.verifier;

import dev.sonde.verifier.explore.Trail;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.RegText;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.PoisonedInsn;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import org.jspecify.annotations.Nullable;

/** A rejection for people: where, what, the registers that matter, why, and what to change. */
final class Explanation {
  private Explanation() {}

  static String of(ResolvedProgram program, int insn, @Nullable State state, String message) {
    ProgramSpec spec = program.spec();
    String reason = lastLine(message);
    StringBuilder out = new StringBuilder("program \"" + spec.name() + "\": ");
    if (insn < 0) {
      return out.append(reason).append(hint(reason)).toString();
    }
    out.append("insn ").append(insn).append(": ").append(reason);
    out.append("\n  insn: ")
        .append(Disassembler.text(spec.insns(), insn, Helpers.callNames(spec.kfuncNames())));
    LineInfo line = Trail.lineOf(spec.lines(), insn);
    if (line != null) {
      out.append("\n  line: %s:%d: %s".formatted(line.file(), line.line(), line.text().strip()));
    }
    if (state != null) {
      registers(out, spec.insns().get(insn), state);
    }
    return out.append(hint(spec, insn, reason)).toString();
  }

  private static String hint(ProgramSpec spec, int insn, String reason) {
    Insn refused = spec.insns().get(insn);
    Btf btf = spec.btf();
    if (btf == null || !PoisonedInsn.is(refused)) {
      return hint(reason);
    }
    return "\n  hint: this machine has no \"%s\", or not what is asked of it here: ask first, by bpf_core_type_exists(), bpf_core_field_exists() or bpf_core_enum_value_exists(); sonde header and sonde list show what there is"
        .formatted(PoisonedInsn.typeName(refused, btf));
  }

  static String lastLine(String message) {
    String trimmed = message.strip();
    return trimmed.substring(trimmed.lastIndexOf('\n') + 1);
  }

  private static void registers(StringBuilder out, Insn insn, State state) {
    int mask = 1 << insn.dst() | 1 << insn.src();
    mask = (insn.opcode() & 7) == 5 && (insn.opcode() & 0xf0) == 0x80 ? 0b111110 : mask;
    for (int r = 0; r < 11; r++) {
      boolean known = state.reg(r).kind() != RegKind.NOT_INIT;
      if ((mask & 1 << r) != 0 && known) {
        out.append("\n  R%d: %s".formatted(r, RegText.of(state.reg(r), state.current())));
      }
    }
  }

  private static String hint(String reason) {
    String hint = Hints.of(reason);
    return hint.isEmpty() ? "" : "\n  hint: " + hint;
  }
}
