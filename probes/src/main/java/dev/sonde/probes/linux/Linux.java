package dev.sonde.probes.linux;

import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * The system calls with their arguments by name. Every failure is a {@link LinuxException}, except
 * where a negative errno is an everyday answer.
 */
public final class Linux {
  // ioctl on perf events (linux/perf_event.h)
  public static final int PERF_ENABLE = 0x2400;
  public static final int PERF_DISABLE = 0x2401;
  public static final int PERF_REFRESH = 0x2402;
  public static final int PERF_SET_OUTPUT = 0x2405;
  public static final int PERF_SET_FILTER = 0x40082406;
  public static final int PERF_ID = 0x80082407;
  public static final int PERF_SET_BPF = 0x40042408;

  private static final long PERF_FLAG_FD_CLOEXEC = 8;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;

  private static @Nullable Linux running;

  private final SyscallDoor door;

  public Linux(SyscallDoor door) {
    this.door = door;
  }

  /**
   * Returns the running kernel.
   *
   * @throws UnsupportedOperationException where there is none, or no way to call it
   */
  public static synchronized Linux running() {
    if (running == null) {
      String system = System.getProperty("os.name");
      if (!system.equals("Linux")) {
        throw new UnsupportedOperationException(
            "native probes: got %s, want Linux; method probes and JFR events work here"
                .formatted(system));
      }
      running = new Linux(open());
    }
    return running;
  }

  private static SyscallDoor open() {
    try {
      return new JnaDoor();
    } catch (LinkageError | RuntimeException e) {
      throw new UnsupportedOperationException(
          "native probes: JNA cannot load its library: %s; want a writable, executable temporary folder (-Djna.tmpdir=DIR)"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Makes a call and returns its result or the negative errno. */
  public long call(Syscall call, long a, long b, long c, long d, long e, long f) {
    return door.call(call, a, b, c, d, e, f);
  }

  /**
   * Opens an event; {@code pid} is a thread's id, 0 the caller, -1 all; {@code cpu} -1 is any.
   *
   * @param on what it is for the message of a failure
   */
  public int perfEventOpen(PerfAttr attr, int pid, int cpu, int groupFd, String on) {
    try (Scratch scratch = new Scratch()) {
      long address = scratch.zeroed(PerfAttr.SIZE_BYTES);
      attr.write(address);
      long fd =
          door.call(Syscall.PERF_EVENT_OPEN, address, pid, cpu, groupFd, PERF_FLAG_FD_CLOEXEC, 0);
      return (int) check(Syscall.PERF_EVENT_OPEN, on, fd);
    }
  }

  public long ioctl(int fd, int request, long argument) {
    return check(
        Syscall.IOCTL,
        "fd %d request 0x%x".formatted(fd, request),
        door.call(Syscall.IOCTL, fd, request & 0xffff_ffffL, argument, 0, 0, 0));
  }

  /** Maps {@code sizeBytes} of {@code fd} from {@code offset} on, shared, and returns where. */
  public long mmap(int fd, long sizeBytes, boolean writable, long offset) {
    return check(
        Syscall.MMAP,
        "%d B of fd %d".formatted(sizeBytes, fd),
        door.call(
            Syscall.MMAP,
            0,
            sizeBytes,
            writable ? PROT_READ | PROT_WRITE : PROT_READ,
            MAP_SHARED,
            fd,
            offset));
  }

  public void munmap(long address, long sizeBytes) {
    check(
        Syscall.MUNMAP,
        "0x%x".formatted(address),
        door.call(Syscall.MUNMAP, address, sizeBytes, 0, 0, 0, 0));
  }

  /** Closes; there is nothing to do about a failure. */
  public void close(int fd) {
    door.call(Syscall.CLOSE, fd, 0, 0, 0, 0, 0);
  }

  /** Reads into memory of ours; returns how many bytes, or a negative errno. */
  public long read(int fd, long toAddress, int sizeBytes) {
    return door.call(Syscall.READ, fd, toAddress, sizeBytes, 0, 0, 0);
  }

  public int epollCreate() {
    return (int)
        check(Syscall.EPOLL_CREATE1, "", door.call(Syscall.EPOLL_CREATE1, CLOEXEC, 0, 0, 0, 0, 0));
  }

  /** Watches {@code fd} for readability; {@code data} comes back with each event. */
  public void epollAdd(int epollFd, int fd, long data) {
    try (Scratch scratch = new Scratch()) {
      long event = scratch.zeroed(EpollEvents.SIZE_BYTES);
      EpollEvents.write(event, EPOLLIN, data);
      check(
          Syscall.EPOLL_CTL,
          "add fd " + fd,
          door.call(Syscall.EPOLL_CTL, epollFd, EPOLL_CTL_ADD, fd, event, 0, 0));
    }
  }

  public void epollRemove(int epollFd, int fd) {
    try (Scratch scratch = new Scratch()) {
      door.call(
          Syscall.EPOLL_CTL,
          epollFd,
          EPOLL_CTL_DEL,
          fd,
          scratch.zeroed(EpollEvents.SIZE_BYTES),
          0,
          0);
    }
  }

  /** Waits for events; returns how many are at {@code eventsAddress}, or a negative errno. */
  public int epollWait(int epollFd, long eventsAddress, int maxEvents, int timeoutMillis) {
    return (int)
        door.call(Syscall.EPOLL_PWAIT, epollFd, eventsAddress, maxEvents, timeoutMillis, 0, 8);
  }

  /** A counter that wakes whoever waits for it when {@link #signal} adds to it. */
  public int eventFd() {
    return (int)
        check(Syscall.EVENTFD2, "", door.call(Syscall.EVENTFD2, 0, CLOEXEC | NONBLOCK, 0, 0, 0, 0));
  }

  public void signal(int eventFd) {
    try (Scratch scratch = new Scratch()) {
      door.call(Syscall.WRITE, eventFd, scratch.longs(1), 8, 0, 0, 0);
    }
  }

  /** Returns a descriptor that becomes readable when the process has ended. */
  public int pidFd(int pid) {
    return (int)
        check(Syscall.PIDFD_OPEN, "pid " + pid, door.call(Syscall.PIDFD_OPEN, pid, 0, 0, 0, 0, 0));
  }

  /**
   * Copies memory of another process; returns how many bytes, or a negative errno. A range that is
   * partly unmapped is copied up to the hole.
   */
  public long processVmRead(int pid, long address, long toAddress, long sizeBytes) {
    return processVmRead(pid, new long[] {address}, sizeBytes, toAddress);
  }

  /**
   * Reads {@code eachBytes} from each of at most 1024 addresses in one call, one behind the other;
   * returns how many bytes came before the first that is not there, or a negative errno.
   */
  public long processVmRead(int pid, long[] addresses, long eachBytes, long toAddress) {
    long iovecs = RawMemory.allocate(16L * (addresses.length + 1));
    try {
      RawMemory.putLong(iovecs, toAddress);
      RawMemory.putLong(iovecs + 8, eachBytes * addresses.length);
      for (int i = 0; i < addresses.length; i++) {
        RawMemory.putLong(iovecs + 16 + 16L * i, addresses[i]);
        RawMemory.putLong(iovecs + 24 + 16L * i, eachBytes);
      }
      return door.call(Syscall.PROCESS_VM_READV, pid, iovecs, 1, iovecs + 16, addresses.length, 0);
    } finally {
      RawMemory.free(iovecs);
    }
  }

  /** bpf(2); returns the result or a negative errno. */
  public long bpf(int command, long attrAddress, int attrBytes) {
    return door.call(Syscall.BPF, command, attrAddress, attrBytes, 0, 0, 0);
  }

  public int pid() {
    return (int) door.call(Syscall.GETPID, 0, 0, 0, 0, 0, 0);
  }

  /** Returns the kernel's id of the calling thread. */
  public int tid() {
    return (int) door.call(Syscall.GETTID, 0, 0, 0, 0, 0, 0);
  }

  private static long check(Syscall call, String on, long result) {
    if (result < 0 && result > -4096) {
      throw new LinuxException(call, on, (int) -result);
    }
    return result;
  }
}
