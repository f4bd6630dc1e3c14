package dev.sonde.agent.cli;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.CallNames;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "dump", description = "Disassemble the programs of an object.")
final class ProgDumpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "OBJ", description = "An object file (.bpf.o).")
  private Path object;

  @Option(names = "--program", paramLabel = "NAME", description = "Only this program.")
  private @Nullable String program;

  @Option(
      names = "--jit",
      description = "The class that the program is compiled to, its bytecode under each insn.")
  private boolean jit;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (BpfCollection collection = Objects.open(object)) {
      for (ResolvedProgram each : Objects.chosen(collection, program)) {
        if (jit) {
          dumpClass(out, each);
        } else {
          dump(out, each.spec());
        }
      }
    }
    out.flush();
    return 0;
  }

  private static void dumpClass(PrintWriter out, ResolvedProgram program) throws IOException {
    VerifiedProgram verified = ProgRunCommand.verified(program);
    JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
    Optional<String> declined = compiler.declines(verified);
    if (declined.isPresent()) {
      throw new IOException(declined.get());
    }
    heading(out, program.spec());
    out.print(compiler.listing(verified, verified.facts()));
  }

  private static void heading(PrintWriter out, ProgramSpec program) {
    out.printf(
        "%s: section %s, %s, %d insns%n",
        program.name(), program.section(), program.type(), program.insns().size());
  }

  private static void dump(PrintWriter out, ProgramSpec program) {
    heading(out, program);
    CallNames names = Helpers.callNames(program.kfuncNames());
    List<Insn> insns = program.insns();
    for (int i = 0; i < insns.size(); i += insns.get(i).isLdImm64() ? 2 : 1) {
      heading(out, program, i);
      out.printf("%4d: (%02x) %s%n", i, insns.get(i).opcode(), Disassembler.text(insns, i, names));
    }
  }

  private static void heading(PrintWriter out, ProgramSpec program, int insn) {
    for (SubprogramSpec subprogram : program.subprograms()) {
      if (subprogram.firstInsn() == insn) {
        out.printf("%s:%n", subprogram.name());
      }
    }
    for (LineInfo line : program.lines()) {
      if (line.insn() == insn) {
        out.printf("; %s @ %s:%d%n", line.text().strip(), line.file(), line.line());
      }
    }
  }
}
