package dev.sonde.exporters.profile;

import dev.sonde.exporters.symbol.Frame;
import java.util.List;
import java.util.Map;

/**
 * Weighted stacks: what every profile format is written from.
 *
 * @param name what was profiled, for titles
 * @param valueType what a weight counts, such as {@code samples} or {@code statements}
 * @param unit of a weight, UCUM where one applies: {@code count}, {@code ns}
 * @param samples in no order; the same stack may come more than once
 * @param startUnixNanos when collection began
 * @param durationNanos how long it ran
 */
public record Profile(
    String name,
    String valueType,
    String unit,
    List<Sample> samples,
    long startUnixNanos,
    long durationNanos) {

  public Profile {
    samples = List.copyOf(samples);
  }

  /**
   * A stack and its weight.
   *
   * @param frames leaf first
   * @param labels by name; a value is a Long, Double, Boolean or String
   */
  public record Sample(List<Frame> frames, long value, Map<String, Object> labels) {
    public Sample {
      frames = List.copyOf(frames);
      labels = Map.copyOf(labels);
    }
  }

  /** Returns the sum of all weights. */
  public long total() {
    return samples.stream().mapToLong(Sample::value).sum();
  }
}
