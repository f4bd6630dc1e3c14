package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.SubprogramSpec;
import org.jspecify.annotations.Nullable;

/**
 * Calls of global functions: each is proved once, on its own, for all arguments that its prototype
 * allows; a call only has to pass such arguments (V-121).
 */
final class Globals {
  private final Step step;
  private final StackObjects objects;
  private final @Nullable SubprogramSpec[] functions; // by subprogram, null: not global
  private final @Nullable Prototype[] prototypes;

  Globals(Step step, StackObjects objects) {
    this.step = step;
    this.objects = objects;
    ProgramSpec program = step.program().spec();
    functions = new SubprogramSpec[step.flow().subprograms()];
    prototypes = new Prototype[functions.length];
    for (SubprogramSpec function : program.subprograms()) {
      int subprogram = step.flow().subprogramAt(function.firstInsn());
      if (subprogram >= 0 && function.global() && program.btf() != null) {
        functions[subprogram] = function;
      }
    }
  }

  boolean isGlobal(int subprogram) {
    return functions[subprogram] != null;
  }

  /** Checks the arguments; after the call r0 is any number. */
  void call(int subprogram) {
    SubprogramSpec function = functions[subprogram];
    if (function == null) {
      throw new IllegalArgumentException("subprogram " + subprogram + " is not global");
    }
    Prototype prototype;
    if (step.state().lockId() != 0) {
      throw invalid(
          "global function calls are not allowed while holding a lock,\n"
              + "use static function instead");
    }
    try {
      prototype = prototype(subprogram, function);
      for (int i = 0; i < prototype.parameters().size(); i++) {
        pass(i, prototype.parameters().get(i));
      }
    } catch (Rejection rejection) {
      throw new Rejection(
          rejection.errno(),
          "%s\nCaller passes invalid args into func#%d ('%s')"
              .formatted(rejection.getMessage(), subprogram, function.name()));
    }
    step.path().begins(entry(subprogram, prototype), step.flow().start(subprogram));
    State state = step.state();
    if (step.flow().changesPacket(subprogram)) {
      HelperCalls.losePackets(state);
    }
    step.forgetArguments(state.own(state.current()));
    step.setReg(0, Reg.UNKNOWN);
  }

  private Prototype prototype(int subprogram, SubprogramSpec function) {
    Prototype known = prototypes[subprogram];
    if (known == null) {
      known = Prototype.of(step.program().spec(), function);
      prototypes[subprogram] = known;
    }
    return known;
  }

  private void pass(int index, Prototype.Parameter parameter) {
    int regno = index + 1;
    Reg reg = step.reg(regno);
    switch (parameter.kind()) {
      case NUMBER -> {
        if (!reg.isScalar()) {
          throw invalid("R%d is not a scalar".formatted(regno));
        }
      }
      case CONTEXT -> {
        if (reg.kind() != RegKind.CTX) {
          throw invalid("arg#%d expects pointer to ctx".formatted(index));
        }
        Region.requireUnmoved(regno, reg);
      }
      case MEMORY -> memory(index, reg, parameter);
      case DYNPTR -> objects.requireDynptr(regno, index);
      case STRUCT -> struct(regno, reg, parameter);
    }
  }

  private static void struct(int regno, Reg reg, Prototype.Parameter parameter) {
    if (parameter.nullable() && reg.isConstant(0)) {
      return;
    }
    int flags = parameter.nullable() ? reg.flags() & ~Reg.MAYBE_NULL : reg.flags();
    if (reg.kind() != RegKind.BTF_ID || flags != 0) {
      throw denied(
          "R%d type=%s expected=ptr_, trusted_ptr_, rcu_ptr_".formatted(regno, reg.typeText()));
    }
    if (!parameter.struct().equals(reg.of()) || reg.off() != 0) {
      throw denied(
          "R%d is of type %s but %s is expected".formatted(regno, reg.of(), parameter.struct()));
    }
    Region.requireUnmoved(regno, reg);
  }

  private void memory(int index, Reg reg, Prototype.Parameter parameter) {
    boolean missing = reg.isConstant(0);
    if (!parameter.nullable() && (missing || reg.maybeNull())) {
      throw invalid("arg#%d is expected to be non-NULL".formatted(index));
    }
    if (missing) {
      return;
    }
    int regno = index + 1;
    step.state().setReg(regno, reg.withFlags(reg.flags() & ~Reg.MAYBE_NULL));
    HelperMemory memory = new HelperMemory(step, new StackMemory(step));
    memory.requirePassable(regno, parameter.sizeBytes());
  }

  /** Returns all executions of the function together. */
  private State entry(int subprogram, Prototype prototype) {
    State entry = State.entry(subprogram, CallbackKind.NONE);
    for (int i = 0; i < prototype.parameters().size(); i++) {
      Prototype.Parameter parameter = prototype.parameters().get(i);
      Reg reg =
          switch (parameter.kind()) {
            case NUMBER -> Reg.UNKNOWN;
            case CONTEXT -> Reg.pointer(RegKind.CTX);
            case DYNPTR -> StackObjects.passed();
            case MEMORY -> Reg.pointer(RegKind.MEM, parameter.sizeBytes(), null);
            case STRUCT -> Reg.pointer(RegKind.BTF_ID, 0, parameter.struct());
          };
      boolean nullable = parameter.nullable();
      entry.setReg(i + 1, nullable ? reg.withFlags(Reg.MAYBE_NULL).withId(step.newId()) : reg);
    }
    return entry;
  }
}
