package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;

/** The elements of a map as bpftool prints them; of a per-CPU map the CPUs that are not zero. */
final class MapText {
  private MapText() {}

  static void print(JsonNode map, PrintWriter out) {
    for (JsonNode element : map.path("elements")) {
      String value = element.path("value").asText();
      out.printf("key: %s", spaced(element.path("key").asText()));
      if (map.path("per_cpu").asBoolean()) {
        out.println();
        printCpus(value, map.path("value_size").asInt(), out);
      } else {
        out.printf("  value: %s%n", spaced(value));
      }
    }
    out.printf("Found %d element%s%n", map.path("elements").size(), plural(map));
  }

  private static void printCpus(String hex, int valueBytes, PrintWriter out) {
    int strideDigits = (valueBytes + 7) / 8 * 16;
    for (int at = 0, cpu = 0; at + strideDigits <= hex.length(); at += strideDigits, cpu++) {
      String value = hex.substring(at, at + valueBytes * 2);
      if (value.chars().anyMatch(digit -> digit != '0')) {
        out.printf("  value (CPU %02d): %s%n", cpu, spaced(value));
      }
    }
  }

  private static String spaced(String hex) {
    return hex.replaceAll("(..)(?=.)", "$1 ");
  }

  private static String plural(JsonNode map) {
    return map.path("elements").size() == 1 ? "" : "s";
  }
}
