package dev.sonde.exporters.stream;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a map of counts by stack, with its stack-trace map, as a profile. */
public final class StackCounts {
  private static final List<String> STACK_MEMBERS =
      List.of("kern_stack_id", "kernel_stack_id", "stack_id", "user_stack_id");

  private final StackCountSource source;
  private final MapEntries entries;
  private final StackLookup stacks;

  public StackCounts(StackCountSource source, Symbolizer symbolizer) {
    this.source = source;
    this.entries = new MapEntries(source.counts(), source.btf());
    this.stacks = new StackLookup(source.stacks(), symbolizer);
  }

  /** Returns all stacks with a weight; one whose frames are gone shows a frame that says so. */
  public Profile read(long startUnixNanos, long durationNanos) {
    List<Profile.Sample> samples = new ArrayList<>();
    entries.forEach(
        (key, value) -> {
          long weight = MapMetric.firstInteger(entries.decodeValue(value));
          if (weight > 0) {
            samples.add(sample(key, weight));
          }
        });
    return new Profile(
        source.name(), source.valueType(), source.unit(), samples, startUnixNanos, durationNanos);
  }

  private Profile.Sample sample(Map<String, Object> key, long weight) {
    Map<String, Object> labels = new LinkedHashMap<>(key);
    List<Frame> frames = new ArrayList<>();
    if (labels.remove("key") instanceof Long id) {
      frames.addAll(stacks.frames(id));
    }
    for (String member : STACK_MEMBERS) {
      if (labels.remove(member) instanceof Long id && id.intValue() >= 0) {
        frames.addAll(stacks.frames(id));
      }
    }
    labels.values().removeIf(value -> value instanceof List<?>);
    return new Profile.Sample(frames.isEmpty() ? StackLookup.LOST : frames, weight, labels);
  }
}
