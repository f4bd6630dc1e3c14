package dev.sonde.exporters.signal;

/** Where the pipeline tells people about itself; the agent passes its own stderr logger. */
public interface ExportLog {
  void info(String message);

  void warn(String message);
}
