package dev.sonde.probes.jfr;

import dev.sonde.probes.AttachException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;

/** The event types that this JVM knows now: its own, and those of the application's classes. */
public final class JfrTypes {
  private JfrTypes() {}

  /**
   * Returns all types by name.
   *
   * @throws AttachException if this JVM has no Flight Recorder
   */
  public static List<EventType> all() {
    try {
      if (FlightRecorder.isAvailable()) {
        return FlightRecorder.getFlightRecorder().getEventTypes().stream()
            .sorted(Comparator.comparing(EventType::getName))
            .toList();
      }
    } catch (NoClassDefFoundError | IllegalStateException absent) {
      // said below
    }
    throw new AttachException(
        "jfr: this JVM has no Flight Recorder, want one with the module jdk.jfr and without"
            + " -XX:-FlightRecorder");
  }

  public static Optional<EventType> find(String name) {
    return all().stream().filter(type -> type.getName().equals(name)).findFirst();
  }

  /** Returns names that {@code name} may have meant. */
  static List<String> near(String name) {
    String simple = simple(name);
    return all().stream()
        .map(EventType::getName)
        .filter(each -> simple(each).contains(simple) || simple.contains(simple(each)))
        .limit(5)
        .toList();
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
