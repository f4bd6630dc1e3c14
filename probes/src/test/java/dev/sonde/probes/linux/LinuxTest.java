package dev.sonde.probes.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class LinuxTest {
  private final Linux linux = Linux.running();

  @Test
  void theKernelKnowsOurProcess() throws Exception {
    assertEquals(ProcessHandle.current().pid(), linux.pid());
    assertTrue(Files.exists(Path.of("/proc/self/task/" + linux.tid())));
  }

  @Test
  void aRefusedCallNamesItselfItsObjectAndItsErrno() {
    LinuxException refused = assertThrows(LinuxException.class, () -> linux.ioctl(-1, 0x2400, 0));
    assertEquals(Errno.EBADF, refused.errno());
    assertEquals("ioctl fd -1 request 0x2400: EBADF (bad file descriptor)", refused.getMessage());
    assertFalse(refused.isPermission());
  }

  @Test
  void memoryIsReadByTheKernelAndAWrongAddressIsAnAnswer() {
    try (Scratch scratch = new Scratch()) {
      long from = scratch.cString("read by the kernel");
      long to = scratch.zeroed(32);
      assertEquals(18, linux.processVmRead(linux.pid(), from, to, 18));
      assertArrayEquals(
          "read by the kernel".getBytes(StandardCharsets.US_ASCII), RawMemory.read(to, 18));
      assertEquals(-Errno.EFAULT, linux.processVmRead(linux.pid(), 0x10, to, 8));
    }
  }

  @Test
  void epollTellsWhichDescriptorWasSignalled() {
    int epoll = linux.epollCreate();
    int event = linux.eventFd();
    try (Scratch scratch = new Scratch()) {
      long events = scratch.zeroed(4L * EpollEvents.SIZE_BYTES);
      linux.epollAdd(epoll, event, 0x1234_5678_9abcL);
      assertEquals(0, linux.epollWait(epoll, events, 4, 0));
      linux.signal(event);
      assertEquals(1, linux.epollWait(epoll, events, 4, 1000));
      assertEquals(0x1234_5678_9abcL, EpollEvents.data(events, 0));
      assertEquals(8, linux.read(event, events, 8));
      assertEquals(0, linux.epollWait(epoll, events, 4, 0));
    } finally {
      linux.close(event);
      linux.close(epoll);
    }
  }

  @Test
  void anAttrIsLaidOutAsTheKernelReadsIt() {
    try (Scratch scratch = new Scratch()) {
      long at = scratch.zeroed(PerfAttr.SIZE_BYTES);
      PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CPU_CLOCK)
          .frequency(99)
          .sample(0x3006)
          .user(0xff0fff, 16384)
          .inherit(true)
          .excludeKernel(true)
          .wakeupBytes(4096)
          .write(at);
      assertEquals(PerfAttr.SOFTWARE, RawMemory.getInt(at));
      assertEquals(136, RawMemory.getInt(at + 4));
      assertEquals(99, RawMemory.getLong(at + 16));
      assertEquals(0x3006, RawMemory.getLong(at + 24));
      long flags = 1 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 10 | 1 << 14 | 1 << 18 | 1 << 25;
      assertEquals(flags, RawMemory.getLong(at + 40));
      assertEquals(4096, RawMemory.getInt(at + 48));
      assertEquals(0xff0fff, RawMemory.getLong(at + 80));
      assertEquals(16384, RawMemory.getInt(at + 88));
      assertEquals(1, RawMemory.getInt(at + 92));
    }
  }

  @Test
  void theFakeKeepsBooksOfDescriptors() {
    FakeKernel kernel = new FakeKernel().fail(Syscall.MMAP, Errno.EPERM);
    Linux fake = new Linux(kernel);
    int fd = fake.perfEventOpen(PerfAttr.of(PerfAttr.SOFTWARE, 0), 0, -1, -1, "cpu-clock");
    LinuxException refused = assertThrows(LinuxException.class, () -> fake.mmap(fd, 4096, true, 0));
    assertTrue(refused.isPermission());
    fake.close(fd);
    assertTrue(kernel.open().isEmpty());
  }
}
