package dev.sonde.exporters.stream;

import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a map as a metric. */
public final class MapMetric {
  private static final int MAX_SLOTS = 64;

  private final MetricSource source;
  private final MapEntries entries;

  public MapMetric(MetricSource source) {
    this.source = source;
    this.entries = new MapEntries(source.map(), source.btf());
  }

  public MetricSource source() {
    return source;
  }

  /** Returns what the map says now. */
  public Metric read() {
    List<Metric.Point> points = source.kind() == MetricKind.HISTOGRAM ? distributions() : numbers();
    return new Metric(source.name(), source.description(), source.unit(), source.kind(), points);
  }

  private List<Metric.Point> numbers() {
    Map<Map<String, Object>, Long> sums = new LinkedHashMap<>();
    entries.forEach(
        (key, value) ->
            sums.merge(named(key), firstInteger(entries.decodeValue(value)), Long::sum));
    List<Metric.Point> points = new ArrayList<>();
    sums.forEach((attributes, value) -> points.add(new Metric.Point.Number(attributes, value)));
    return points;
  }

  static long firstInteger(Map<String, Object> values) {
    for (Object value : values.values()) {
      if (value instanceof Long number) {
        return number;
      }
    }
    return 0;
  }

  private List<Metric.Point> distributions() {
    Map<Map<String, Object>, Slots> byAttributes = new LinkedHashMap<>();
    entries.forEach((key, value) -> addSlots(key, entries.decodeValue(value), byAttributes));
    List<Metric.Point> points = new ArrayList<>();
    byAttributes.forEach(
        (attributes, slots) ->
            points.add(new Metric.Point.Distribution(attributes, slots.histogram())));
    return points;
  }

  private void addSlots(
      Map<String, Object> key, Map<String, Object> value, Map<Map<String, Object>, Slots> into) {
    List<?> slots = slotList(value);
    if (slots != null) {
      Slots sums = into.computeIfAbsent(named(key), k -> new Slots());
      for (int i = 0; i < slots.size(); i++) {
        sums.add(i, (Long) slots.get(i));
      }
      sums.addSum(value.get("sum"));
      return;
    }
    Map<String, Object> rest = new LinkedHashMap<>(key);
    String last = new ArrayList<>(key.keySet()).get(key.size() - 1);
    if (rest.remove(last) instanceof Long slot) {
      Slots sums = into.computeIfAbsent(named(rest), k -> new Slots());
      sums.add(slot.intValue(), firstInteger(value));
    }
  }

  private static @Nullable List<?> slotList(Map<String, Object> value) {
    for (Object member : value.values()) {
      if (member instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Long) {
        return list;
      }
    }
    return null;
  }

  private Map<String, Object> named(Map<String, Object> key) {
    if (isArrayIndexOnly()) {
      return Map.of();
    }
    Map<String, Object> attributes = new LinkedHashMap<>();
    key.forEach((name, v) -> attributes.put(source.attributeNames().getOrDefault(name, name), v));
    return attributes;
  }

  /** The one value of a one-slot array needs no attribute to tell it from others. */
  private boolean isArrayIndexOnly() {
    return source.map().spec().maxEntries() == 1;
  }

  /** Slots being added up; those past the end count in the last. */
  private static final class Slots {
    private final long[] counts = new long[MAX_SLOTS];
    private int used;
    private double sum = Double.NaN;

    void add(int slot, long count) {
      int i = Math.min(Math.max(slot, 0), MAX_SLOTS - 1);
      counts[i] += count;
      used = Math.max(used, i + 1);
    }

    void addSum(@Nullable Object part) {
      if (part instanceof Long number) {
        sum = (Double.isNaN(sum) ? 0 : sum) + number;
      }
    }

    Log2Histogram histogram() {
      long[] slots = Arrays.copyOf(counts, used);
      return Double.isNaN(sum) ? Log2Histogram.of(slots) : new Log2Histogram(slots, sum);
    }
  }
}
