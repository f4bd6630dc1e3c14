package dev.sonde.exporters.stream;

import dev.sonde.exporters.signal.MetricKind;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.BpfMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map that is a metric. Its key and value types are those of the map's spec; without BTF a key is
 * an integer (or hex bytes) called {@code key}.
 *
 * <p>A counter or gauge has one number a key: the value, or its first integer member; per-CPU
 * values are added up. A histogram is one of: an array indexed by slot; a hash whose last key
 * member is the slot; a hash whose value holds an array of slots (and perhaps {@code sum}).
 *
 * @param name of the metric, such as {@code sql.duration}
 * @param unit UCUM
 * @param btf the object's types, null without BTF
 * @param attributeNames key member to attribute name; a member that is absent keeps its own
 */
public record MetricSource(
    String name,
    String description,
    String unit,
    MetricKind kind,
    BpfMap map,
    @Nullable Btf btf,
    Map<String, String> attributeNames) {
  public MetricSource {
    attributeNames = Map.copyOf(attributeNames);
  }
}
