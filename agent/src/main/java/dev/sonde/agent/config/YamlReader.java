package dev.sonde.agent.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns YAML text into nodes with lines; the text of a scalar stays as it was written. */
final class YamlReader {
  private static final Pattern MARK = Pattern.compile("(.+)\\R in 'reader', line (\\d+)");

  private final String file;
  private final JsonParser parser;

  private YamlReader(String file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /** Returns the one document of {@code text}; an empty text is an empty mapping. */
  static ConfigNode read(String file, String text) throws ConfigException {
    try (JsonParser parser = new YAMLFactory().createParser(text)) {
      YamlReader reader = new YamlReader(file, parser);
      return parser.nextToken() == null ? new ConfigNode.Mapping(1, Map.of()) : reader.node();
    } catch (JsonProcessingException e) {
      throw malformed(file, e);
    } catch (IOException e) {
      throw new ConfigException(file, "cannot read: " + e.getMessage());
    }
  }

  /** The parser's message names where the node began first and where it broke last. */
  private static ConfigException malformed(String file, JsonProcessingException e) {
    Matcher mark = MARK.matcher(e.getOriginalMessage());
    int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    String problem = e.getOriginalMessage().lines().findFirst().orElse("malformed");
    while (mark.find()) {
      problem = mark.group(1);
      line = Integer.parseInt(mark.group(2));
    }
    return new ConfigException(file, line, "(document)", "not YAML: " + problem);
  }

  private ConfigNode node() throws IOException, ConfigException {
    int line = line();
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(line);
      case START_ARRAY -> sequence(line);
      case VALUE_NULL -> new ConfigNode.Scalar(line, "");
      default -> new ConfigNode.Scalar(line, parser.getText());
    };
  }

  private ConfigNode mapping(int line) throws IOException, ConfigException {
    Map<String, ConfigNode.Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      int keyLine = line();
      parser.nextToken();
      if (entries.put(key, new ConfigNode.Entry(keyLine, node())) != null) {
        throw new ConfigException(file, keyLine, key, "key given twice, want once");
      }
    }
    return new ConfigNode.Mapping(line, entries);
  }

  private ConfigNode sequence(int line) throws IOException, ConfigException {
    List<ConfigNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node());
    }
    return new ConfigNode.Sequence(line, items);
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }
}
