package dev.sonde.agent.cli;

import dev.sonde.probes.ProbeGlob;
import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.unwind.Mapping;
import dev.sonde.probes.unwind.ProcessMaps;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.probes.uprobe.UsdtNotes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** The probe points that a Linux process and its kernel have beside those of the JVM. */
final class NativePoints {
  private final long pid;

  NativePoints(long pid) {
    this.pid = pid;
  }

  /** Hands over {@code tracepoint/CATEGORY/NAME} of every tracepoint that {@code glob} matches. */
  static void tracepoints(ProbeGlob glob, Consumer<String> consumer) throws IOException {
    Tracefs tracefs = Tracefs.running();
    if (!tracefs.isReadable()) {
      if (glob.names("tracepoint")) {
        throw new IOException(
            "list: tracepoints: cannot read /sys/kernel/tracing/events: want Linux with tracefs mounted, as root");
      }
      return;
    }
    tracefs.forEach(
        category -> glob.mayMatch("tracepoint/" + category + "/"),
        (category, name) -> {
          String point = "tracepoint/" + category + "/" + name;
          if (glob.matches(point)) {
            consumer.accept(point);
          }
        });
  }

  /** Hands over the USDT probes and, where {@code glob} names uprobe, the symbols. */
  void forEach(ProbeGlob glob, Consumer<String> consumer) throws IOException {
    for (String file : mappedFiles(glob.names("uprobe") || glob.names("usdt"))) {
      Path path = Path.of("/proc/" + pid + "/root" + file);
      boolean symbols = glob.names("uprobe") && glob.mayMatch("uprobe/" + file + ":");
      if (symbols || glob.mayMatch("usdt/" + file + ":")) {
        try {
          ElfImage image = ElfImage.open(path);
          UsdtNotes.names(image).stream()
              .map(probe -> "usdt/" + file + ":" + probe)
              .filter(glob::matches)
              .forEach(consumer);
          if (symbols) {
            symbols(image, file, glob).forEach(consumer);
          }
        } catch (IOException | ObjectFormatException notAnImage) {
          // a mapped data file, or one that is gone
        }
      }
    }
  }

  private static Set<String> symbols(ElfImage image, String file, ProbeGlob glob)
      throws IOException {
    Set<String> points = new TreeSet<>();
    image
        .symbols()
        .forEach(
            symbol -> {
              String point = "uprobe/" + file + ":" + symbol.name();
              if (glob.matches(point)) {
                points.add(point);
              }
            });
    return points;
  }

  /** Returns the files that the process executes from, its own first. */
  private Set<String> mappedFiles(boolean asked) throws IOException {
    Set<String> files = new LinkedHashSet<>();
    try {
      for (Mapping mapping : ProcessMaps.of((int) pid).all()) {
        if (mapping.executable() && mapping.path().startsWith("/")) {
          files.add(mapping.path());
        }
      }
    } catch (IOException unreadable) {
      if (asked) {
        throw new IOException(
            "list: process %d: cannot read /proc/%d/maps: want Linux, and to be its user or root"
                .formatted(pid, pid),
            unreadable);
      }
    }
    return files;
  }
}
