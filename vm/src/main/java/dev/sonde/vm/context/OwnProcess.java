package dev.sonde.vm.context;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the helpers answer about this process when no event says otherwise; read once. */
public final class OwnProcess {
  private static final long PID = ProcessHandle.current().pid();
  private static final long UID_GID = id("Gid:") << 32 | id("Uid:");

  private OwnProcess() {}

  /** Returns tgid in both halves: a thread of which nobody told the native id. */
  public static long pidTgid() {
    return PID << 32 | PID;
  }

  /** Returns tgid in the upper half and the id of one of its threads in the lower. */
  public static long pidTgid(long threadId) {
    return PID << 32 | threadId & 0xffff_ffffL;
  }

  /** Returns gid in the upper half and uid in the lower. */
  public static long uidGid() {
    return UID_GID;
  }

  /** Returns the running Java thread's name. */
  public static String comm() {
    return Thread.currentThread().getName();
  }

  /** Returns the kernel's id of the running platform thread; -1 where there is no procfs. */
  static int osThreadId() {
    try {
      String task = Files.readSymbolicLink(Path.of("/proc/thread-self")).toString(); // PID/task/TID
      return Integer.parseInt(task.substring(task.lastIndexOf('/') + 1));
    } catch (IOException | RuntimeException noProcfs) {
      return -1;
    }
  }

  /** Returns the real id of that line of {@code /proc/self/status}; 0 where there is none. */
  private static long id(String label) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(label))
          .mapToLong(line -> Long.parseLong(line.substring(label.length()).trim().split("\\s+")[0]))
          .findFirst()
          .orElse(0);
    } catch (IOException | RuntimeException noProcfs) {
      return 0;
    }
  }
}
