package dev.sonde.agent.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where another process keeps its files, as seen from ours: it may live in a container. */
final class TargetProcess {
  private static final Pattern NAMESPACE_PIDS = Pattern.compile("(?m)^NSpid:.*?(\\d+)$");

  private final long pid;
  private final Path proc;

  TargetProcess(long pid) {
    this.pid = pid;
    this.proc = Path.of("/proc/" + pid);
  }

  void check() throws IOException {
    if (ProcessHandle.of(pid).isEmpty()) {
      throw new IOException(
          "attach: process %d: no such process: sonde list shows those that run".formatted(pid));
    }
  }

  /**
   * Refuses a process that is known to be no JVM: the signal of the attach protocol ends others.
   */
  void requireJvm() throws IOException {
    Path maps = proc.resolve("maps");
    String mapped;
    try {
      mapped = Files.readString(maps, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException | AccessDeniedException unknown) {
      return; // no Linux, or of somebody else, who cannot be signalled either
    }
    if (!mapped.contains("libjvm")) {
      throw new IOException(
          "attach: process %d: got a process without libjvm, want a HotSpot JVM: sonde list shows those that run"
              .formatted(pid));
    }
  }

  /** Returns the pid by which the process knows itself. */
  long innerPid() throws IOException {
    Path status = proc.resolve("status");
    if (Files.isReadable(status)) {
      Matcher matcher = NAMESPACE_PIDS.matcher(Files.readString(status));
      if (matcher.find()) {
        return Long.parseLong(matcher.group(1));
      }
    }
    return pid;
  }

  Path workingDirectory() {
    Path cwd = proc.resolve("cwd");
    return Files.isDirectory(cwd) ? cwd : Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Returns {@code name} in the process's temp folder; HotSpot on Linux always takes /tmp. */
  Path tempFile(String name) {
    return tempFolder().resolve(name);
  }

  Path tempFolder() {
    Path seenThroughRoot = proc.resolve("root/tmp");
    if (!sharesOurRoot() && Files.isDirectory(seenThroughRoot)) {
      return seenThroughRoot;
    }
    return Files.isDirectory(proc)
        ? Path.of("/tmp")
        : Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Returns how the target itself spells a path that we reach through its root. */
  String asSeenInside(Path path) {
    Path root = proc.resolve("root");
    return path.startsWith(root) ? "/" + root.relativize(path) : path.toString();
  }

  /** Gives the target's user access where root listens for a process of somebody else. */
  void letIn(Path folder, Path socket) throws IOException {
    boolean root = Files.isDirectory(proc) && "root".equals(System.getProperty("user.name"));
    if (root) {
      UserPrincipal user = Files.getOwner(proc);
      Files.setOwner(socket, user);
      Files.setOwner(folder, user);
    }
  }

  boolean sharesOurRoot() {
    try {
      return !Files.exists(proc.resolve("ns/mnt"))
          || Files.readSymbolicLink(proc.resolve("ns/mnt"))
              .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")));
    } catch (IOException notOurs) {
      return true;
    }
  }
}
