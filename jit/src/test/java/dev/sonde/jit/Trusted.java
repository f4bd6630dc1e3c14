package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A proof of programs that the test knows to be safe: everything is reached, every access plain.
 */
record Trusted(ResolvedProgram program) implements Proof {
  static Trusted of(String name, List<Insn> insns, BpfMap... maps) {
    return of(name, ProgramType.KPROBE, insns, maps);
  }

  static Trusted of(String name, ProgramType type, List<Insn> insns, BpfMap... maps) {
    List<String> names = IntStream.range(0, maps.length).mapToObj(i -> "map" + i).toList();
    ProgramSpec spec =
        new ProgramSpec(
            name,
            "",
            type,
            insns,
            names,
            List.of(),
            "GPL",
            List.of(new SubprogramSpec(0, name, 0, false)),
            List.of(),
            null);
    return new Trusted(new ResolvedProgram(spec, List.of(maps), List.of()));
  }

  @Override
  public boolean isReached(int insn) {
    return true;
  }

  @Override
  public Memory memory(int insn) {
    return Memory.PLAIN;
  }

  /** Returns this thread's slot, for a run that may loop for as long as a busy machine needs. */
  static CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    slot.beginRun(600_000_000_000L);
    return slot;
  }
}
