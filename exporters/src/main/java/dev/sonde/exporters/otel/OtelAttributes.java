package dev.sonde.exporters.otel;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;
import java.util.Map;

/** Decoded values as OpenTelemetry attributes. */
final class OtelAttributes {
  private OtelAttributes() {}

  static Attributes of(Map<String, Object> values) {
    AttributesBuilder builder = Attributes.builder();
    values.forEach((name, value) -> put(builder, name, value));
    return builder.build();
  }

  static void put(AttributesBuilder builder, String name, Object value) {
    if (value instanceof Long number) {
      builder.put(name, number);
    } else if (value instanceof Boolean flag) {
      builder.put(name, flag);
    } else if (value instanceof Double number) {
      builder.put(name, number);
    } else if (value instanceof List<?> list) {
      putList(builder, name, list);
    } else {
      builder.put(name, value.toString());
    }
  }

  private static void putList(AttributesBuilder builder, String name, List<?> list) {
    if (!list.isEmpty() && list.stream().allMatch(Long.class::isInstance)) {
      builder.put(AttributeKey.longArrayKey(name), list.stream().map(Long.class::cast).toList());
    } else {
      builder.put(AttributeKey.stringArrayKey(name), list.stream().map(String::valueOf).toList());
    }
  }
}
