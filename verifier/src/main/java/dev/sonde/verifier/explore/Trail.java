package dev.sonde.verifier.explore;

import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.CallNames;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;

/**
 * The log of a walk in the kernel's shape. At level 1 only what led to where the walk is, at level
 * 2 all of it. Costs nothing at level 0.
 */
public final class Trail {
  private static final int ALIGNMENT = 40;
  private static final int MOST_CHARS = 16 << 20;

  /** A log grows by copies of itself, and is for a heap that is another's. */
  private static final int HEAP_SHARE = 48;

  static final int MAX_CHARS =
      (int) Math.min(MOST_CHARS, Runtime.getRuntime().maxMemory() / HEAP_SHARE);

  private final ProgramSpec program;
  private final boolean active;
  private final boolean full;
  private final int maxChars;
  private final CallNames names;
  private final StringBuilder text = new StringBuilder();
  private int lineStart = -1; // where the last insn's line began, while its state is due
  private int dropped;
  private LineInfo shown = new LineInfo(-1, "", "", 0, 0);

  /**
   * @param level bits 1 and 2 as in bpf(2)
   */
  public Trail(ProgramSpec program, int level) {
    this(program, level, MAX_CHARS);
  }

  Trail(ProgramSpec program, int level, int maxChars) {
    this.program = program;
    this.maxChars = maxChars;
    active = (level & 3) != 0;
    full = (level & 2) != 0;
    names = Helpers.callNames(program.kfuncNames());
  }

  public String text() {
    return text.toString();
  }

  /** Returns how many lines were left out because the log became too long. */
  public int dropped() {
    return dropped;
  }

  int length() {
    return text.length();
  }

  void begin(State state) {
    if (active) {
      text.append("0:").append(state.text(0, -1, -1L)).append('\n');
    }
  }

  /** The walk goes on with a function that is proved on its own. */
  void enter(int subprogram, int insn, State state) {
    if (!active) {
      return;
    }
    lineStart = -1;
    text.append("Validating %s() func#%d...\n".formatted(name(insn), subprogram));
    text.append(insn).append(':').append(state.text(0, -1, -1L)).append('\n');
  }

  private String name(int insn) {
    for (SubprogramSpec function : program.subprograms()) {
      if (function.firstInsn() == insn) {
        return function.name();
      }
    }
    return "";
  }

  /** The walk goes back to where {@code previous} branched off to {@code insn}. */
  void resume(int length, int previous, int insn, State state) {
    if (!active) {
      return;
    }
    if (!full) {
      text.setLength(Math.min(length, text.length())); // it may have been trimmed meanwhile
    }
    if (text.charAt(text.length() - 1) != '\n') {
      text.append('\n'); // it was cut where a state was written behind the insn
    }
    lineStart = -1;
    text.append("\nfrom %d to %d:".formatted(previous, insn));
    text.append(state.text(state.current(), -1, -1L)).append('\n');
  }

  void safe(int previous, int insn) {
    if (active) {
      String how = previous < 0 ? "%d: safe" : "from %d to %d: safe";
      text.append(previous < 0 ? how.formatted(insn) : how.formatted(previous, insn)).append('\n');
    }
  }

  void insn(int index, State state, Step step) {
    if (!active) {
      return;
    }
    state(state, step);
    source(index);
    lineStart = text.length();
    text.append("%d: (%02x) ".formatted(index, program.insns().get(index).opcode()));
    text.append(Disassembler.text(program.insns(), index, names));
    text.append('\n');
    trim();
  }

  /** Writes what the last insn touched behind it. */
  void state(State state, Step step) {
    if (!active) {
      return;
    }
    if (lineStart >= 0) {
      String touched = state.text(state.current(), step.touchedRegs(), step.touchedSlots());
      if (!touched.isEmpty()) {
        text.setLength(text.length() - 1);
        int width = text.length() - lineStart;
        int column =
            (Math.max(width + ALIGNMENT / 2, ALIGNMENT) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        text.append(" ".repeat(Math.max(1, column - width - 1))).append(';').append(touched);
        text.append('\n');
      }
    }
    step.clearTouched();
  }

  private void source(int index) {
    LineInfo line = lineOf(program.lines(), index);
    if (line != null && !line.text().isEmpty() && !sameLine(line)) {
      String file = line.file().substring(line.file().lastIndexOf('/') + 1);
      text.append("; %s @ %s:%d\n".formatted(line.text().strip(), file, line.line()));
    }
    if (line != null) {
      shown = line;
    }
  }

  private boolean sameLine(LineInfo line) {
    return shown.line() == line.line() && shown.text().equals(line.text());
  }

  /** Returns the source line of slot {@code index}, null where none is known. */
  public static @org.jspecify.annotations.Nullable LineInfo lineOf(
      List<LineInfo> lines, int index) {
    LineInfo found = null;
    for (LineInfo line : lines) {
      if (line.insn() > index) {
        break;
      }
      found = line;
    }
    return found;
  }

  private void trim() {
    if (text.length() > maxChars) {
      int cut = text.indexOf("\n", maxChars / 2) + 1;
      dropped += (int) text.chars().limit(cut).filter(c -> c == '\n').count();
      text.delete(0, cut);
      lineStart -= cut;
    }
  }
}
