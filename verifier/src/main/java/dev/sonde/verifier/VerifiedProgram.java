package dev.sonde.verifier;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;

/** A program that the certificate checker has proved safe. Only the verifier makes one. */
public final class VerifiedProgram implements Proof {
  private final ResolvedProgram program;
  private final ProgramFacts facts;
  private final VerifierStats stats;
  private final String log;

  VerifiedProgram(ResolvedProgram program, ProgramFacts facts, VerifierStats stats, String log) {
    this.program = program;
    this.facts = facts;
    this.stats = stats;
    this.log = log;
  }

  @Override
  public ResolvedProgram program() {
    return program;
  }

  @Override
  public boolean isReached(int insn) {
    return facts.reached().get(insn);
  }

  @Override
  public Memory memory(int insn) {
    ProgramFacts.Access access = facts.accesses().get(insn);
    if (access == null) {
      return Memory.PLAIN;
    }
    return switch (access.region()) {
      case CONTEXT -> Memory.CONTEXT;
      case UNTRUSTED -> Memory.UNTRUSTED;
      case STACK, MAP_VALUE, MAP_KEY, PACKET, MEM, RINGBUF_MEM, BUFFER, MIXED -> Memory.PLAIN;
    };
  }

  /**
   * Returns what the checker's pass proved of each insn: the only thing that an engine may trust.
   */
  public ProgramFacts facts() {
    return facts;
  }

  public VerifierStats stats() {
    return stats;
  }

  /** Returns the log at the level that was asked for; "" at level 0. */
  public String log() {
    return log;
  }
}
