package dev.sonde.exporters.profile;

import dev.sonde.exporters.symbol.Frame;
import java.util.List;
import java.util.StringJoiner;

/**
 * A profile as speedscope reads it: JSON of the "sampled" type.
 *
 * @see <a href="https://www.speedscope.app/file-format-schema.json">file format schema</a>
 */
public final class Speedscope {
  private Speedscope() {}

  public static String of(Profile profile) {
    IndexTable<Frame> frames = new IndexTable<>(0);
    StringJoiner samples = new StringJoiner(",\n");
    StringJoiner weights = new StringJoiner(",");
    for (Profile.Sample sample : profile.samples()) {
      samples.add(stack(frames, sample.frames()));
      weights.add(String.valueOf(sample.value()));
    }
    String name = JsonText.quote(profile.name());
    return """
        {"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"sonde",
        "name":%s,"activeProfileIndex":0,
        "shared":{"frames":[%s]},
        "profiles":[{"type":"sampled","name":%s,"unit":"%s","startValue":0,"endValue":%d,
        "samples":[%s],
        "weights":[%s]}]}
        """
        .formatted(name, frames(frames), name, unit(profile), profile.total(), samples, weights);
  }

  private static String unit(Profile profile) {
    return switch (profile.unit()) {
      case "ns" -> "nanoseconds";
      case "By" -> "bytes";
      default -> "none";
    };
  }

  private static String stack(IndexTable<Frame> frames, List<Frame> leafFirst) {
    StringJoiner indexes = new StringJoiner(",", "[", "]");
    for (int i = leafFirst.size() - 1; i >= 0; i--) {
      indexes.add(String.valueOf(frames.indexOf(leafFirst.get(i))));
    }
    return indexes.toString();
  }

  private static String frames(IndexTable<Frame> frames) {
    StringJoiner list = new StringJoiner(",\n");
    for (Frame frame : frames.entries()) {
      StringBuilder json = new StringBuilder("{\"name\":").append(JsonText.quote(frame.function()));
      if (frame.file() != null) {
        json.append(",\"file\":").append(JsonText.quote(frame.file()));
      }
      if (frame.line() > 0) {
        json.append(",\"line\":").append(frame.line());
      }
      list.add(json.append('}'));
    }
    return list.toString();
  }
}
