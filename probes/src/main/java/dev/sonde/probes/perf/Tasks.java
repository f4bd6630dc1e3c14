package dev.sonde.probes.perf;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What procfs and sysfs say of CPUs and threads. */
final class Tasks {
  private Tasks() {}

  /** Returns the CPUs that are on; the machine's count where sysfs does not say. */
  static List<Integer> onlineCpus() {
    try {
      return parseCpus(Files.readString(Path.of("/sys/devices/system/cpu/online")).strip());
    } catch (IOException | NumberFormatException noSysfs) {
      List<Integer> cpus = new ArrayList<>();
      for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
        cpus.add(cpu);
      }
      return cpus;
    }
  }

  /** Returns the numbers of a list such as {@code 0-3,5}. */
  static List<Integer> parseCpus(String text) {
    List<Integer> cpus = new ArrayList<>();
    for (String range : text.split(",")) {
      String[] ends = range.split("-", 2);
      int last = Integer.parseInt(ends[ends.length - 1].strip());
      for (int cpu = Integer.parseInt(ends[0].strip()); cpu <= last; cpu++) {
        cpus.add(cpu);
      }
    }
    return cpus;
  }

  /** Returns the ids of the threads of {@code pid} that are alive; none when it has ended. */
  static List<Integer> threads(int pid) {
    List<Integer> threads = new ArrayList<>();
    Path folder = Path.of("/proc/" + pid + "/task");
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(folder)) {
      tasks.forEach(task -> threads.add(Integer.parseInt(task.getFileName().toString())));
    } catch (IOException | DirectoryIteratorException ended) {
      return threads;
    }
    return threads;
  }
}
