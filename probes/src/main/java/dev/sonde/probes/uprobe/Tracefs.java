package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.TracepointTarget;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** The kernel's list of tracepoints. */
public final class Tracefs {
  private final List<Path> roots;

  /**
   * @param roots where tracefs may be mounted, the first that has events is taken
   */
  public Tracefs(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  public static Tracefs running() {
    return new Tracefs(
        List.of(Path.of("/sys/kernel/tracing"), Path.of("/sys/kernel/debug/tracing")));
  }

  /** Tells whether tracepoints can be looked up. */
  public boolean isReadable() {
    return roots.stream().anyMatch(root -> Files.isReadable(root.resolve("events")));
  }

  /**
   * Hands over the category and the name of every tracepoint, in order.
   *
   * @param wanted which categories to look into
   * @throws AttachException if there is no tracefs, or it may not be read
   */
  public void forEach(Predicate<String> wanted, BiConsumer<String, String> consumer) {
    Path events = events();
    for (String category : list(events)) {
      if (wanted.test(category)) {
        for (String name : list(events.resolve(category))) {
          if (Files.exists(events.resolve(category).resolve(name).resolve("format"))) {
            consumer.accept(category, name);
          }
        }
      }
    }
  }

  /**
   * Returns the formats of the tracepoints that {@code target} names.
   *
   * @throws AttachException if there is none
   */
  public List<TracepointFormat> find(TracepointTarget target) {
    Path events = events();
    NamePattern categories = new NamePattern(target.category());
    NamePattern names = new NamePattern(target.name());
    List<TracepointFormat> found = new ArrayList<>();
    for (String category : categories.isLiteral() ? one(target.category()) : list(events)) {
      for (String name : names.isLiteral() ? one(target.name()) : list(events.resolve(category))) {
        Path format = events.resolve(category).resolve(name).resolve("format");
        boolean wanted = categories.matches(category) && names.matches(name);
        if (wanted && (categories.isLiteral() && names.isLiteral() || Files.exists(format))) {
          found.add(read(category, name, format));
        }
      }
    }
    if (found.isEmpty()) {
      throw new AttachException("%s: matches no tracepoint of this kernel".formatted(target));
    }
    return found;
  }

  /**
   * Returns the format whose {@link TracepointStruct} is called {@code struct}: the category is
   * whichever folder the name goes on from.
   */
  public Optional<TracepointFormat> ofStruct(String struct) {
    Path events = events();
    for (String category : list(events)) {
      String prefix = TracepointStruct.nameOf(category, "");
      if (struct.startsWith(prefix)) {
        String name = struct.substring(prefix.length());
        Path format = events.resolve(category).resolve(name).resolve("format");
        if (Files.exists(format)) {
          return Optional.of(read(category, name, format));
        }
      }
    }
    return Optional.empty();
  }

  private TracepointFormat read(String category, String name, Path format) {
    try {
      return TracepointFormat.parse(category, Files.readString(format));
    } catch (NoSuchFileException e) {
      throw new AttachException(
          "tracepoint/%s/%s: this kernel has none of that name, near it are %s"
              .formatted(category, name, near(category, name)),
          e);
    } catch (AccessDeniedException e) {
      throw denied(e);
    } catch (IOException | IllegalArgumentException e) {
      throw new AttachException("%s: %s".formatted(format, e.getMessage()), e);
    }
  }

  private String near(String category, String name) {
    Path folder = events().resolve(category);
    if (!Files.isDirectory(folder)) {
      return "the categories " + String.join(", ", list(events()));
    }
    String stem = name.length() > 4 ? name.substring(0, name.length() / 2) : name;
    List<String> all = list(folder);
    List<String> some = all.stream().filter(n -> n.contains(stem)).limit(8).toList();
    return String.join(", ", some.isEmpty() ? all.stream().limit(8).toList() : some);
  }

  private Path events() {
    for (Path root : roots) {
      Path events = root.resolve("events");
      if (Files.isDirectory(events)) {
        return events;
      }
      if (Files.isDirectory(root) && !Files.isReadable(root)) {
        throw denied(null);
      }
    }
    throw new AttachException(
        "tracepoints: tracefs is not mounted at %s: mount -t tracefs tracefs %s"
            .formatted(roots.get(0), roots.get(0)));
  }

  private AttachException denied(@org.jspecify.annotations.Nullable Exception cause) {
    return new AttachException(
        ("tracepoints: %s may be read by root only: run as root, or mount -o remount,mode=755 %s"
                + " and chmod -R a+rX %s/events")
            .formatted(roots.get(0), roots.get(0), roots.get(0)),
        cause);
  }

  private static List<String> one(String name) {
    return List.of(name);
  }

  private List<String> list(Path folder) {
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
    } catch (AccessDeniedException e) {
      throw denied(e);
    } catch (IOException e) {
      return List.of();
    }
    return List.copyOf(names);
  }
}
