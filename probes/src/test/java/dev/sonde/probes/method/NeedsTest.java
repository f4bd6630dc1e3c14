package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which helpers let a run go without an event, and which may wait for a lock. */
class NeedsTest {
  @ParameterizedTest
  @CsvSource({
    "1, true, false", // map_lookup_elem
    "2, true, true", // map_update_elem
    "3, true, true", // map_delete_elem
    "8, true, false", // get_smp_processor_id
    "130, false, true", // ringbuf_output: of many bytes, perhaps
    "131, true, true", // ringbuf_reserve
    "132, true, true", // ringbuf_submit
    "5, false, true", // ktime_get_ns: the event's clock
    "12, false, true", // tail_call: who knows what
    "14, false, true", // get_current_pid_tgid
    "27, false, true", // get_stackid
    "174, false, true", // get_attach_cookie
  })
  void aProgramNeedsWhatItsHelpersNeed(int helper, boolean none, boolean mayWait) {
    ResolvedProgram program = program("call " + helper + "\nexit\n");
    assertEquals(none, Needs.none(program));
    assertEquals(mayWait, Needs.mayWait(program));
  }

  @Test
  void whatCountsItsTurnsNeedsABeginning() {
    assertFalse(Needs.none(program("call local f\nexit\nf:\nmov %r0, 0\nexit\n")), "a function");
    String update = "call 2\nexit\n";
    try (BpfMap small = map(1024 - 8);
        BpfMap large = map(1024)) {
      assertTrue(Needs.none(program(update, small)));
      assertFalse(Needs.none(program(update, large)), "a copy of many bytes");
    }
  }

  @Test
  void whatWalksATrieNeedsABeginning() {
    try (BpfMap flat = map(8);
        BpfMap shallow = trie(1);
        BpfMap deep = trie(4)) {
      for (int helper = 1; helper <= 3; helper++) {
        String call = "call %d\nexit\n".formatted(helper);
        assertTrue(Needs.none(program(call, flat, shallow)), call);
        assertFalse(Needs.none(program(call, flat, deep)), call);
      }
    }
  }

  @Test
  void whatSearchesAHashOfAKnownSeedNeedsABeginning() {
    try (BpfMap seeded = hash(MapType.PERCPU_HASH, 0);
        BpfMap known = hash(MapType.PERCPU_HASH, MapFlags.ZERO_SEED)) {
      for (int helper : new int[] {1, 2, 3, 195}) {
        String call = "call %d\nexit\n".formatted(helper);
        assertTrue(Needs.none(program(call, seeded)), call);
        assertFalse(Needs.none(program(call, known)), call);
      }
    }
  }

  private static BpfMap hash(MapType type, int flags) {
    return Maps.create(MapSpec.of("keys", type, 4, 8, 1_000).withFlags(flags));
  }

  private static BpfMap trie(int dataBytes) {
    int flags = MapFlags.NO_PREALLOC;
    return Maps.create(MapSpec.of("trie", MapType.LPM_TRIE, 4 + dataBytes, 8, 4).withFlags(flags));
  }

  private static BpfMap map(int valueBytes) {
    return Maps.create(MapSpec.of("values", MapType.HASH, 4, valueBytes, 4));
  }

  private static ResolvedProgram program(String text, BpfMap... maps) {
    ProgramSpec bare = ProgramSpec.of("needs", ProgramType.KPROBE, Assembler.assemble(text));
    List<String> names = Stream.of(maps).map(map -> map.spec().name()).toList();
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            bare.insns(),
            names,
            List.of(),
            bare.license(),
            bare.subprograms(),
            bare.lines(),
            bare.btf());
    return new ResolvedProgram(spec, List.of(maps), List.of());
  }
}
