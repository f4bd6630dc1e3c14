package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes one self-contained run of insns of a program: the main function first, then every function
 * that it calls or takes the address of, each once, with all relocations applied.
 */
final class ProgramLinker {
  /** The kernel's BPF_COMPLEXITY_LIMIT_INSNS: it takes no longer program. */
  private static final int MAX_INSNS = 1_000_000;

  private final ObjectCode code;
  private final ElfSection section;
  private final List<Insn> insns = new ArrayList<>();
  private final Map<FunctionSymbol, Integer> placed = new LinkedHashMap<>();
  private final List<FunctionSymbol> unread = new ArrayList<>();
  private final List<String> mapNames = new ArrayList<>();
  private final List<String> kfuncNames = new ArrayList<>();

  private ProgramLinker(ObjectCode code, ElfSection section) {
    this.code = code;
    this.section = section;
  }

  static ProgramSpec link(
      ObjectCode code,
      ElfSection section,
      FunctionSymbol main,
      ProgramType type,
      String license,
      @Nullable Btf btf) {
    ProgramLinker linker = new ProgramLinker(code, section);
    linker.place(main);
    for (int i = 0; i < linker.unread.size(); i++) { // grows while it is read
      linker.relocate(linker.unread.get(i));
    }
    return new ProgramSpec(
        main.name(),
        section.name(),
        type,
        linker.insns,
        linker.mapNames,
        linker.kfuncNames,
        license,
        linker.subprograms(btf),
        linker.lines(),
        btf);
  }

  /** Returns where {@code function} begins in the run; copies it to the end if it is new. */
  private int place(FunctionSymbol function) {
    Integer known = placed.get(function);
    if (known != null) {
      return known;
    }
    int start = insns.size();
    if (start + function.insnCount() > MAX_INSNS) {
      throw new ObjectFormatException(
          code.where(section.index(), function.firstInsn()),
          "program with its subprograms",
          start + function.insnCount() + " insns",
          "at most " + MAX_INSNS);
    }
    int end = function.firstInsn() + function.insnCount();
    insns.addAll(code.insns(function.section()).subList(function.firstInsn(), end));
    placed.put(function, start);
    unread.add(function);
    return start;
  }

  private void relocate(FunctionSymbol function) {
    int start = place(function);
    for (int i = 0; i < function.insnCount(); i++) {
      int source = function.firstInsn() + i;
      Insn insn = insns.get(start + i);
      if (insn.isLdImm64()) {
        if (i + 1 == function.insnCount()) {
          throw bad(function, source, "lddw", "one slot", "two slots");
        }
        relocateLoad(function, source, start + i);
        i++;
      } else if (insn.opcode() == Opcodes.CALL) {
        relocateCall(function, source, start + i, insn);
      }
    }
  }

  // ---- addresses --------------------------------------------------------------------------------

  private void relocateLoad(FunctionSymbol function, int source, int at) {
    ElfRelocation relocation = code.relocation(function.section(), source);
    Insn low = insns.get(at);
    if (relocation == null) {
      if (low.src() != 0) {
        throw bad(function, source, "lddw of pseudo source " + low.src(), "no relocation", "one");
      }
      return;
    }
    if (relocation.type() != ElfRelocation.R_BPF_64_64) {
      throw bad(function, source, "relocation type", relocation.type(), "1 (R_BPF_64_64)");
    }
    ElfSymbol symbol = relocation.symbol();
    long addend = low.imm() & 0xffffffffL | (long) insns.get(at + 1).imm() << 32;
    long offset = symbol.value() + addend;
    String defined = code.maps().ofDefinition(symbol.section(), offset);
    String data = code.maps().ofData(symbol.section());
    if (symbol.isExtern()) {
      loadExtern(function, source, at, symbol, addend);
    } else if (defined != null) {
      setLoad(at, Opcodes.PSEUDO_MAP_FD, index(mapNames, defined), 0);
    } else if (data != null) {
      loadData(function, source, at, data, offset);
    } else if (code.isCode(symbol.section())) {
      loadFunction(function, source, at, symbol, offset);
    } else {
      throw bad(
          function,
          source,
          "address of \"" + symbol.name() + "\" + " + addend,
          code.sectionName(symbol.section()),
          "a map, data or a function");
    }
  }

  private void loadData(FunctionSymbol function, int source, int at, String map, long offset) {
    int sizeBytes = code.mapSizeBytes(map);
    if (offset < 0 || offset > sizeBytes) { // one past the end is an address that C allows
      throw bad(function, source, "offset in " + map, offset, "at most " + sizeBytes);
    }
    setLoad(at, Opcodes.PSEUDO_MAP_VALUE, index(mapNames, map), (int) offset);
  }

  private void loadFunction(
      FunctionSymbol function, int source, int at, ElfSymbol symbol, long offset) {
    FunctionSymbol target =
        offset % Insn.SIZE_BYTES == 0
            ? code.functions().at(symbol.section(), offset / Insn.SIZE_BYTES)
            : null;
    if (target == null) {
      throw bad(function, source, "function pointer", "offset " + offset, "a function's start");
    }
    setLoad(at, Opcodes.PSEUDO_FUNC, place(target) - at - 1, 0);
  }

  private void loadExtern(
      FunctionSymbol function, int source, int at, ElfSymbol symbol, long addend) {
    ExternTable.Variable variable = code.externs().variable(symbol.name());
    if (variable != null) {
      setLoad(
          at,
          Opcodes.PSEUDO_MAP_VALUE,
          index(mapNames, ExternTable.KCONFIG),
          (int) (variable.offsetBytes() + addend));
    } else if (code.externs().isNamed(symbol.name())) {
      // Whether it is there: 0 or an address; who loads the program knows and writes which.
      setLoad(at, Opcodes.PSEUDO_BTF_ID, index(kfuncNames, symbol.name()), 0);
    } else if (symbol.isWeak()) {
      setLoad(at, 0, 0, 0);
    } else {
      throw bad(
          function,
          source,
          "extern \"" + symbol.name() + "\"",
          "a variable of the kernel",
          "a kfunc, a .kconfig value or __weak: there is no kernel around a JVM program");
    }
  }

  private void setLoad(int at, int src, int low, int high) {
    insns.set(at, insns.get(at).withSrc(src).withImm(low));
    insns.set(at + 1, insns.get(at + 1).withImm(high));
  }

  // ---- calls ------------------------------------------------------------------------------------

  private void relocateCall(FunctionSymbol function, int source, int at, Insn call) {
    ElfRelocation relocation = code.relocation(function.section(), source);
    if (relocation == null) {
      if (call.src() == Opcodes.PSEUDO_CALL) {
        callFunction(function, source, at, function.section(), source + 1L + call.imm());
      } else if (call.src() != 0) {
        throw bad(function, source, "call of pseudo source " + call.src(), "no relocation", "one");
      }
      return;
    }
    if (relocation.type() != ElfRelocation.R_BPF_64_32) {
      throw bad(function, source, "relocation type", relocation.type(), "10 (R_BPF_64_32)");
    }
    ElfSymbol symbol = relocation.symbol();
    if (symbol.isExtern()) {
      int kfunc = index(kfuncNames, symbol.name());
      insns.set(at, call.withSrc(Opcodes.PSEUDO_KFUNC_CALL).withImm(kfunc));
    } else {
      long target = symbol.value() / Insn.SIZE_BYTES + call.imm() + 1;
      callFunction(function, source, at, symbol.section(), target);
    }
  }

  private void callFunction(
      FunctionSymbol function, int source, int at, int targetSection, long targetInsn) {
    FunctionSymbol target = code.functions().at(targetSection, targetInsn);
    if (target == null) {
      throw bad(
          function,
          source,
          "call",
          "slot %d of %s".formatted(targetInsn, code.sectionName(targetSection)),
          "a function's start");
    }
    int imm = place(target) - at - 1;
    insns.set(at, insns.get(at).withSrc(Opcodes.PSEUDO_CALL).withImm(imm));
  }

  private static int index(List<String> names, String name) {
    int known = names.indexOf(name);
    if (known >= 0) {
      return known;
    }
    names.add(name);
    return names.size() - 1;
  }

  // ---- what the insns are -----------------------------------------------------------------------

  private List<SubprogramSpec> subprograms(@Nullable Btf btf) {
    List<SubprogramSpec> all = new ArrayList<>();
    placed.forEach(
        (function, start) -> {
          int typeId = code.funcTypeId(function);
          boolean global =
              btf != null
                  && !function.hidden()
                  && btf.types().size() > typeId
                  && btf.type(typeId) instanceof BtfType.Func type
                  && type.linkage() == BtfType.Linkage.GLOBAL;
          all.add(new SubprogramSpec(start, function.name(), typeId, global));
        });
    return all;
  }

  private List<LineInfo> lines() {
    List<LineInfo> all = new ArrayList<>();
    placed.forEach(
        (function, start) -> {
          for (BtfExt.SourceLine line : code.lines(function)) {
            int insn = start + line.insn() - function.firstInsn();
            all.add(new LineInfo(insn, line.file(), line.text(), line.line(), line.column()));
          }
        });
    return all;
  }

  private ObjectFormatException bad(
      FunctionSymbol function, int source, String what, Object got, Object want) {
    String where =
        "%s, function \"%s\"".formatted(code.where(function.section(), source), function.name());
    return new ObjectFormatException(where, what, got, want);
  }
}
