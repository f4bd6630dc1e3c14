package dev.sonde.agent.config;

import dev.sonde.agent.config.AgentConfig.LatencyConfig;
import dev.sonde.agent.config.AgentConfig.MapConfig;
import dev.sonde.agent.config.AgentConfig.RecordConfig;
import dev.sonde.agent.config.AgentConfig.RecorderConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads what the YAML file says of rings and flight recorders. */
final class RecorderReader {
  private static final long DEFAULT_COOLDOWN_NANOS = 10_000_000_000L;
  private static final long LEAST_BYTES = 4096;
  private static final long MOST_BYTES = 1 << 30;

  private RecorderReader() {}

  static List<MapConfig> maps(Section object) throws ConfigException {
    List<MapConfig> maps = new ArrayList<>();
    for (Section section : object.sections("maps")) {
      maps.add(
          new MapConfig(
              section.required("name", "the name of a ring buffer or perf event array map"),
              section.flag("overwrite", false),
              size(section),
              section.has("file") ? section.requiredPath("file", "the path of a new file") : null));
      section.close();
    }
    return maps;
  }

  private static int size(Section section) throws ConfigException {
    long bytes = section.sizeBytes("size", 0);
    boolean fits = bytes >= LEAST_BYTES && bytes <= MOST_BYTES && Long.bitCount(bytes) == 1;
    if (bytes != 0 && !fits) {
      throw section.problem(
          "size", "got %d B, want a power of two from 4KiB to 1GiB".formatted(bytes));
    }
    return (int) bytes;
  }

  static List<RecorderConfig> recorders(Section export) throws ConfigException {
    List<RecorderConfig> recorders = new ArrayList<>();
    for (Section section : export.sections("recorders")) {
      RecordConfig record = ConfigReader.record(section);
      Path file =
          section.has("file")
              ? section.requiredPath("file", "the path of a file")
              : Path.of(record.name() + ".jsonl");
      recorders.add(
          new RecorderConfig(
              record,
              file,
              section.texts("on-exception"),
              latencies(section),
              section.flag("on-exit", false),
              section.durationNanos("cooldown", DEFAULT_COOLDOWN_NANOS)));
      section.close();
    }
    return recorders;
  }

  private static List<LatencyConfig> latencies(Section recorder) throws ConfigException {
    List<LatencyConfig> latencies = new ArrayList<>();
    for (Section section : recorder.sections("on-latency")) {
      String target = section.required("target", "CLASS.METHOD, with * and ? for any");
      long over = section.durationNanos("over", 0);
      if (over <= 0) {
        throw section.problem("over", "got %d ns, want a duration such as 50ms".formatted(over));
      }
      latencies.add(new LatencyConfig(target, over));
      section.close();
    }
    return latencies;
  }
}
