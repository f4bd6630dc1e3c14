package dev.sonde.jit.emit;

import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import java.util.List;

/**
 * Line numbers of the written methods: those of the C source, or the insn's number where there is
 * none. A method has one source file in a class, so that lines of headers keep the line before.
 */
final class SourceLines {
  private final List<LineInfo> lines;
  private final String file;
  private int next;
  private int current = -1;

  SourceLines(ProgramSpec spec) {
    lines = spec.lines();
    file = lines.isEmpty() ? spec.name() + ".bpf" : lines.get(0).file();
  }

  /** Returns the file's name as stack traces show it. */
  String file() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /** Returns the name of a class of programs of that file. */
  String className() {
    String simple = file();
    int end = simple.indexOf('.');
    return (end <= 0 ? simple : simple.substring(0, end)).replaceAll("[^A-Za-z0-9_$]", "_");
  }

  /** Begins a new method. */
  void reset() {
    next = 0;
    current = -1;
  }

  /** Marks the line of the insn at {@code index}; indices ascend within a method. */
  void at(Code code, int index) {
    int line = lines.isEmpty() ? index + 1 : lineOf(index);
    if (line > 0 && line != current && line < 1 << 16) {
      code.line(line);
      current = line;
    }
  }

  private int lineOf(int index) {
    int found = -1;
    if (next > 0 && lines.get(next - 1).insn() > index) {
      next = 0;
    }
    while (next < lines.size() && lines.get(next).insn() <= index) {
      next++;
    }
    for (int i = next - 1; i >= 0 && found < 0; i--) {
      found = lines.get(i).file().equals(file) ? lines.get(i).line() : -1;
    }
    return found;
  }
}
