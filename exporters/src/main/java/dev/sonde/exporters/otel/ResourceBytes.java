package dev.sonde.exporters.otel;

import dev.sonde.exporters.profile.ProtoBytes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/** A resource and its values as protobuf (common.proto and resource.proto of OTLP 1). */
final class ResourceBytes {
  private ResourceBytes() {}

  static ProtoBytes of(Resource resource) {
    ProtoBytes message = new ProtoBytes();
    resource
        .getAttributes()
        .forEach(
            (key, value) ->
                message.message(
                    1, new ProtoBytes().text(1, key.getKey()).message(2, anyValue(value))));
    return message;
  }

  static ProtoBytes anyValue(Object value) {
    ProtoBytes any = new ProtoBytes();
    if (value instanceof Boolean flag) {
      return any.number(2, flag ? 1 : 0);
    }
    if (value instanceof Long number) {
      return any.number(3, number);
    }
    if (value instanceof Double number) {
      return any.fixed64(4, Double.doubleToRawLongBits(number));
    }
    if (value instanceof List<?> list) {
      ProtoBytes array = new ProtoBytes();
      list.forEach(element -> array.message(1, anyValue(element)));
      return any.message(5, array);
    }
    return any.text(1, value.toString());
  }
}
