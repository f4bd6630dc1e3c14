package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.unwind.Mapping;
import dev.sonde.probes.unwind.ProcessMaps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the file that a target means: a path; else what the traced process has mapped under that
 * name ({@code libc} is {@code libc.so.6} or {@code libc-2.31.so}); else what stands in the folders
 * of libraries and commands.
 */
final class BinaryPath {
  private static final List<String> FOLDERS =
      List.of(
          "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu",
          "/lib/aarch64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/lib64",
          "/usr/lib64",
          "/lib",
          "/usr/lib",
          "/usr/local/lib");

  private final Path proc;

  BinaryPath(Path proc) {
    this.proc = proc;
  }

  /**
   * Returns the file, where it can be opened from here: below {@code /proc/PID/root} when the
   * process lives in another mount namespace.
   *
   * @throws AttachException if there is none
   */
  Path find(String path, ProcessScope scope) {
    int pid =
        scope.kind() == ProcessScope.Kind.SYSTEM ? (int) ProcessHandle.current().pid() : scope.id();
    if (path.contains("/")) {
      return existing(path, pid);
    }
    Set<String> mapped = mapped(pid);
    for (String file : mapped) {
      if (isCalled(file, path)) {
        return existing(file, pid);
      }
    }
    return installed(path, pid, mapped);
  }

  private Path existing(String path, int pid) {
    Path there = inNamespaceOf(path, pid);
    if (!Files.exists(there)) {
      throw new AttachException(
          "%s: no such file%s, want the path of an executable or a library, or a short name as libc"
              .formatted(path, there.toString().equals(path) ? "" : " (" + there + ")"));
    }
    return there;
  }

  /** Own paths stay short; another process's may mean another file than ours. */
  private Path inNamespaceOf(String path, int pid) {
    if (pid == ProcessHandle.current().pid()) {
      return Path.of(path);
    }
    Path root = proc.resolve(pid + "/root");
    Path through = root.resolve(path.replaceFirst("^/+", ""));
    try {
      return Files.exists(through) && !Files.isSameFile(root, Path.of("/"))
          ? through
          : Path.of(path);
    } catch (IOException | SecurityException notOurs) {
      return Path.of(path);
    }
  }

  private static Path installed(String name, int pid, Set<String> mapped) {
    List<String> folders = new ArrayList<>(FOLDERS);
    String commands = System.getenv("PATH");
    folders.addAll(List.of(commands == null ? new String[0] : commands.split(":")));
    for (String folder : folders) {
      Path exact = Path.of(folder.isEmpty() ? "." : folder, name);
      if (Files.isRegularFile(exact)) {
        return exact;
      }
      Path library = versioned(Path.of(folder.isEmpty() ? "." : folder), name);
      if (library != null) {
        return library;
      }
    }
    Set<String> names = new TreeSet<>();
    mapped.forEach(file -> names.add(file.substring(file.lastIndexOf('/') + 1)));
    throw new AttachException(
        "%s: no library or command of that name, want a path or one of what process %d has mapped: %s"
            .formatted(name, pid, String.join(", ", names)));
  }

  private static @org.jspecify.annotations.Nullable Path versioned(Path folder, String name) {
    if (!name.startsWith("lib") || !Files.isDirectory(folder)) {
      return null;
    }
    try (var files = Files.newDirectoryStream(folder, name + "[.-]*")) {
      for (Path file : files) {
        if (isCalled(file.toString(), name) && Files.isRegularFile(file)) {
          return file;
        }
      }
      return null;
    } catch (IOException unreadable) {
      return null;
    }
  }

  private Set<String> mapped(int pid) {
    Set<String> files = new TreeSet<>();
    try {
      for (Mapping mapping : ProcessMaps.of(pid).all()) {
        if (mapping.executable() && mapping.path().startsWith("/")) {
          files.add(mapping.path());
        }
      }
      return files;
    } catch (IOException e) {
      throw new AttachException(
          "process %d: cannot read its mappings (%s), want one that lives, by its id in this pid namespace, and is ours"
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  /** {@code libc} is also {@code libc.so.6} and {@code libc-2.31.so}, not {@code libcap.so}. */
  static boolean isCalled(String file, String name) {
    String base = file.substring(file.lastIndexOf('/') + 1);
    if (!base.startsWith(name)) {
      return false;
    }
    String rest = base.substring(name.length());
    return rest.isEmpty() || rest.startsWith(".so") || rest.matches("-[0-9][0-9.]*\\.so.*");
  }
}
