package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.ringbuf.RingLayout;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;

/**
 * The program behind every trigger: it writes its attachment's cookie into a ring. Verified and
 * compiled as any other, so that a trigger can do the application no harm.
 */
final class TriggerProgram implements AutoCloseable {
  private static final String CODE =
      """
      call 174                 # bpf_get_attach_cookie(ctx)
      stxdw [%r10-8], %r0
      lddw %r1, map 0
      mov %r2, %r10
      add %r2, -8
      mov %r3, 8
      mov %r4, 0
      call 130                 # bpf_ringbuf_output(ring, &cookie, 8, 0)
      mov %r0, 0
      exit
      """;

  private static final int RING_BYTES = 4096;

  private final RingbufMap ring;
  private final ExecutableProgram executable;

  private TriggerProgram(RingbufMap ring, ExecutableProgram executable) {
    this.ring = ring;
    this.executable = executable;
  }

  static TriggerProgram load(JitMode jit) {
    MapSpec spec = MapSpec.of("triggers", MapType.RINGBUF, 0, 0, RING_BYTES);
    RingbufMap ring = (RingbufMap) Maps.create(spec);
    try {
      ProgramSpec program =
          new ProgramSpec(
              "trigger",
              "",
              ProgramType.KPROBE,
              Assembler.assemble(CODE),
              List.of("triggers"),
              List.of(),
              "GPL",
              List.of(new SubprogramSpec(0, "trigger", 0, false)),
              List.of(),
              null);
      ResolvedProgram resolved = new ResolvedProgram(program, List.of(ring), List.of());
      VerifierOptions options = new VerifierOptions(0, false, 1000);
      return new TriggerProgram(ring, Engines.executable(Verifier.verify(resolved, options), jit));
    } catch (VerificationException impossible) {
      ring.close();
      throw new IllegalStateException("trigger program: " + impossible.log(), impossible);
    }
  }

  /** Returns where the cookies of triggers that were pulled arrive. */
  RingbufMap ring() {
    return ring;
  }

  ExecutableProgram executable() {
    return executable;
  }

  /** Ends a wait of the ring's reader, by a record that nobody takes; a full ring needs none. */
  void wake() {
    long record = ring.reserve(8);
    if (record != 0) {
      ring.discard(record, RingLayout.FORCE_WAKEUP);
    }
  }

  @Override
  public void close() {
    executable.close();
    ring.close();
  }
}
