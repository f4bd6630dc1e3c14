package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Records and maps as bpftrace prints them: {@code @map[key]: value}. */
final class LiveText {
  private LiveText() {}

  static void record(JsonNode record, PrintWriter out) {
    out.printf("%s: %s%n", record.path("map").asText(), named(record.path("record")));
  }

  static void maps(JsonNode maps, PrintWriter out) {
    for (Map.Entry<String, JsonNode> map : maps.properties()) {
      for (JsonNode element : map.getValue()) {
        out.printf(
            "@%s[%s]: %s%n",
            map.getKey(), values(element.path("key")), named(element.path("value")));
      }
    }
  }

  private static String values(JsonNode fields) {
    List<String> words = new ArrayList<>();
    fields.forEach(field -> words.add(field.asText(field.toString())));
    return String.join(", ", words);
  }

  /** A lone number needs no name. */
  private static String named(JsonNode fields) {
    if (fields.size() == 1 && fields.has("value")) {
      return fields.path("value").asText();
    }
    List<String> words = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String text =
          field.getValue().isContainerNode()
              ? field.getValue().toString()
              : field.getValue().asText();
      words.add(field.getKey() + "=" + text);
    }
    return String.join(" ", words);
  }
}
