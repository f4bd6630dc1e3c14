package dev.sonde.verifier.require;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.vm.helper.HelperProto;
import org.jspecify.annotations.Nullable;

/** What a step found about an insn in one state; whoever listens unites it over all states. */
public interface Facts {
  /** For whom nothing is to be remembered. */
  Facts NONE =
      new Facts() {
        @Override
        public void reached(int insn) {}

        @Override
        public void access(int insn, Reg pointer, int frame, int off, int size, boolean write) {}

        @Override
        public void branch(int insn, boolean taken) {}

        @Override
        public void defined(int insn, Reg value) {}

        @Override
        public void call(int insn, HelperProto proto, Reg[] arguments, CallFacts call) {}

        @Override
        public void escapes(int insn, Reg pointer) {}

        @Override
        public void stackDepth(int subprogram, int bytes) {}
      };

  void reached(int insn);

  /**
   * @param frame the frame in which the insn runs
   * @param off the insn's own offset, to which the pointer's is still to be added
   */
  void access(int insn, Reg pointer, int frame, int off, int size, boolean write);

  void branch(int insn, boolean taken);

  void defined(int insn, Reg value);

  void call(int insn, HelperProto proto, Reg[] arguments, CallFacts call);

  /** A pointer to a frame or to the context goes where its uses cannot be followed by insn. */
  void escapes(int insn, Reg pointer);

  void stackDepth(int subprogram, int bytes);

  /**
   * @param key the constant key, null if it is not known
   * @param nonNull whether the returned pointer needs no check
   */
  record CallFacts(@Nullable Long key, boolean nonNull) {}
}
