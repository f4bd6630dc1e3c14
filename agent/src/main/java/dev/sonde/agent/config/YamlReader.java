package dev.sonde.agent.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Turns YAML text into nodes with lines; the text of a scalar stays as it was written. Reads the
 * parser's events: what stands above them in the library is loaded for nothing at every start.
 */
final class YamlReader {
  private static final int MAX_DEPTH = 100;

  private final String file;
  private final ParserImpl parser;
  private int depth;

  private YamlReader(String file, ParserImpl parser) {
    this.file = file;
    this.parser = parser;
  }

  /** Returns the one document of {@code text}; an empty text is an empty mapping. */
  static ConfigNode read(String file, String text) throws ConfigException {
    try {
      ParserImpl parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
      parser.getEvent(); // the stream starts
      boolean empty = parser.getEvent().is(Event.ID.StreamEnd); // or a document starts
      return empty ? new ConfigNode.Mapping(1, Map.of()) : new YamlReader(file, parser).document();
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      throw malformed(file, mark == null ? 1 : mark.getLine() + 1, e.getProblem());
    } catch (ReaderException e) {
      int line = (int) text.chars().limit(e.getPosition()).filter(c -> c == '\n').count() + 1;
      String got = "got the character U+%04X, want text".formatted(e.getCodePoint());
      throw malformed(file, line, got);
    } catch (YAMLException e) {
      throw malformed(file, 1, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static ConfigException malformed(String file, int line, String problem) {
    return new ConfigException(file, line, "(document)", "not YAML: " + problem);
  }

  private ConfigNode document() throws ConfigException {
    ConfigNode node = node();
    parser.getEvent(); // the document ends
    Event next = parser.getEvent();
    if (!next.is(Event.ID.StreamEnd)) {
      throw malformed(file, lineOf(next), "got a second document, want one");
    }
    return node;
  }

  private ConfigNode node() throws ConfigException {
    Event event = parser.getEvent();
    int line = lineOf(event);
    if (event instanceof MappingStartEvent) {
      return mapping(line);
    }
    if (event instanceof SequenceStartEvent) {
      return sequence(line);
    }
    if (event instanceof ScalarEvent scalar) {
      return new ConfigNode.Scalar(line, isNull(scalar) ? "" : scalar.getValue());
    }
    String name = event instanceof AliasEvent alias ? "*" + alias.getAnchor() : event.toString();
    throw malformed(file, line, "got " + name + ", want the value itself");
  }

  private static boolean isNull(ScalarEvent scalar) {
    return scalar.isPlain()
        && switch (scalar.getValue()) {
          case "~", "null", "Null", "NULL" -> true;
          default -> false;
        };
  }

  private ConfigNode mapping(int line) throws ConfigException {
    Map<String, ConfigNode.Entry> entries = new LinkedHashMap<>();
    deeper(line);
    while (!parser.checkEvent(Event.ID.MappingEnd)) {
      Event start = parser.peekEvent();
      if (!(start instanceof ScalarEvent scalar)) {
        throw malformed(file, lineOf(start), "got a key of several values, want a word");
      }
      parser.getEvent();
      String key = scalar.getValue();
      if (entries.put(key, new ConfigNode.Entry(lineOf(start), node())) != null) {
        throw new ConfigException(file, lineOf(start), key, "key given twice, want once");
      }
    }
    parser.getEvent();
    depth--;
    return new ConfigNode.Mapping(line, entries);
  }

  private ConfigNode sequence(int line) throws ConfigException {
    List<ConfigNode> items = new ArrayList<>();
    deeper(line);
    while (!parser.checkEvent(Event.ID.SequenceEnd)) {
      items.add(node());
    }
    parser.getEvent();
    depth--;
    return new ConfigNode.Sequence(line, items);
  }

  private void deeper(int line) throws ConfigException {
    if (++depth > MAX_DEPTH) {
      throw malformed(file, line, "nested more than " + MAX_DEPTH + " deep");
    }
  }

  private static int lineOf(Event event) {
    return event.getStartMark().getLine() + 1;
  }
}
