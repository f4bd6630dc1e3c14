package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.btf.PoisonedInsn;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;

/** Calls between functions of the program, and the way back: V-22, V-71, V-120, V-122. */
final class Calls {
  private final Step step;
  private final HelperCalls helpers;
  private final Globals globals;

  Calls(Step step) {
    this.step = step;
    helpers = new HelperCalls(step, this);
    globals = new Globals(step, new StackObjects(step));
  }

  int run(Insn insn) {
    boolean clean =
        insn.opcode() == Opcodes.CALL
            && insn.dst() == 0
            && insn.src() <= Opcodes.PSEUDO_KFUNC_CALL
            && (insn.off() == 0
                || insn.src() == Opcodes.PSEUDO_KFUNC_CALL
                || PoisonedInsn.is(insn)); // refused below, by its own name
    if (!clean) {
      throw invalid("BPF_CALL uses reserved fields");
    }
    if (!insn.isPseudoCall()) {
      helpers.run(insn);
      return step.at() + 1;
    }
    int subprogram = step.flow().subprogramAt(step.at() + 1 + insn.imm());
    State state = step.state();
    for (int i = 1; i <= 5; i++) {
      step.facts().escapes(step.at(), state.reg(i));
    }
    if (globals.isGlobal(subprogram)) {
      globals.call(subprogram);
      return step.at() + 1;
    }
    Frame callee = enter(state, subprogram, CallbackKind.NONE);
    for (int i = 1; i <= 5; i++) {
      callee.setReg(i, state.reg(i));
    }
    step.forgetArguments(state.own(state.current()));
    state.setReg(0, Reg.NOT_INIT);
    state.push(callee);
    return step.flow().start(subprogram);
  }

  private Frame enter(State state, int subprogram, CallbackKind kind) {
    if (state.depth() >= Opcodes.MAX_CALL_FRAMES) {
      throw new Rejection(
          Errno.E2BIG, "the call stack of %d frames is too deep".formatted(state.depth() + 1));
    }
    return Frame.enter(state.depth(), subprogram, step.at(), kind);
  }

  /** Adds the way where the helper runs the callback once more. */
  void callback(int subprogram, Reg... arguments) {
    State turn = step.state().copy();
    Frame callee = enter(turn, subprogram, CallbackKind.SYNC);
    for (int i = 0; i < arguments.length; i++) {
      callee.setReg(i + 1, arguments[i]);
    }
    turn.setCallbackDepth(turn.callbackDepth() + 1);
    Frame caller = turn.own(turn.current());
    caller.setCallbackDepth(caller.callbackDepth() + 1);
    turn.push(callee);
    State here = step.state();
    here.own(here.current()).setCallbackDepth(0);
    step.path().branch(turn, step.flow().start(subprogram));
  }

  int exit() {
    State state = step.state();
    Frame callee = state.frame();
    if (callee.number() == 0) {
      exitOutermost(state, callee);
      return Step.END;
    }
    Reg result = state.reg(0);
    if (result.kind() == RegKind.STACK) {
      throw invalid("cannot return stack pointer to the caller");
    }
    if (callee.callback() == CallbackKind.SYNC) {
      requireCallbackResult(result);
      state.pop();
      step.path().widen(state, callee.callSite());
      return callee.callSite();
    }
    state.pop();
    state.setReg(0, result);
    return callee.callSite() + 1;
  }

  private void exitOutermost(State state, Frame frame) {
    References.requireNone(state, "BPF_EXIT instruction in main prog");
    SpecialFields.requireUnlocked(state, "BPF_EXIT instruction in main prog");
    step.requireReadable(0);
    if (step.leaks(0)) {
      throw denied("R0 leaks addr as return value");
    }
    Reg result = state.reg(0);
    if (frame.callback() == CallbackKind.ASYNC) {
      if (!result.isScalar()) {
        throw invalid(
            "At async callback return the register R0 is not a known value (%s)"
                .formatted(result.typeText()));
      }
      step.path().precise(0);
      requireResult("At async callback return", result.var(), 0);
    } else if (frame.subprogram() != 0 && !result.isScalar()) {
      throw invalid(
          "At subprogram exit the register R0 is not a scalar value (%s)"
              .formatted(result.typeText()));
    }
  }

  private void requireCallbackResult(Reg result) {
    if (!result.isScalar()) {
      throw denied("R0 not a scalar value");
    }
    step.path().precise(0);
    requireResult("At callback return", result.var(), 1);
  }

  private static void requireResult(String where, Scalar value, int greatest) {
    if (value.smin() < 0 || value.smax() > greatest) {
      String range =
          (value.smin() == Long.MIN_VALUE ? "" : " smin=" + value.smin())
              + (value.smax() == Long.MAX_VALUE ? "" : " smax=" + value.smax());
      throw invalid(
          "%s the register R0 has%s should have been in [0, %d]"
              .formatted(where, range.isEmpty() ? " unknown scalar value" : range, greatest));
    }
  }
}
