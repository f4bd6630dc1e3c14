package dev.sonde.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import java.util.HexFormat;

/** One operation of {@code sonde map} on a live map; keys and values travel as hex. */
final class MapRequest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();

  /** More would be no answer that a person reads. */
  private static final int MOST_ELEMENTS = 100_000;

  private final JsonNode request;

  MapRequest(JsonNode request) {
    this.request = request;
  }

  JsonNode apply(BpfMap map) {
    MapSpec spec = map.spec();
    ObjectNode answer =
        JSON.createObjectNode()
            .put("name", spec.name())
            .put("type", spec.type().name())
            .put("key_size", spec.keySizeBytes())
            .put("value_size", spec.valueSizeBytes())
            .put("per_cpu", spec.type().isPerCpu());
    ArrayNode elements = answer.putArray("elements");
    String operation = request.path("operation").asText();
    switch (operation) {
      case "dump" -> dump(map, elements);
      case "lookup" -> lookup(map, elements);
      case "update" -> map.update(bytes("key"), bytes("value"), MapFlags.ANY);
      case "delete" -> map.delete(bytes("key"));
      default -> throw BpfException.of(Errno.EINVAL, "map: operation \"" + operation + "\"");
    }
    return answer;
  }

  private static void dump(BpfMap map, ArrayNode elements) {
    byte[] key = map.nextKey(null);
    while (key != null && elements.size() < MOST_ELEMENTS) {
      byte[] value = map.lookup(key);
      if (value != null) { // else deleted since
        elements.add(element(key, value));
      }
      key = map.nextKey(key);
    }
  }

  private void lookup(BpfMap map, ArrayNode elements) {
    byte[] key = bytes("key");
    byte[] value = map.lookup(key);
    if (value == null) {
      throw BpfException.of(
          Errno.ENOENT, "map \"%s\": key %s".formatted(map.spec().name(), HEX.formatHex(key)));
    }
    elements.add(element(key, value));
  }

  private static ObjectNode element(byte[] key, byte[] value) {
    return JSON.createObjectNode()
        .put("key", HEX.formatHex(key))
        .put("value", HEX.formatHex(value));
  }

  private byte[] bytes(String field) {
    try {
      return HEX.parseHex(request.path(field).asText());
    } catch (IllegalArgumentException e) {
      throw BpfException.of(
          Errno.EINVAL, "map: %s \"%s\": want hex bytes".formatted(field, request.path(field)));
    }
  }
}
