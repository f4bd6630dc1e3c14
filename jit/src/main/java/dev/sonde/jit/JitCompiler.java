package dev.sonde.jit;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.jit.emit.ProgramLoader;
import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.MethodNames;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.program.Proof;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compiles proved programs to JVM bytecode. Safe for use by several threads. */
public final class JitCompiler {
  private final JitOptions options;

  public JitCompiler(JitOptions options) {
    this.options = options;
  }

  /** Returns why a program is left to the interpreter; empty: {@link #compile} takes it. */
  public Optional<String> declines(Proof proof) {
    int insns = proof.program().insns().size();
    return insns <= options.maxInsns()
        ? Optional.empty()
        : Optional.of(
            "program \"%s\": %d insns, the JIT takes %d: interpreted"
                .formatted(proof.program().spec().name(), insns, options.maxInsns()));
  }

  /**
   * Compiles {@code program} with all that the verifier knows of it.
   *
   * @throws IllegalArgumentException if it is one that this compiler {@link #declines}
   */
  public CompiledProgram compile(VerifiedProgram program) {
    return compile(program, program.facts());
  }

  /**
   * Compiles the programs of an object. Small ones of one source file share a class, which costs
   * less memory and stays until all of them are closed.
   *
   * @return in the same order
   * @throws IllegalArgumentException if one of them is one that this compiler {@link #declines}
   */
  public List<CompiledProgram> compile(List<VerifiedProgram> programs) {
    Map<VerifiedProgram, CompiledProgram> compiled = new IdentityHashMap<>();
    for (List<VerifiedProgram> group : SharedClasses.of(programs)) {
      MethodNames names = new MethodNames();
      List<ProgramPlan> plans = new ArrayList<>();
      for (VerifiedProgram program : group) {
        refuseDeclined(program);
        plans.add(ProgramPlan.of(known(program, program.facts()), names));
      }
      List<CompiledProgram> loaded = ProgramLoader.load(plans);
      for (int i = 0; i < group.size(); i++) {
        compiled.put(group.get(i), loaded.get(i));
      }
    }
    return programs.stream().map(compiled::get).toList();
  }

  /** Compiles what {@code proof} allows to run, knowing {@code facts} of it, or nothing. */
  public CompiledProgram compile(Proof proof, @Nullable ProgramFacts facts) {
    refuseDeclined(proof);
    return ProgramLoader.load(plan(proof, facts));
  }

  private void refuseDeclined(Proof proof) {
    declines(proof)
        .ifPresent(
            why -> {
              throw new IllegalArgumentException(why);
            });
  }

  /** Returns the class that the program becomes as text: eBPF and C beside the bytecode. */
  public String listing(Proof proof, @Nullable ProgramFacts facts) {
    return ProgramLoader.listing(plan(proof, facts));
  }

  /** Returns the class file that the program becomes. */
  public byte[] classFile(Proof proof, @Nullable ProgramFacts facts) {
    return ProgramLoader.classFile(plan(proof, facts));
  }

  private ProgramPlan plan(Proof proof, @Nullable ProgramFacts facts) {
    return ProgramPlan.of(known(proof, facts));
  }

  private Knowledge known(Proof proof, @Nullable ProgramFacts facts) {
    return new Knowledge(proof, facts, Helpers::byId, options.checked(), options.maxMethodBytes());
  }
}
