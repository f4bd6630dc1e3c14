package dev.sonde.agent.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of the YAML file as its reader sees it: typed values by key, where the keys that were
 * asked for are the valid ones. {@link #close} refuses any other and names the nearest valid key.
 */
final class Section {
  private final Path file;
  private final String path;
  private final ConfigNode.Mapping mapping;
  private final Set<String> known = new LinkedHashSet<>();

  private Section(Path file, String path, ConfigNode.Mapping mapping) {
    this.file = file;
    this.path = path;
    this.mapping = mapping;
  }

  static Section root(Path file, ConfigNode node) throws ConfigException {
    return of(file, "", node);
  }

  private static Section of(Path file, String path, ConfigNode node) throws ConfigException {
    if (node instanceof ConfigNode.Mapping mapping) {
      return new Section(file, path, mapping);
    }
    if (node instanceof ConfigNode.Scalar scalar && scalar.text().isEmpty()) {
      return new Section(file, path, new ConfigNode.Mapping(scalar.line(), Map.of()));
    }
    throw error(file, node.line(), path, "got " + node.kind() + ", want a mapping");
  }

  Path file() {
    return file;
  }

  boolean has(String key) {
    known.add(key);
    return mapping.entries().containsKey(key);
  }

  @Nullable String text(String key) throws ConfigException {
    ConfigNode node = get(key);
    return node == null ? null : scalar(key, node);
  }

  String text(String key, String fallback) throws ConfigException {
    String text = text(key);
    return text == null ? fallback : text;
  }

  String required(String key, String what) throws ConfigException {
    String text = text(key);
    if (text == null || text.isEmpty()) {
      throw problem(mapping.line(), path, "\"%s\" is missing, want %s".formatted(key, what));
    }
    return text;
  }

  boolean flag(String key, boolean fallback) throws ConfigException {
    return convert(key, fallback, "true or false", Section::parseFlag);
  }

  long number(String key, long fallback) throws ConfigException {
    return convert(key, fallback, "a whole number", Quantity::number);
  }

  long durationNanos(String key, long fallback) throws ConfigException {
    return convert(key, fallback, "a duration such as 10ms, 1s or 5m", Quantity::durationNanos);
  }

  long sizeBytes(String key, long fallback) throws ConfigException {
    return convert(key, fallback, "a size such as 64KiB or 8MiB", Quantity::sizeBytes);
  }

  <E extends Enum<E>> E choice(String key, E fallback) throws ConfigException {
    Class<E> type = fallback.getDeclaringClass();
    StringBuilder want = new StringBuilder("one of");
    for (E constant : type.getEnumConstants()) {
      want.append(want.length() == 6 ? " " : ", ").append(spelled(constant));
    }
    return convert(
        key,
        fallback,
        want.toString(),
        text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_')));
  }

  /** Returns the path of {@code key}, relative to the folder of the file. */
  Path requiredPath(String key, String what) throws ConfigException {
    return resolve(required(key, what));
  }

  /** Returns one path or a list of paths, relative to the folder of the file. */
  List<Path> paths(String key) throws ConfigException {
    return texts(key).stream().map(this::resolve).toList();
  }

  private Path resolve(String text) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of(text) : folder.resolve(text).normalize();
  }

  /** Returns one text or a list of texts as a list. */
  List<String> texts(String key) throws ConfigException {
    ConfigNode node = get(key);
    if (node == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (ConfigNode item : node instanceof ConfigNode.Sequence s ? s.items() : List.of(node)) {
      texts.add(scalar(key, item));
    }
    return texts;
  }

  Section section(String key) throws ConfigException {
    ConfigNode node = get(key);
    return of(
        file, join(key), node == null ? new ConfigNode.Mapping(mapping.line(), Map.of()) : node);
  }

  /** Returns the mappings of a list; absent is empty. */
  List<Section> sections(String key) throws ConfigException {
    ConfigNode node = get(key);
    if (node == null) {
      return List.of();
    }
    if (!(node instanceof ConfigNode.Sequence sequence)) {
      throw problem(node.line(), join(key), "got " + node.kind() + ", want a list (\"- ...\")");
    }
    List<Section> sections = new ArrayList<>();
    for (ConfigNode item : sequence.items()) {
      sections.add(of(file, join(key) + "[" + sections.size() + "]", item));
    }
    return sections;
  }

  /** Returns every key with its text, for sections whose keys are names that the user chooses. */
  Map<String, String> entries() throws ConfigException {
    Map<String, String> result = new LinkedHashMap<>();
    for (var entry : mapping.entries().entrySet()) {
      result.put(entry.getKey(), scalar(entry.getKey(), entry.getValue().value()));
    }
    known.addAll(result.keySet());
    return result;
  }

  /** Refuses keys that nobody asked for. */
  void close() throws ConfigException {
    for (var entry : mapping.entries().entrySet()) {
      if (!known.contains(entry.getKey())) {
        throw problem(entry.getValue().keyLine(), join(entry.getKey()), unknown(entry.getKey()));
      }
    }
  }

  /** Returns an exception about the value of {@code key}. */
  ConfigException problem(String key, String problem) {
    ConfigNode.Entry entry = mapping.entries().get(key);
    return problem(entry == null ? mapping.line() : entry.keyLine(), join(key), problem);
  }

  private String unknown(String key) {
    return NearestName.of(key, known)
        .map(near -> "unknown key, did you mean \"%s\"?".formatted(near))
        .orElse("unknown key, want one of " + String.join(", ", known));
  }

  private <T> T convert(String key, T fallback, String want, Function<String, T> parse)
      throws ConfigException {
    ConfigNode node = get(key);
    if (node == null) {
      return fallback;
    }
    String text = scalar(key, node);
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw problem(node.line(), join(key), "got \"%s\", want %s".formatted(text, want));
    }
  }

  private static Boolean parseFlag(String text) {
    return switch (text) {
      case "true", "on", "yes" -> true;
      case "false", "off", "no" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private @Nullable ConfigNode get(String key) {
    known.add(key);
    ConfigNode.Entry entry = mapping.entries().get(key);
    return entry == null ? null : entry.value();
  }

  private String scalar(String key, ConfigNode node) throws ConfigException {
    if (node instanceof ConfigNode.Scalar scalar) {
      return scalar.text();
    }
    throw problem(node.line(), join(key), "got " + node.kind() + ", want a single value");
  }

  private String join(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private ConfigException problem(int line, String where, String problem) {
    return error(file, line, where, problem);
  }

  private static ConfigException error(Path file, int line, String where, String problem) {
    return new ConfigException(file.toString(), line, where.isEmpty() ? "(top)" : where, problem);
  }

  private static String spelled(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
