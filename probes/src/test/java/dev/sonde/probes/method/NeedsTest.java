package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
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
    "130, true, true", // ringbuf_output
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

  private static ResolvedProgram program(String text) {
    return new ResolvedProgram(
        ProgramSpec.of("needs", ProgramType.KPROBE, Assembler.assemble(text)),
        List.of(),
        List.of());
  }
}
