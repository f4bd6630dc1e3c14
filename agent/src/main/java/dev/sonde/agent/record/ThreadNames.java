package dev.sonde.agent.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Names of a process's threads, read when a thread is first met: later it may have ended. */
final class ThreadNames {
  private final int pid;
  private final Map<Integer, String> names = new HashMap<>();

  ThreadNames(int pid) {
    this.pid = pid;
  }

  void meet(int tid) {
    names.computeIfAbsent(tid, this::read);
  }

  /** Returns {@code [name tid=N]}; the kernel keeps 15 bytes of a name. */
  String of(int tid) {
    return "[%s tid=%d]".formatted(names.computeIfAbsent(tid, this::read), tid);
  }

  private String read(int tid) {
    try {
      return Files.readString(Path.of("/proc/%d/task/%d/comm".formatted(pid, tid))).strip();
    } catch (IOException ended) {
      return "thread";
    }
  }
}
