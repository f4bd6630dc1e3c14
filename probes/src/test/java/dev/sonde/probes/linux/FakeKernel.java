package dev.sonde.probes.linux;

import dev.sonde.vm.map.Errno;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A kernel that answers as it is told: a stated answer per call, by default a new descriptor for
 * the calls that make one and 0 for the rest. It keeps the descriptors and mappings that are open.
 */
public final class FakeKernel implements SyscallDoor {
  /** One call as it came. */
  public record Call(Syscall call, long a, long b, long c, long d, long e, long f) {}

  private final Map<Syscall, SyscallDoor> answers = new HashMap<>();
  private final List<Call> calls = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> open = new ArrayList<>();
  private long nextFd = 100;

  /** Answers {@code call} from now on by {@code answer}. */
  public FakeKernel on(Syscall call, SyscallDoor answer) {
    answers.put(call, answer);
    return this;
  }

  public FakeKernel fail(Syscall call, int errno) {
    return on(call, (n, a, b, c, d, e, f) -> -errno);
  }

  public List<Call> calls(Syscall call) {
    synchronized (calls) {
      return calls.stream().filter(c -> c.call == call).toList();
    }
  }

  /** Returns the descriptors that nobody has closed. */
  public synchronized List<Long> open() {
    return List.copyOf(open);
  }

  /** Gives out a descriptor. */
  public synchronized long newFd() {
    open.add(nextFd);
    return nextFd++;
  }

  @Override
  public long call(Syscall call, long a, long b, long c, long d, long e, long f) {
    calls.add(new Call(call, a, b, c, d, e, f));
    SyscallDoor answer = answers.get(call);
    if (answer != null) {
      return answer.call(call, a, b, c, d, e, f);
    }
    return switch (call) {
      case PERF_EVENT_OPEN, EPOLL_CREATE1, EVENTFD2, PIDFD_OPEN -> newFd();
      case CLOSE -> close(a);
      default -> 0;
    };
  }

  private synchronized long close(long fd) {
    return open.remove(fd) ? 0 : -Errno.EBADF;
  }
}
