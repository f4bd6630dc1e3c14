package dev.sonde.agent.config;

/** A mistake in the configuration: {@code file:line: path: what, got, want}. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  ConfigException(String file, int line, String path, String problem) {
    super("%s:%d: %s: %s".formatted(file, line, path, problem));
  }

  /** A problem with the file as a whole. */
  public ConfigException(String file, String problem) {
    super(file + ": " + problem);
  }
}
