package dev.sonde.probes.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.helper.TaskHelpers;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a target's name and scope mean, on real programs that count by themselves; needs root. */
@EnabledOnOs(OS.LINUX)
class NativeNamesTest {
  private final NativeAttacher attacher = new NativeAttacher(new JavaFrames());

  @BeforeEach
  void permitted() {
    assumeTrue(
        PerfAccess.of(Linux.running()).system(), "perf events of others are not permitted here");
  }

  @Test
  void aCppFunctionIsHitByEachOfItsNames() throws IOException {
    Path file = NativeTargetProcess.shapes();
    List<String> names =
        List.of(
            "_ZN6shapes6Circle4areaEi",
            "shapes::Circle::area(int)",
            "shapes::Circle::area(double)",
            "shapes::Circle::area", // both
            "shapes::Circle::*", // these and count
            "shapes::twice*",
            "_ZN6shapes6Circle4area*");
    List<EventProgram> programs = names.stream().map(name -> EventProgram.counting()).toList();
    try (NativeTargetProcess target = NativeTargetProcess.start(file)) {
      List<Attachment> all = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        all.add(
            on(programs.get(i), file, names.get(i), ProcessScope.process(target.pid()), "uprobe"));
      }
      Link link = attacher.attach(all);
      assertEquals(100, target.run("shapes 100"));
      List<Integer> places = link.status().stream().map(status -> status.matches()).toList();
      link.close();
      assertEquals(List.of(1, 1, 1, 2, 3, 1, 2), places);
    }
    List<Long> runs = programs.stream().map(p -> p.runs.get()).collect(Collectors.toList());
    assertEquals(List.of(100L, 100L, 100L, 200L, 300L, 100L, 200L), runs);
  }

  @Test
  void theSystemsScopeSeesEveryProcessAndTheirThreadsExactly() throws IOException {
    Path file = NativeTargetProcess.binary();
    Map<Integer, Integer> byPid = new ConcurrentHashMap<>();
    EventProgram entries =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) ->
                byPid.merge((int) (TaskHelpers.getCurrentPidTgid(slot) >>> 32), 1, Integer::sum));
    EventProgram returns = EventProgram.counting();
    try (NativeTargetProcess first = NativeTargetProcess.start();
        NativeTargetProcess second = NativeTargetProcess.start()) {
      Link link =
          attacher.attach(
              List.of(
                  on(entries, file, "counted", ProcessScope.SYSTEM, "uprobe"),
                  on(returns, file, "counted", ProcessScope.SYSTEM, "uretprobe")));
      assertEquals(300, first.run("call 300"));
      assertEquals(700, second.run("call 700"));
      assertEquals(450, first.run("thread 150"));
      try (NativeTargetProcess late = NativeTargetProcess.start()) {
        assertEquals(50, late.run("call 50"));
        link.close();
        assertEquals(Map.of(first.pid(), 450, second.pid(), 700, late.pid(), 50), byPid);
      }
      assertEquals(1200, returns.runs.get());
      assertEquals(0, link.status().get(0).lost());
    }
  }

  /** What the warning offers is cheaper, counts the same and sees the same arguments. */
  @Test
  void theCheaperAddressThatIsOfferedSeesTheSame() throws IOException {
    Path file = NativeTargetProcess.binary();
    List<Long> offered = Collections.synchronizedList(new ArrayList<>());
    List<Long> entered = Collections.synchronizedList(new ArrayList<>());
    try (NativeTargetProcess target = NativeTargetProcess.start()) {
      ProcessScope scope = ProcessScope.process(target.pid());
      Link dear = attacher.attach(List.of(on(taking(entered), file, "guarded", scope, "uprobe")));
      List<String> warnings = dear.status().get(0).warnings();
      assertEquals(1, warnings.size(), warnings::toString);
      String warning = warnings.get(0);
      assertTrue(warning.contains("because endbr64 is single-stepped"), warning);
      String address = warning.substring(warning.indexOf("; ") + 2, warning.indexOf(" sees"));
      assertEquals("uprobe/%s:guarded+0x4".formatted(file), address);
      Link cheap =
          attacher.attach(
              List.of(
                  new Attachment(taking(offered), NativeTarget.parse(address).withScope(scope))));
      assertEquals(List.of(), cheap.status().get(0).warnings());
      assertEquals(400, target.run("guard 400"));
      cheap.close();
      dear.close();
    }
    assertEquals(400, entered.size());
    assertEquals(entered, offered);
    assertEquals(399L, entered.get(399));
  }

  @Test
  void ofManyPlacesTheOneThatCannotBeProbedIsLeftOutAndSaid() throws IOException {
    Path file = NativeTargetProcess.binary();
    EventProgram program = EventProgram.counting();
    try (NativeTargetProcess target = NativeTargetProcess.start()) {
      ProcessScope scope = ProcessScope.process(target.pid());
      Link link = attacher.attach(List.of(on(program, file, "begin_*", scope, "uprobe")));
      target.run("begin 3");
      assertEquals(14, link.status().get(0).matches());
      List<String> refused = link.status().get(0).refused();
      assertEquals(1, refused.size(), refused::toString);
      assertTrue(
          refused.get(0).startsWith("sonde-target:begin_14: the kernel cannot"), refused::toString);
      link.close();
      assertEquals(2000, program.runs.get());
    }
  }

  @Test
  void aCounterOfTheCpuCountsOrIsSaidToBeMissing() throws IOException {
    EventProgram program = EventProgram.of(ProgramType.PERF_EVENT, (slot, ctx) -> {});
    try (NativeTargetProcess target = NativeTargetProcess.start()) {
      Attachment cycles =
          new Attachment(
              program,
              NativeTarget.parse("perf_event/cycles:1000000")
                  .withScope(ProcessScope.process(target.pid())));
      if (PerfAccess.of(Linux.running()).hardware()) {
        Link link = attacher.attach(List.of(cycles));
        target.run("spin 300");
        link.close();
        assertTrue(program.runs.get() > 0, "no cycles in 300 ms");
      } else {
        AttachException e =
            assertThrows(AttachException.class, () -> attacher.attach(List.of(cycles)));
        assertTrue(
            e.getMessage().contains("CPU shows no counters")
                && e.getMessage().contains("cpu-clock"),
            e::getMessage);
      }
    }
  }

  /** Where the kernel has them; else this is tested behind the fake alone. */
  @Test
  void aKernelFunctionIsCounted() throws IOException {
    assumeTrue(
        Pmus.running().has("kprobe"), "this kernel has no kprobes: tested behind the fake alone");
    EventProgram entries = EventProgram.counting();
    EventProgram returns = EventProgram.counting();
    try (NativeTargetProcess target = NativeTargetProcess.start()) {
      ProcessScope scope = ProcessScope.process(target.pid());
      Link link =
          attacher.attach(
              List.of(
                  new Attachment(entries, NativeTarget.parse("kprobe/ksys_write").withScope(scope)),
                  new Attachment(
                      returns, NativeTarget.parse("kretprobe/ksys_write").withScope(scope))));
      target.run("write 500");
      link.close();
      assertTrue(entries.runs.get() >= 500, () -> entries.runs + " of 500");
      assertTrue(returns.runs.get() >= 500, () -> returns.runs + " of 500");
    }
  }

  private static EventProgram taking(List<Long> arguments) {
    return EventProgram.of(
        ProgramType.KPROBE,
        (slot, ctx) -> arguments.add(RawMemory.getLong(ctx + PtRegs.DI.offsetBytes())));
  }

  private static Attachment on(
      EventProgram program, Path file, String symbol, ProcessScope scope, String kind) {
    return new Attachment(
        program, NativeTarget.parse(kind + "/" + file + ":" + symbol).withScope(scope));
  }
}
