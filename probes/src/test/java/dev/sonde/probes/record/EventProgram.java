package dev.sonde.probes.record;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A program whose code is Java and that says which helpers it calls. */
public final class EventProgram implements ExecutableProgram {
  /** What runs. */
  public interface Body {
    void run(CarrierSlot slot, long context);
  }

  private final ResolvedProgram program;
  private final Body body;
  public final AtomicLong runs = new AtomicLong();

  private EventProgram(ProgramType type, Body body, int... helpers) {
    List<Insn> insns = new ArrayList<>();
    for (int helper : helpers) {
      insns.add(new Insn(Opcodes.CALL, 0, 0, 0, helper));
    }
    program = new ResolvedProgram(ProgramSpec.of("test", type, insns), List.of(), List.of());
    this.body = body;
  }

  public static EventProgram of(ProgramType type, Body body, int... helpers) {
    return new EventProgram(type, body, helpers);
  }

  public static EventProgram counting() {
    return new EventProgram(ProgramType.KPROBE, (slot, context) -> {});
  }

  @Override
  public ResolvedProgram program() {
    return program;
  }

  @Override
  public long run(CarrierSlot slot, long contextAddress) {
    runs.incrementAndGet();
    body.run(slot, contextAddress);
    return 0;
  }

  @Override
  public long runTail(CarrierSlot slot, long contextAddress) {
    return run(slot, contextAddress);
  }

  @Override
  public Optional<MethodHandle> scalarEntry() {
    return Optional.empty();
  }

  @Override
  public List<ContextField> scalarFields() {
    return List.of();
  }

  @Override
  public void close() {}
}
