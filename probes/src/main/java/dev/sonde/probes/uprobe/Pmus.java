package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's event sources, which have a number of their own on each machine. */
public final class Pmus {
  private final Path folder;

  /**
   * @param folder {@code /sys/bus/event_source/devices} but in tests
   */
  public Pmus(Path folder) {
    this.folder = folder;
  }

  public static Pmus running() {
    return new Pmus(Path.of("/sys/bus/event_source/devices"));
  }

  /** Tells whether this kernel has the source called {@code name}. */
  public boolean has(String name) {
    return Files.isReadable(folder.resolve(name).resolve("type"));
  }

  /**
   * Returns the number of the source for {@code perf_event_attr.type}.
   *
   * @throws AttachException if the kernel has none
   */
  public int type(String name) {
    try {
      return Integer.parseInt(Files.readString(folder.resolve(name).resolve("type")).strip());
    } catch (IOException | NumberFormatException e) {
      throw new AttachException(
          "%s: this kernel has no event source \"%s\" (%s); it needs CONFIG_%s_EVENTS"
              .formatted(name, name, folder.resolve(name), name.toUpperCase(java.util.Locale.ROOT)),
          e);
    }
  }

  /** Returns the bit of config that asks for returns: the file says {@code config:0}. */
  public long returnBit(String name) {
    try {
      String text = Files.readString(folder.resolve(name).resolve("format/retprobe")).strip();
      return 1L << Integer.parseInt(text.replace("config:", ""));
    } catch (IOException | NumberFormatException e) {
      return 1;
    }
  }
}
