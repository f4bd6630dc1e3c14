package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadOnlyMapTest {
  /** Its content was folded into the proof: a write would make the proof wrong. */
  @Test
  void noHelperWritesIntoAMapThatTheProgramMayOnlyRead() {
    MapSpec spec = MapSpec.of(".rodata", MapType.ARRAY, 4, 8, 1).withFlags(MapFlags.RDONLY_PROG);
    List<Insn> insns =
        List.of(
            new Insn(0x7a, 10, 0, -8, 0), // *(u64 *)(r10 - 8) = 0
            new Insn(0xbf, 2, 10, 0, 0),
            new Insn(0x07, 2, 0, 0, -8),
            new Insn(0xbf, 3, 2, 0, 0),
            new Insn(0x18, 1, 1, 0, 0),
            new Insn(0, 0, 0, 0, 0),
            new Insn(0xb7, 4, 0, 0, 0),
            new Insn(0x85, 0, 0, 0, 2), // bpf_map_update_elem
            new Insn(0xb7, 0, 0, 0, 0),
            new Insn(0x95, 0, 0, 0, 0));
    ProgramSpec bare = ProgramSpec.of("update", ProgramType.KPROBE, insns);
    ProgramSpec program =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            List.of(".rodata"),
            List.of(),
            "GPL",
            bare.subprograms(),
            List.of(),
            null);
    try (BpfMap map = Maps.create(spec)) {
      VerificationException rejection =
          assertThrows(
              VerificationException.class,
              () ->
                  Verifier.verify(
                      new ResolvedProgram(program, List.of(map), List.of()),
                      new VerifierOptions(1, false, VerifierOptions.KERNEL_LIMIT_INSNS)));
      assertEquals(Errno.EACCES, rejection.errno());
      assertEquals(true, rejection.log().contains("write into map forbidden"), rejection.log());
    }
  }
}
