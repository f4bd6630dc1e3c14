package dev.sonde.agent.cli;

import dev.sonde.probes.ProbeGlob;
import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfNote;
import dev.sonde.probes.elf.ElfSection;
import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The probe points that a Linux process and its kernel have beside those of the JVM. */
final class NativePoints {
  private static final List<Path> TRACEFS =
      List.of(Path.of("/sys/kernel/tracing/events"), Path.of("/sys/kernel/debug/tracing/events"));

  private final long pid;

  NativePoints(long pid) {
    this.pid = pid;
  }

  /** Hands over {@code tracepoint/CATEGORY/NAME} of every tracepoint that {@code glob} matches. */
  static void tracepoints(ProbeGlob glob, Consumer<String> consumer) throws IOException {
    Optional<Path> root = TRACEFS.stream().filter(Files::isReadable).findFirst();
    if (root.isEmpty()) {
      if (glob.names("tracepoint")) {
        throw new IOException(
            "list: tracepoints: cannot read %s: want Linux with tracefs mounted, as root"
                .formatted(TRACEFS.get(0)));
      }
      return;
    }
    for (Path category : sorted(root.get())) {
      String prefix = "tracepoint/" + category.getFileName() + "/";
      if (Files.isDirectory(category) && glob.mayMatch(prefix)) {
        for (Path event : sorted(category)) {
          String point = prefix + event.getFileName();
          if (glob.matches(point) && Files.exists(event.resolve("format"))) {
            consumer.accept(point);
          }
        }
      }
    }
  }

  private static List<Path> sorted(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }

  /** Hands over the USDT probes and, where {@code glob} names uprobe, the symbols. */
  void forEach(ProbeGlob glob, Consumer<String> consumer) throws IOException {
    for (String file : mappedFiles(glob.names("uprobe") || glob.names("usdt"))) {
      Path path = Path.of("/proc/" + pid + "/root" + file);
      boolean symbols = glob.names("uprobe") && glob.mayMatch("uprobe/" + file + ":");
      if (symbols || glob.mayMatch("usdt/" + file + ":")) {
        try {
          ElfImage image = ElfImage.open(path);
          usdt(image).stream()
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

  /** Note: three addresses (base, location, semaphore), then provider, name, arguments. */
  private static Set<String> usdt(ElfImage image) throws IOException {
    Set<String> probes = new TreeSet<>();
    Optional<ElfSection> section = image.section(".note.stapsdt");
    if (section.isPresent()) {
      for (ElfNote note : image.notes(section.get())) {
        String[] words = text(note.description(), 24).split("\0", -1);
        if (words.length >= 2) {
          probes.add(words[0] + ":" + words[1]);
        }
      }
    }
    return probes;
  }

  private static String text(ObjectBytes bytes, int from) {
    byte[] copy = bytes.copy();
    return copy.length <= from
        ? ""
        : new String(copy, from, copy.length - from, StandardCharsets.ISO_8859_1);
  }

  /** Returns the files that the process executes from, its own first. */
  private List<String> mappedFiles(boolean asked) throws IOException {
    Path maps = Path.of("/proc/" + pid + "/maps");
    if (!Files.isReadable(maps)) {
      if (asked) {
        throw new IOException(
            "list: process %d: cannot read %s: want Linux, and to be its user or root"
                .formatted(pid, maps));
      }
      return List.of();
    }
    List<String> files = new ArrayList<>();
    for (String line : Files.readAllLines(maps, StandardCharsets.ISO_8859_1)) {
      String[] words = line.split("\\s+", 6);
      boolean code = words.length == 6 && words[1].contains("x") && words[5].startsWith("/");
      if (code && !files.contains(words[5])) {
        files.add(words[5]);
      }
    }
    return files;
  }
}
