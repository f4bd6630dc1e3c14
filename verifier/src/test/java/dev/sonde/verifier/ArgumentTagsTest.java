package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What {@code btf_decl_tag} says of a global function's argument, and of the function that a
 * program names for its exceptions.
 */
class ArgumentTagsTest {
  private static final int LONG = 1;
  private static final int TASK = 3; // a pointer to it
  private static final int MAIN = 5;
  private static final int FUNCTION = 7;

  private static final String PASSES_TASK = "call 158\nmov %r1, %r0\ncall local f\nexit\n";
  private static final String PASSES_NOTHING = "mov %r1, 0\ncall local f\nexit\n";
  private static final String READS_TASK = "f:\nldxw %r0, [%r1+8]\nexit\n";
  private static final String CHECKS_TASK =
      "f:\nmov %r0, 0\njeq %r1, 0, +1\nldxw %r0, [%r1+8]\nexit\n";

  /** {@code long main(void)} and {@code long f(parameter)}, then the tags. */
  private static Btf btf(int parameter, BtfType... tags) {
    List<BtfType> types =
        new ArrayList<>(
            List.of(
                new BtfType.Void(),
                new BtfType.Int("long", 8, 64, 0, true, false, false),
                new BtfType.Struct("task_struct", false, 8, List.of()),
                new BtfType.Ptr("", 2),
                new BtfType.FuncProto("", LONG, List.of()),
                new BtfType.Func("main", 4, BtfType.Linkage.GLOBAL),
                new BtfType.FuncProto("", LONG, List.of(new BtfType.Param("p", parameter))),
                new BtfType.Func("f", 6, BtfType.Linkage.GLOBAL)));
    types.addAll(List.of(tags));
    return new Btf(types);
  }

  private static BtfType tag(String name) {
    return new BtfType.DeclTag("arg:" + name, FUNCTION, 0);
  }

  private static ResolvedProgram program(@Nullable Btf btf, String code) {
    return program(btf, code, true);
  }

  private static ResolvedProgram program(@Nullable Btf btf, String code, boolean global) {
    ProgramSpec bare = ProgramSpec.of("tags", ProgramType.KPROBE, Assembler.assemble(code));
    int at = bare.insns().size();
    for (int i = 0; i < bare.insns().size(); i++) {
      if (bare.insns().get(i).isPseudoCall()) {
        at = i + 1 + bare.insns().get(i).imm();
      }
    }
    List<SubprogramSpec> functions = new ArrayList<>();
    functions.add(new SubprogramSpec(0, "main", MAIN, true));
    if (at < bare.insns().size()) {
      functions.add(new SubprogramSpec(at, "f", FUNCTION, global));
    }
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            bare.insns(),
            List.of(),
            List.of(),
            "GPL",
            functions,
            List.of(),
            btf);
    return new ResolvedProgram(spec, List.of(), List.of());
  }

  private static void accepts(Btf btf, String code) {
    assertDoesNotThrow(() -> Verifier.verify(program(btf, code), VerifierOptions.DEFAULT));
  }

  private static void rejects(String reason, Btf btf, String code) {
    VerifierOptions options = new VerifierOptions(1, false, 1_000_000);
    VerificationException rejection =
        assertThrows(
            VerificationException.class, () -> Verifier.verify(program(btf, code), options));
    String[] lines = rejection.log().split("\n");
    List<String> found = List.of(lines).stream().filter(line -> line.contains(reason)).toList();
    assertEquals(1, found.size(), rejection.log());
  }

  @Test
  void aTrustedTaskIsReadAndNeedsNoCheck() {
    accepts(btf(TASK, tag("trusted")), PASSES_TASK + READS_TASK);
    accepts(btf(TASK, tag("trusted")), PASSES_TASK + "f:\ncall 175\nldxdw %r0, [%r0+8]\nexit\n");
    rejects(
        "only read is supported",
        btf(TASK, tag("trusted")),
        PASSES_TASK + "f:\nmov %r0, 0\nstxdw [%r1+0], %r0\nexit\n");
  }

  @Test
  void aTrustedTaskThatMayBeMissingMustBeChecked() {
    Btf nullable = btf(TASK, tag("trusted"), tag("nullable"));
    accepts(nullable, PASSES_TASK + CHECKS_TASK);
    accepts(nullable, PASSES_NOTHING + CHECKS_TASK);
    rejects("R1 invalid mem access", nullable, PASSES_TASK + READS_TASK);
  }

  @Test
  void whatIsNoTaskIsNotPassedForOne() {
    Btf trusted = btf(TASK, tag("trusted"));
    rejects("R1 type=scalar expected=ptr_", trusted, PASSES_NOTHING + READS_TASK);
    rejects(
        "R1 is of type pt_regs but task_struct is expected",
        trusted,
        "call 158\nmov %r1, %r0\ncall 175\nmov %r1, %r0\ncall local f\nexit\n" + READS_TASK);
    rejects(
        "R1 type=fp expected=ptr_",
        trusted,
        "stdw [%r10-8], 0\nmov %r1, %r10\nadd %r1, -8\ncall local f\nexit\n" + READS_TASK);
  }

  @Test
  void tagsThatDoNotGoTogetherAreRefused() {
    String code = PASSES_TASK + READS_TASK;
    rejects(
        "arg#0 has invalid combination of tags", btf(TASK, tag("trusted"), tag("nonnull")), code);
    rejects("arg#0 has invalid combination of tags", btf(TASK, tag("nullable")), code);
    rejects("arg#0 has invalid combination of tags", btf(TASK, tag("ctx"), tag("trusted")), code);
    rejects("arg#0 has unsupported set of tags", btf(TASK, tag("borrowed")), code);
    rejects("arg#0 has pointer tag, but is not a pointer type", btf(LONG, tag("nonnull")), code);
    rejects(
        "arg#0 reference type('INT long') has no matches",
        btf(8, new BtfType.Ptr("", LONG), tag("trusted")),
        code);
  }

  /** {@code long f(type)}. */
  private static Btf taking(BtfType type) {
    return btf(8, type);
  }

  @Test
  void whatIsNoNumberIsNotPassedByItsValue() {
    String code = "mov %r1, 1\ncall local f\nexit\nf:\nmov %r0, 0\nexit\n";
    String rest = " in f() is not supported yet.";
    rejects("Arg#0 type STRUCT" + rest, taking(new BtfType.Struct("s", false, 8, List.of())), code);
    rejects("Arg#0 type UNION" + rest, taking(new BtfType.Struct("u", true, 8, List.of())), code);
    rejects("Arg#0 type FLOAT" + rest, taking(new BtfType.FloatType("float", 4)), code);
    rejects("Arg#0 type FWD" + rest, taking(new BtfType.Forward("s", false)), code);
    rejects("Arg#0 type UNKNOWN" + rest, btf(0), code);
    accepts(taking(new BtfType.Enum("e", 4, false, false, List.of())), code);
    accepts(taking(new BtfType.Typedef("number", LONG)), code);
  }

  /** {@code long f(long, ...)} of so many parameters. */
  private static Btf taking(int parameters) {
    List<BtfType> types = new ArrayList<>(btf(LONG).types());
    List<BtfType.Param> all = Collections.nCopies(parameters, new BtfType.Param("p", LONG));
    types.set(6, new BtfType.FuncProto("", LONG, all));
    return new Btf(types);
  }

  @Test
  void aFunctionTakesFiveNumbersAtMost() {
    String code =
        "mov %r1, 1\nmov %r2, 2\nmov %r3, 3\nmov %r4, 4\nmov %r5, 5\ncall local f\nexit\n";
    accepts(taking(5), code + "f:\nmov %r0, %r5\nexit\n");
    accepts(taking(0), code + "f:\nmov %r0, 0\nexit\n");
    rejects("R5 !read_ok", taking(4), code + "f:\nmov %r0, %r5\nexit\n");
    rejects(
        "Global function f() with 6 > 5 args. Buggy compiler.",
        taking(6),
        code + "f:\nmov %r0, 0\nexit\n");
  }

  @Test
  void aFunctionWithoutAPrototypeIsNotCalled() {
    String code = "mov %r1, 1\ncall local f\nexit\nf:\nmov %r0, 0\nexit\n";
    List<BtfType> types = new ArrayList<>(btf(LONG).types());
    types.set(FUNCTION, new BtfType.Typedef("f", LONG));
    rejects("func 'f' has no prototype", new Btf(types), code);
    types.set(FUNCTION, new BtfType.Func("f", LONG, BtfType.Linkage.GLOBAL));
    rejects("func 'f' has no prototype", new Btf(types), code);
  }

  @Test
  void whatReturnsNoNumberIsNotCalled() {
    String code = "mov %r1, 1\ncall local f\nexit\nf:\nmov %r0, 0\nexit\n";
    List<BtfType> types = new ArrayList<>(btf(LONG).types());
    for (int returned : List.of(0, TASK)) {
      types.set(6, new BtfType.FuncProto("", returned, List.of(new BtfType.Param("p", LONG))));
      rejects("Global function f() doesn't return scalar.", new Btf(types), code);
    }
  }

  @Test
  void aFunctionThatIsNotGlobalSeesWhatItsCallersPass() throws VerificationException {
    String fine = "mov %r1, %r10\nstdw [%r10-8], 1\ncall local f\nexit\n";
    String reads = "f:\nldxdw %r0, [%r1-8]\nexit\n";
    rejects("R1 is not a scalar", btf(LONG), fine + reads);
    Verifier.verify(program(null, fine + reads), VerifierOptions.DEFAULT); // without types
    Verifier.verify(program(btf(LONG), fine + reads, false), VerifierOptions.DEFAULT);
  }

  private static Btf withTag(Btf btf) {
    List<BtfType> types = new ArrayList<>(btf.types());
    types.add(handler("f"));
    return new Btf(types);
  }

  private static BtfType handler(String name) {
    return new BtfType.DeclTag("exception_callback:" + name, MAIN, -1);
  }

  @Test
  void theFunctionForExceptionsTakesOneNumber() {
    String code = "mov %r0, 0\nexit\n";
    accepts(btf(LONG, handler("f")), code);
    rejects("exception cb only supports single integer argument", btf(TASK, handler("f")), code);
    rejects("could not be found in BTF", btf(LONG, handler("g")), code);
    rejects("exception cb only supports single", withTag(taking(2)), code);
    rejects("exception cb only supports single", withTag(taking(0)), code);
    accepts(btf(TASK, new BtfType.DeclTag("exception_callback:f", MAIN, 0)), code);
    accepts(btf(TASK, new BtfType.DeclTag("exception_callback:f", FUNCTION, -1)), code);
    accepts(btf(TASK, new BtfType.DeclTag("callback:f", MAIN, -1)), code);
    String calls = "mov %r1, 1\ncall local f\nexit\nf:\nmov %r0, 0\nexit\n";
    accepts(btf(LONG, new BtfType.DeclTag("exception_callback:g", FUNCTION, -1)), calls);
    rejects("multiple exception callback tags", btf(LONG, handler("f"), handler("g")), code);
    rejects(
        "exception callback 'g' must have global linkage",
        btf(LONG, handler("g"), new BtfType.Func("g", 6, BtfType.Linkage.STATIC)),
        code);
    rejects(
        "Global function g() doesn't return scalar",
        btf(
            LONG,
            handler("g"),
            new BtfType.FuncProto("", TASK, List.of()),
            new BtfType.Func("g", 9, BtfType.Linkage.GLOBAL)),
        code);
  }
}
