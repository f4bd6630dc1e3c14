package dev.sonde.probes.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.KprobeTarget;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.linux.FakeKernel;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.linux.Syscall;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.uprobe.KernelFunctions;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.probes.uprobe.SiteFinder;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernel functions on a kernel that has kprobes, which need not be the one that runs the test. */
class KprobeTest {
  private static final int TYPE = 8;

  @TempDir Path folder;
  private final List<long[]> opened = new ArrayList<>(); // type, config, offset, registers
  private final List<String> functions = new ArrayList<>();

  @Test
  void aFunctionIsOpenedByNameOffsetAndReturnBitOnEveryCpu() throws Exception {
    FakeKernel kernel = kernel();
    try (Scratch rings = new Scratch()) {
      kernel.on(Syscall.MMAP, (call, a, b, c, d, e, f) -> rings.zeroed(b));
      attach(kernel, "kprobe/do_un*+0x4").close();
      attach(kernel, "kretprobe/do_unlinkat").close();
    }
    int cpus = opened.size() / 2;
    for (int i = 0; i < opened.size(); i++) {
      long[] event = opened.get(i);
      assertEquals(TYPE, event[0]);
      assertEquals(i < cpus ? 0 : 2, event[1], "the return bit is where sysfs says");
      assertEquals(i < cpus ? 4 : 0, event[2]);
      assertTrue(event[3] != 0, "registers of the kernel are asked for");
      assertEquals("do_unlinkat", functions.get(i));
    }
    assertTrue(kernel.open().isEmpty(), () -> "left open: " + kernel.open());
  }

  @Test
  void kernelMemoryIsRefusedWithAWord() throws Exception {
    Linux linux = new Linux(kernel());
    EventProgram reader = EventProgram.of(ProgramType.KPROBE, (slot, ctx) -> {}, 113);
    AttachException e =
        assertThrows(
            AttachException.class,
            () -> attacher(linux).attach(List.of(on(reader, "kprobe/do_unlinkat"))));
    assertTrue(e.getMessage().contains("registers but no kernel memory"), e::getMessage);
  }

  @Test
  void aKernelWithoutKprobesIsSaidWithAWayOut() {
    SiteFinder finder =
        new SiteFinder(
            new Tracefs(List.of(folder)),
            new Pmus(folder.resolve("none")),
            new KernelFunctions(folder.resolve("kallsyms")));
    AttachException e =
        assertThrows(
            AttachException.class,
            () -> finder.find((KprobeTarget) NativeTarget.parse("kprobe/do_unlinkat")));
    assertTrue(e.getMessage().contains("this kernel has no kprobes"), e::getMessage);
    assertTrue(e.getMessage().contains("want a tracepoint"), e::getMessage);
  }

  @Test
  void aFunctionThatTheKernelLacksIsRefused() throws Exception {
    Linux linux = new Linux(kernel());
    AttachException e =
        assertThrows(
            AttachException.class,
            () -> attacher(linux).attach(List.of(on(EventProgram.counting(), "kprobe/nonsense"))));
    assertTrue(e.getMessage().contains("the kernel has no such function"), e::getMessage);
  }

  private dev.sonde.probes.Link attach(FakeKernel kernel, String section) throws Exception {
    return attacher(new Linux(kernel)).attach(List.of(on(EventProgram.counting(), section)));
  }

  private NativeAttacher attacher(Linux linux) throws Exception {
    Path pmus = Files.createDirectories(folder.resolve("devices"));
    Path kprobe = Files.createDirectories(pmus.resolve("kprobe/format")).getParent();
    Files.writeString(kprobe.resolve("type"), TYPE + "\n");
    Files.writeString(kprobe.resolve("format/retprobe"), "config:1\n");
    Path kallsyms = folder.resolve("kallsyms");
    Files.writeString(
        kallsyms, "ffffffff81000000 T do_unlinkat\nffffffff81000100 t vfs_read\nffff0000 D data\n");
    Pmus sources = new Pmus(pmus);
    return new NativeAttacher(
        () -> linux,
        new JavaFrames(),
        () -> new SiteFinder(new Tracefs(List.of(folder)), sources, new KernelFunctions(kallsyms)),
        sources);
  }

  /** Keeps what each kprobe was opened with. */
  private FakeKernel kernel() {
    FakeKernel kernel = new FakeKernel();
    return kernel.on(
        Syscall.PERF_EVENT_OPEN,
        (call, attr, pid, cpu, group, flags, none) -> {
          if (RawMemory.getInt(attr) == TYPE) {
            assertEquals(PerfAttr.SIZE_BYTES, RawMemory.getInt(attr + 4));
            opened.add(
                new long[] {
                  RawMemory.getInt(attr),
                  RawMemory.getLong(attr + 8),
                  RawMemory.getLong(attr + 64),
                  RawMemory.getLong(attr + 96)
                });
            functions.add(text(RawMemory.getLong(attr + 56)));
          }
          return kernel.newFd();
        });
  }

  private static String text(long address) {
    StringBuilder text = new StringBuilder();
    for (long at = address; RawMemory.getByte(at) != 0; at++) {
      text.append((char) RawMemory.getByte(at));
    }
    return text.toString();
  }

  private static Attachment on(EventProgram program, String section) {
    return new Attachment(
        program, NativeTarget.parse(section).withScope(ProcessScope.process(4242)));
  }
}
