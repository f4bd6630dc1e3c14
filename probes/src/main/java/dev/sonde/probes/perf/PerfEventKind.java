package dev.sonde.probes.perf;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.linux.PerfAttr;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events by the names that {@code perf list} gives them.
 *
 * @param type of {@code perf_event_attr}
 * @param config of it
 * @param clock whether the event is time, whose period is in ns
 */
public record PerfEventKind(int type, long config, boolean clock) {
  private static final Map<String, PerfEventKind> BY_NAME = new LinkedHashMap<>();

  static {
    software("cpu-clock", PerfAttr.CPU_CLOCK, true);
    software("task-clock", PerfAttr.TASK_CLOCK, true);
    software("page-faults", PerfAttr.PAGE_FAULTS, false);
    software("minor-faults", PerfAttr.PAGE_FAULTS_MIN, false);
    software("major-faults", PerfAttr.PAGE_FAULTS_MAJ, false);
    software("context-switches", PerfAttr.CONTEXT_SWITCHES, false);
    software("cpu-migrations", PerfAttr.CPU_MIGRATIONS, false);
    String[] hardware = {
      "cycles",
      "instructions",
      "cache-references",
      "cache-misses",
      "branches",
      "branch-misses",
      "bus-cycles",
      "stalled-cycles-frontend",
      "stalled-cycles-backend",
      "ref-cycles"
    };
    for (int i = 0; i < hardware.length; i++) {
      BY_NAME.put(hardware[i], new PerfEventKind(PerfAttr.HARDWARE, i, false));
    }
    alias("faults", "page-faults");
    alias("cs", "context-switches");
    alias("cpu-cycles", "cycles");
    alias("branch-instructions", "branches");
    alias("migrations", "cpu-migrations");
  }

  private static void software(String name, int config, boolean clock) {
    BY_NAME.put(name, new PerfEventKind(PerfAttr.SOFTWARE, config, clock));
  }

  private static void alias(String name, String of) {
    BY_NAME.put(name, BY_NAME.get(of));
  }

  /**
   * Returns the event called {@code name}.
   *
   * @throws AttachException if there is none
   */
  public static PerfEventKind of(String name) {
    PerfEventKind kind = BY_NAME.get(name);
    if (kind == null) {
      throw new AttachException(
          "perf_event: got event \"%s\", want one of %s"
              .formatted(name, String.join(", ", BY_NAME.keySet())));
    }
    return kind;
  }

  /** Returns the names of all events, aliases included. */
  public static Iterable<String> names() {
    return BY_NAME.keySet();
  }

  /** Tells whether the machine's CPU must have a counter for it. */
  public boolean isHardware() {
    return type == PerfAttr.HARDWARE;
  }

  /** Returns an attr of this event, without a rate. */
  public PerfAttr attr() {
    return PerfAttr.of(type, config);
  }
}
