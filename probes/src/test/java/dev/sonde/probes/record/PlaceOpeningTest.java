package dev.sonde.probes.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.linux.FakeKernel;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.linux.Syscall;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.uprobe.KernelFunctions;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.probes.uprobe.SiteFinder;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A glob of 300 kernel functions on a kernel that takes its time for each of them. */
@Timeout(120)
class PlaceOpeningTest {
  private static final int TYPE = 8;
  private static final int FUNCTIONS = 300;

  @TempDir Path folder;
  private final Scratch rings = new Scratch();
  private final FakeKernel kernel = new FakeKernel();
  private final CountDownLatch background = new CountDownLatch(1); // who is not the caller waits
  private Pmus pmus;

  @BeforeEach
  void slowKernel() throws Exception {
    Path devices = Files.createDirectories(folder.resolve("devices"));
    Path kprobe = Files.createDirectories(devices.resolve("kprobe"));
    Files.writeString(kprobe.resolve("type"), TYPE + "\n");
    pmus = new Pmus(devices);
    StringBuilder symbols = new StringBuilder();
    for (int i = 0; i < FUNCTIONS; i++) {
      symbols.append("ffffffff8100%04x T fn_%03d%n".formatted(i, i));
    }
    Files.writeString(folder.resolve("kallsyms"), symbols);
    kernel.on(Syscall.MMAP, (call, a, b, c, d, e, f) -> rings.zeroed(b));
    kernel.on(Syscall.PERF_EVENT_OPEN, (call, attr, pid, cpu, group, flags, none) -> open(attr));
  }

  @AfterEach
  void free() {
    background.countDown();
    rings.close();
  }

  /** The last of ten functions cannot be probed. */
  private long open(long attr) {
    if (RawMemory.getInt(attr) != TYPE) {
      return kernel.newFd();
    }
    if (Thread.currentThread().getName().equals("sonde-attach")) {
      await(background);
    } else {
      LockSupport.parkNanos(2_000_000);
    }
    boolean refused = RawMemory.getByte(RawMemory.getLong(attr + 56) + 5) == '9';
    return refused ? -Errno.ENOTSUPP : kernel.newFd();
  }

  @Test
  void aSessionDoesNotWaitForTheLastOfManyPlaces() throws Exception {
    Link link = attach("kprobe/fn_*");
    AttachmentStatus first = link.status().get(0);
    assertTrue(first.matches() > 0 && first.matches() < FUNCTIONS, first::toString);
    assertTrue(
        first.warnings().get(0).matches("attaching goes on in the background: \\d+ of 300 .*"),
        first::toString);
    background.countDown();
    AttachmentStatus done = first;
    while (!done.warnings().isEmpty()) {
      Thread.sleep(10);
      done = link.status().get(0);
    }
    assertEquals(FUNCTIONS * 9 / 10, done.matches());
    assertEquals(11, done.refused().size(), done::toString);
    assertTrue(done.refused().get(0).startsWith("fn_009: the kernel cannot probe"), done::toString);
    assertEquals("20 more places", done.refused().get(10));
    link.close();
    awaitAllClosed(); // so many are closed in the background
  }

  @Test
  void detachingEndsTheAttaching() throws Exception {
    Link link = attach("kprobe/fn_*");
    background.countDown();
    link.close();
    AttachmentStatus ended = link.status().get(0);
    assertEquals(List.of(), ended.warnings());
    int opened = kernel.calls(Syscall.PERF_EVENT_OPEN).size();
    awaitAllClosed();
    assertEquals(opened, kernel.calls(Syscall.PERF_EVENT_OPEN).size(), "opened after detaching");
  }

  @Test
  void whereNothingCanBeOpenedTheCallerIsTold() {
    AttachException e = assertThrows(AttachException.class, () -> attach("kprobe/fn_??9"));
    kernel.fail(Syscall.PERF_EVENT_OPEN, Errno.EACCES);
    AttachException denied = assertThrows(AttachException.class, () -> attach("kprobe/fn_00?"));
    assertTrue(e.getMessage().contains("cannot probe the insn there"), e::getMessage);
    assertTrue(denied.getMessage().contains("perf_event_paranoid"), denied::getMessage);
    assertTrue(kernel.open().isEmpty(), () -> "left open: " + kernel.open());
  }

  private Link attach(String section) {
    Linux linux = new Linux(kernel);
    NativeAttacher attacher =
        new NativeAttacher(
            () -> linux,
            new JavaFrames(),
            () ->
                new SiteFinder(
                    new Tracefs(List.of(folder)),
                    pmus,
                    new KernelFunctions(folder.resolve("kallsyms"))),
            pmus);
    return attacher.attach(
        List.of(
            new Attachment(
                EventProgram.counting(),
                NativeTarget.parse(section).withScope(ProcessScope.process(4242)))));
  }

  private void awaitAllClosed() throws InterruptedException {
    while (!kernel.open().isEmpty()) {
      Thread.sleep(10);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
