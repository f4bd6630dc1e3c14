package dev.sonde.exporters;

import dev.sonde.exporters.flame.FlamePage;
import dev.sonde.exporters.profile.CollapsedStacks;
import dev.sonde.exporters.profile.Pprof;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.profile.Speedscope;
import dev.sonde.exporters.signal.Sink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** A file of stacks, replaced as a whole at each flush; its suffix picks the format. */
public final class ProfileFile implements Sink {
  /** Writes a profile in one format. */
  @FunctionalInterface
  private interface Format {
    byte[] encode(Profile profile) throws IOException;
  }

  private final Path file;
  private final Format format;
  private final Map<String, Path> files = new HashMap<>(); // by profile

  /**
   * Checks the suffix.
   *
   * @throws IllegalArgumentException when it is of no known format
   */
  public ProfileFile(Path file) {
    this.file = file;
    this.format = formatOf(file);
  }

  private static Format formatOf(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".html")) {
      return profile -> FlamePage.of(profile).getBytes(StandardCharsets.UTF_8);
    }
    if (name.endsWith(".collapsed") || name.endsWith(".txt")) {
      return profile -> CollapsedStacks.of(profile).getBytes(StandardCharsets.UTF_8);
    }
    if (name.endsWith(".pb.gz") || name.endsWith(".pprof")) {
      return Pprof::of;
    }
    if (name.endsWith(".json")) {
      return profile -> Speedscope.of(profile).getBytes(StandardCharsets.UTF_8);
    }
    throw new IllegalArgumentException(
        "%s: got a suffix of no known format, want .html, .collapsed, .pb.gz or .json"
            .formatted(file));
  }

  @Override
  public String name() {
    return file.toString();
  }

  /** The first profile gets the file, every other one beside it: {@code out-NAME.html}. */
  private Path fileOf(String profileName) {
    if (files.isEmpty()) {
      return file;
    }
    String name = String.valueOf(file.getFileName());
    int dot = name.indexOf('.', 1);
    String word = profileName.replaceAll("[^a-zA-Z0-9]+", "-");
    return file.resolveSibling(name.substring(0, dot) + "-" + word + name.substring(dot));
  }

  /**
   * A reader never sees half a file: the new one is written beside it and moved over it. It is not
   * made by {@code createTempFile}: a profile may be read by whoever the user's umask lets.
   */
  @Override
  public void profile(Profile profile) throws IOException {
    Path file = files.computeIfAbsent(profile.name(), this::fileOf);
    Path folder = file.toAbsolutePath().getParent();
    Path beside =
        folder.resolve(
            ".%s-%d.tmp".formatted(file.getFileName(), ThreadLocalRandom.current().nextLong()));
    try {
      Files.write(beside, format.encode(profile), StandardOpenOption.CREATE_NEW);
      Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
