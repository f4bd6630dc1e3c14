package dev.sonde.probes.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.helper.ProbeReadHelpers;
import dev.sonde.vm.helper.StackHelpers;
import dev.sonde.vm.helper.TaskHelpers;
import dev.sonde.vm.helper.TimeHelpers;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real probes on a C program that counts what it does; needs root. */
@EnabledOnOs(OS.LINUX)
class NativeAttacherTest {
  private final NativeAttacher attacher = new NativeAttacher(new JavaFrames());
  private NativeTargetProcess target;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        PerfAccess.of(Linux.running()).system(), "perf events of others are not permitted here");
    target = NativeTargetProcess.start();
  }

  @AfterEach
  void stop() throws IOException {
    if (target != null) {
      target.close();
    }
  }

  @Test
  void everyCallOfEveryThreadIsCountedAlsoOfThoseStartedLater() throws IOException {
    EventProgram entries = EventProgram.counting();
    EventProgram returns = EventProgram.counting();
    Link link = attach(on(entries, "uprobe/%s:counted"), on(returns, "uretprobe/%s:counted"));
    assertEquals(1000, target.run("call 1000"));
    assertEquals(1500, target.run("thread 500"));
    link.close();
    assertEquals(1500, entries.runs.get());
    assertEquals(1500, returns.runs.get());
    assertEquals(1500, link.status().get(0).runCount());
    assertEquals(0, link.status().get(0).lost());
    assertEquals(1510, target.run("call 10"));
    assertEquals(1500, entries.runs.get(), "runs after detaching");
  }

  @Test
  void argumentsResultTimeAndThreadAreThoseOfTheEvent() throws IOException {
    List<long[]> seen = Collections.synchronizedList(new ArrayList<>());
    EventProgram entry =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) ->
                seen.add(
                    new long[] {
                      0,
                      register(ctx, PtRegs.DI),
                      TimeHelpers.ktimeGetNs(slot),
                      TaskHelpers.getCurrentPidTgid(slot)
                    }));
    EventProgram exit =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) ->
                seen.add(
                    new long[] {
                      1,
                      register(ctx, PtRegs.AX),
                      TimeHelpers.ktimeGetNs(slot),
                      TaskHelpers.getCurrentPidTgid(slot)
                    }));
    long before = System.nanoTime();
    Link link = attach(on(entry, "uprobe/%s:counted"), on(exit, "uretprobe/%s:counted"));
    target.run("call 50");
    link.close();
    long after = System.nanoTime();
    assertEquals(100, seen.size());
    long last = before;
    for (int i = 0; i < 50; i++) {
      long[] entered = seen.get(2 * i);
      long[] returned = seen.get(2 * i + 1);
      assertEquals(List.of(0L, (long) i), List.of(entered[0], entered[1]), "entry " + i);
      assertEquals(List.of(1L, 2L * i + 1), List.of(returned[0], returned[1]), "return " + i);
      assertTrue(last <= entered[2] && entered[2] <= returned[2] && returned[2] <= after);
      assertEquals((long) target.pid() << 32 | target.pid(), entered[3]);
      last = returned[2];
    }
  }

  @Test
  void memoryOfTheEventIsReadFromTheCopyOfItsStack() throws IOException {
    List<String> texts = Collections.synchronizedList(new ArrayList<>());
    List<String> comms = Collections.synchronizedList(new ArrayList<>());
    EventProgram program =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) -> {
              long buffer = slot.helperScratch();
              long length =
                  ProbeReadHelpers.probeReadUserStr(slot, buffer, 32, register(ctx, PtRegs.SI));
              texts.add(text(buffer, (int) length - 1));
              TaskHelpers.getCurrentComm(slot, buffer, 16);
              comms.add(text(buffer, 12));
            },
            114);
    Link link = attach(on(program, "uprobe/%s:counted"));
    target.run("thread 20"); // the thread, and with it the memory, is gone when the program runs
    link.close();
    assertEquals(Collections.nCopies(20, "hello from a stack"), texts);
    assertEquals(Collections.nCopies(20, "sonde-target"), comms);
  }

  @Test
  void memoryBehindArgumentsIsThatOfTheEvent() throws IOException {
    List<String> texts = Collections.synchronizedList(new ArrayList<>());
    EventProgram program =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) -> {
              long buffer = slot.helperScratch();
              ProbeReadHelpers.probeReadUserStr(slot, buffer, 32, register(ctx, PtRegs.SI));
              texts.add(text(buffer, 6));
            },
            114);
    Link link = attach(on(program, "uprobe/%s:counted"));
    target.run("heap 200"); // changes the text after each call, then frees it
    link.close();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      expected.add("h%05d".formatted(i));
    }
    assertEquals(expected, texts);
  }

  @Test
  void offsetsFileOffsetsAndGlobsNameTheSamePlaces() throws IOException {
    EventProgram offset = EventProgram.counting();
    EventProgram glob = EventProgram.counting();
    EventProgram file = EventProgram.counting();
    Link link =
        attach(
            on(offset, "uprobe/%s:counted+1"),
            on(glob, "uprobe/%s:count?d"),
            on(file, "uprobe/%s:0x" + Long.toHexString(fileOffset("counted"))));
    target.run("call 100");
    link.close();
    assertEquals(100, offset.runs.get());
    assertEquals(100, glob.runs.get());
    assertEquals(100, file.runs.get());
  }

  @Test
  void aStaticProbeIsWatchedByItsSemaphoreAndFoundByGlob() throws IOException {
    EventProgram program = EventProgram.counting();
    assertEquals(0, target.run("usdt 5"), "watched before");
    Link link = attach(on(program, "usdt/%s:sonde:pas*"));
    assertEquals(200, target.run("usdt 200"), "the semaphore is raised");
    link.close();
    assertEquals(200, program.runs.get());
    assertEquals(0, target.run("usdt 5"), "the semaphore is lowered again");
  }

  @Test
  void aSingleSteppedPlaceIsWarnedOfWithItsPrice() throws IOException {
    Link link = attach(on(EventProgram.counting(), "uprobe/%s:stepped"));
    List<String> warnings = link.status().get(0).warnings();
    link.close();
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(
        warnings.get(0).startsWith("sonde-target:stepped: each call costs 12 to 55 us"),
        warnings::toString);
  }

  /** What is warned of is what is dear: every kind of first insn, as the kernel treats it. */
  @Test
  void theWarningIsTrueOfEveryKindOfInsn() throws IOException {
    List<String> cheap = List.of("nop", "push", "push r12", "jmp", "call", "jz", "nop5");
    List<String> dear = List.of("nop9", "lea", "endbr64", "sub", "mov", "xor", "ret");
    long[] nanos = new long[cheap.size() + dear.size()];
    boolean[] warned = new boolean[nanos.length];
    for (int i = 0; i < nanos.length; i++) {
      Link link = attach(on(EventProgram.counting(), "uprobe/%s:begin_" + i));
      nanos[i] = target.run("begin " + i);
      warned[i] = !link.status().get(0).warnings().isEmpty();
      link.close();
    }
    String seen = cheap + " " + dear + ": " + Arrays.toString(nanos) + Arrays.toString(warned);
    System.out.println(seen);
    long emulated = nanos[0];
    for (int i = 0; i < nanos.length; i++) {
      assertEquals(nanos[i] > 2 * emulated + 1000, warned[i], "insn " + i + " of " + seen);
    }
  }

  @Test
  void anInsnThatTheKernelCannotProbeIsSaid() {
    assertRefused("uprobe/%s:begin_14", "cannot probe the insn there");
  }

  @Test
  void userStacksReachTheStartOfTheThread() throws IOException {
    List<Long> depths = Collections.synchronizedList(new ArrayList<>());
    EventProgram program =
        EventProgram.of(
            ProgramType.KPROBE,
            (slot, ctx) -> {
              long buffer = RawMemory.allocateZeroed(512);
              depths.add(StackHelpers.getStack(slot, ctx, buffer, 512, 256) / 8);
              RawMemory.free(buffer);
            },
            67);
    Link link = attach(on(program, "uprobe/%s:counted"));
    target.run("call 10");
    link.close();
    assertEquals(10, depths.size());
    assertTrue(depths.stream().allMatch(depth -> depth >= 4), depths::toString); // .. main, start
  }

  @Test
  void cpuClockSamplesTheProcessThatBurnsCpu() throws IOException {
    List<Long> places = Collections.synchronizedList(new ArrayList<>());
    EventProgram program =
        EventProgram.of(
            ProgramType.PERF_EVENT, (slot, ctx) -> places.add(register(ctx, PtRegs.IP)));
    Link link = attach(on(program, "perf_event/cpu-clock:997hz"));
    target.run("spin 500");
    link.close();
    assertTrue(places.size() > 100 && places.size() < 1000, () -> places.size() + " samples");
  }

  @Test
  void pageFaultsAndContextSwitchesAreCounted() throws IOException {
    EventProgram switches = EventProgram.of(ProgramType.PERF_EVENT, (slot, ctx) -> {});
    Link link = attach(on(switches, "perf_event/context-switches:1"));
    for (int i = 0; i < 50; i++) {
      target.run("usdt 1"); // waits for the next command each time
    }
    link.close();
    assertTrue(switches.runs.get() >= 50, () -> switches.runs.get() + " switches");
  }

  @Test
  void aTargetThatDiesLeavesTheLinkUsable() throws IOException {
    EventProgram program = EventProgram.counting();
    Link link = attach(on(program, "uprobe/%s:counted"));
    target.run("call 30");
    target.close();
    link.close();
    assertEquals(30, program.runs.get());
    AttachException gone =
        assertThrows(AttachException.class, () -> attach(on(program, "uprobe/%s:counted")));
    assertTrue(gone.getMessage().contains("ESRCH"), gone::getMessage);
  }

  /** While places are sought, events opened, events on, being read, closed: wherever it hits. */
  @Test
  void aTargetThatDiesAtAnyStageIsALinkOrAnError() throws Exception {
    attach(on(EventProgram.counting(), "uprobe/%s:counted")).close();
    long descriptors = count("/proc/self/fd");
    int links = 0;
    for (int round = 0; round < 16; round++) {
      NativeTargetProcess victim = NativeTargetProcess.start();
      target.close();
      target = victim;
      long delayNanos = round * 2_000_000L;
      Thread killer =
          new Thread(
              () -> {
                LockSupport.parkNanos(delayNanos);
                victim.kill();
              });
      Attachment[] all = {
        on(EventProgram.counting(), "uprobe/%s:count*"),
        on(EventProgram.counting(), "usdt/%s:sonde:passed"),
        on(EventProgram.of(ProgramType.PERF_EVENT, (slot, ctx) -> {}), "perf_event/cpu-clock:99hz")
      };
      killer.start();
      try {
        Link link = attach(all);
        links++;
        killer.join();
        assertEquals(3, link.status().size());
        link.close();
        assertEquals(3, link.status().size());
      } catch (AttachException died) {
        assertFalse(died.getMessage().isEmpty());
      }
      killer.join();
    }
    System.out.println(links + " of 16 links before their target's death");
    assertTrue(count("/proc/self/fd") <= descriptors + 2, () -> "leaked descriptors");
  }

  @Test
  void twoHundredCyclesLeaveNoDescriptorAndNoMapping() throws IOException {
    for (int warm = 0; warm < 3; warm++) {
      attach(on(EventProgram.counting(), "uprobe/%s:counted")).close();
    }
    long descriptors = count("/proc/self/fd");
    long mappings = Files.readAllLines(Path.of("/proc/self/maps")).size();
    for (int i = 0; i < 200; i++) {
      attach(on(EventProgram.counting(), "uprobe/%s:counted")).close();
    }
    assertTrue(count("/proc/self/fd") <= descriptors + 2, () -> "leaked descriptors");
    long now = Files.readAllLines(Path.of("/proc/self/maps")).size();
    assertTrue(now <= mappings + 20, () -> "leaked mappings: %d, were %d".formatted(now, mappings));
  }

  /** Reading keeps up with 200,000 records a second; more are lost, but none silently. */
  @ParameterizedTest
  @CsvSource({"pace, 200000", "write, 300000"})
  void systemCallsAreSeenOrCountedAsLost(String command, int calls) throws IOException {
    assumeTrue(
        Files.isReadable(Path.of("/sys/kernel/tracing/events")),
        "tracefs is not readable: tracepoints are not tested here");
    AtomicLong bytes = new AtomicLong();
    EventProgram program =
        EventProgram.of(
            ProgramType.TRACEPOINT, (slot, ctx) -> bytes.addAndGet(RawMemory.getLong(ctx + 32)));
    Link link = attach(on(program, "tracepoint/syscalls/sys_enter_write"));
    long start = System.nanoTime();
    target.run(command + " " + calls);
    long nanos = System.nanoTime() - start;
    link.close();
    long lost = link.status().get(0).lost();
    System.out.printf(
        "%s: %,d records/s, %,d lost%n", command, calls * 1_000_000_000L / nanos, lost);
    assertEquals(calls + 1, program.runs.get() + lost, "with the answer on stdout");
    assertTrue(program.runs.get() > 1000 && bytes.get() >= 3 * (program.runs.get() - 1));
  }

  @Test
  void whatIsNotThereIsSaidWithWhatIs() throws IOException {
    assertRefused("uprobe/%s:countet", "has no function \"countet\", want counted");
    assertRefused("usdt/%s:sonde:past", "has no such static probe, want sonde:passed");
    assertRefused("uprobe/libnonsense:f", "no library or command of that name");
    assertRefused("perf_event/cpu-cluck", "want one of cpu-clock");
  }

  private void assertRefused(String section, String part) {
    AttachException e =
        assertThrows(AttachException.class, () -> attach(on(EventProgram.counting(), section)));
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  private Link attach(Attachment... attachments) {
    return attacher.attach(Arrays.asList(attachments));
  }

  private Attachment on(EventProgram program, String section) throws IOException {
    String path = NativeTargetProcess.binary().toString();
    return new Attachment(
        program,
        NativeTarget.parse(section.replace("%s", path))
            .withScope(ProcessScope.process(target.pid())));
  }

  private static long fileOffset(String function) throws IOException {
    var image = dev.sonde.probes.elf.ElfImage.open(NativeTargetProcess.binary());
    return image.fileOffsetOf(image.symbols().find(function).address());
  }

  private static long register(long context, PtRegs register) {
    return RawMemory.getLong(context + register.offsetBytes());
  }

  private static String text(long address, int length) {
    return new String(RawMemory.read(address, Math.max(0, length)), StandardCharsets.UTF_8);
  }

  private static long count(String folder) throws IOException {
    try (var files = Files.list(Path.of(folder))) {
      return files.count();
    }
  }
}
