package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.MapConfig;
import dev.sonde.agent.config.NearestName;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.map.RingbufMap;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import java.util.Map;

/** Keeps rings and lanes as the configuration wants them, before any program runs. */
final class MapStorage {
  private static final int DEFAULT_LANE_BYTES = 256 << 10;

  private MapStorage() {}

  /** Returns {@code spec} with ring buffers of the sizes that the configuration gives them. */
  static CollectionSpec sized(CollectionSpec spec, List<MapConfig> configs) {
    List<MapSpec> maps =
        spec.maps().stream()
            .map(
                map ->
                    configs.stream()
                        .filter(config -> config.name().equals(map.name()))
                        .filter(config -> config.sizeBytes() > 0 && map.type() == MapType.RINGBUF)
                        .findFirst()
                        .map(config -> map.withMaxEntries(config.sizeBytes()))
                        .orElse(map))
            .toList();
    return spec.withMaps(maps);
  }

  /** Makes the maps of an object what the configuration says they are. */
  static void apply(Map<String, BpfMap> maps, List<MapConfig> configs) throws SessionException {
    for (MapConfig config : configs) {
      BpfMap map = maps.get(config.name());
      if (map == null) {
        throw new SessionException(
            "objects.maps: map \"%s\": not in the object, want %s"
                .formatted(
                    config.name(),
                    NearestName.of(config.name(), maps.keySet())
                        .orElse("one of " + String.join(", ", maps.keySet()))));
      }
      try {
        apply(map, config);
      } catch (BpfException e) {
        throw new SessionException("objects.maps: " + e.getMessage(), e);
      }
    }
  }

  private static void apply(BpfMap map, MapConfig config) throws SessionException {
    if (map instanceof RingbufMap ring) {
      if (config.overwrite()) {
        ring.keepNewest();
      }
      if (config.file() != null) {
        moveToFile(ring, config);
      }
    } else if (map instanceof PerfEventArrayMap lanes && config.file() == null) {
      int bytes = config.sizeBytes() == 0 ? DEFAULT_LANE_BYTES : config.sizeBytes();
      lanes.open(bytes, config.overwrite());
    } else {
      throw new SessionException(
          "objects.maps: map \"%s\": got %s%s, want a RINGBUF%s"
              .formatted(
                  config.name(),
                  map.spec().type(),
                  config.file() == null ? "" : " with a file",
                  config.file() == null ? " or a PERF_EVENT_ARRAY" : ""));
    }
  }

  private static void moveToFile(RingbufMap ring, MapConfig config) throws SessionException {
    try {
      ring.moveTo(config.file());
    } catch (FileAlreadyExistsException e) {
      throw new SessionException(
          "objects.maps: map \"%s\": file %s: exists already: another session may write to it, delete it or give another name"
              .formatted(config.name(), config.file()),
          e);
    } catch (IOException e) {
      throw new SessionException(
          "objects.maps: map \"%s\": file %s: %s".formatted(config.name(), config.file(), e), e);
    }
  }

  /** Opens lanes that are to be read and that the configuration says nothing else of. */
  static void openForReading(PerfEventArrayMap lanes) {
    if (!lanes.isOpen()) {
      lanes.open(DEFAULT_LANE_BYTES, false);
    }
  }
}
