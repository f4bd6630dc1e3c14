package dev.sonde.probes.linux;

import java.util.Locale;

/** The system calls that Sonde makes, with their numbers on x86-64 and in the generic table. */
public enum Syscall {
  READ(0, 63),
  WRITE(1, 64),
  CLOSE(3, 57),
  MMAP(9, 222),
  MUNMAP(11, 215),
  IOCTL(16, 29),
  GETPID(39, 172),
  FCNTL(72, 25),
  GETTID(186, 178),
  EPOLL_CTL(233, 21),
  EPOLL_PWAIT(281, 22),
  EVENTFD2(290, 19),
  EPOLL_CREATE1(291, 20),
  PERF_EVENT_OPEN(298, 241),
  PROCESS_VM_READV(310, 270),
  BPF(321, 280),
  PIDFD_OPEN(434, 434);

  private final int onX86;
  private final int generic; // asm-generic/unistd.h: aarch64 and riscv64

  Syscall(int onX86, int generic) {
    this.onX86 = onX86;
    this.generic = generic;
  }

  /** Returns the number on {@code architecture}, as the system property os.arch names it. */
  int numberOn(String architecture) {
    boolean x86 = architecture.equals("amd64") || architecture.equals("x86_64");
    return x86 ? onX86 : generic;
  }

  /** Returns the name as man page section 2 has it. */
  public String callName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
